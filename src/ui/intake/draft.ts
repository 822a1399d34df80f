import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Answer, type Answers, answerKey } from '../engine/answers.js';
import { checkAll } from '../engine/checks.js';
import { drawnQuestions } from '../engine/enablement.js';
import type { Question } from '../engine/form.js';
import { readResponse, toResponse } from '../engine/response.js';
import { sameAnswers, wantSaved } from './saving.js';
import { isAmendment, type State, type Trouble } from './state.js';

/** Queues a draft; nothing before the first answer, nor once the answers were sent. `now`: ISO, local offset. */
export function keep(state: State, now: string): State {
  if (isAmendment(state) || state.screen.name === 'sending' || !isChanged(state)) return state;
  const draft = toDraft(state, now);
  return { ...state, base: toBase(draft), saving: wantSaved(state.saving, draft) };
}

/** Whether there is something on the page that the server does not have, and could have. */
export function isUnsaved(state: State): boolean {
  if (isWithdrawn(state)) return false;
  return state.screen.name === 'sending' || faultyNow(state).length > 0 || isChanged(state);
}

/** Somebody has withdrawn the response meanwhile: nothing more can be written to it. */
export function isWithdrawn({ saving: { theirs } }: Pick<State, 'saving'>): boolean {
  return theirs?.response.status === 'entered-in-error';
}

/** Questions in front of the person whose answer no draft takes. */
export function faultyNow(state: State): readonly Question[] {
  const faulty = faultyIn(state);
  return drawnQuestions(state.form, state.answers).filter(({ linkId }) => faulty.has(linkId));
}

/** Why the service did not take the answer that is given now, as its code; null when it never refused it. */
export function refusalOf({ withheld, answers }: State, linkId: string): string | null {
  return withheld.get(keyOf(linkId, answers.get(linkId) ?? [])) ?? null;
}

/**
 * A version was refused for these reasons: the answers that they are about are left out from now on, until they are
 * others, and the rest is saved. One impossible age must not keep everything else from being saved.
 */
export function withhold(state: State, reasons: readonly Trouble[]): State {
  const { form, saving } = state;
  const read = saving.refused && readResponse(form, saving.refused);
  if (!read || 'faults' in read || isAmendment(state)) return state;
  const refused = reasons.flatMap(({ linkId, code }): [string, string][] => {
    const given = linkId === null ? undefined : read.answers.get(linkId);
    return linkId !== null && given?.length ? [[keyOf(linkId, given), code]] : [];
  });
  if (refused.length === 0) return state;
  const withheld = new Map([...state.withheld, ...refused]);
  // The first attempt has said when it was begun.
  return keep({ ...state, withheld, saving: { ...saving, trouble: null } }, state.base.authored ?? '');
}

/** A response to build on; without its narrative, which would go on telling of the old answers. */
export function toBase({ text: _, ...response }: QuestionnaireResponse): QuestionnaireResponse {
  return response;
}

function isChanged(state: State): boolean {
  const { known } = state.saving;
  const draft = toDraft(state, '');
  if (!known) return draft.item !== undefined;
  return !sameAnswers({ ...draft, status: known.status }, known);
}

/**
 * The answers so far. In the place of one that the server would refuse even in a draft, what it has of it already:
 * a slip of the finger must not take away an answer that was right. What somebody else filled in stays theirs until
 * the person has seen all of it.
 */
function toDraft(state: State, now: string): QuestionnaireResponse {
  const { form, base, answers, author } = state;
  const faulty = faultyIn(state);
  const before = faulty.size > 0 ? answersKnown(state) : new Map();
  const fit = new Map(answers);
  for (const linkId of faulty) {
    const given = before.get(linkId) ?? [];
    const isTaken = given.length > 0 && !state.withheld.has(keyOf(linkId, given));
    if (isTaken) fit.set(linkId, given);
    else fit.delete(linkId);
  }
  const isSeen = unseenNow(state).length === 0;
  const authored = base.authored ?? now;
  return toResponse(form, fit, { ...base, ...(isSeen && { author }), status: 'in-progress', authored });
}

/** Questions in front of the person that somebody else answered, and the person has not seen. */
export function unseenNow({ form, answers, prefilled }: State): readonly Question[] {
  return drawnQuestions(form, answers).filter(({ linkId }) => prefilled.has(linkId));
}

function answersKnown({ form, saving: { known } }: State): Answers {
  const read = known && readResponse(form, known);
  return read && 'answers' in read ? read.answers : new Map();
}

/** linkIds of what cannot be read, cannot be right, or was refused. That something is missing is no fault of a draft. */
function faultyIn(state: State): ReadonlySet<string> {
  const { form, answers, entries } = state;
  const typed = [...entries].filter(([, { fault }]) => fault).map(([linkId]) => linkId);
  const wrong = checkAll(form, answers).filter(({ code }) => code !== 'answer-required');
  const refused = [...answers.keys()].filter((linkId) => refusalOf(state, linkId) !== null);
  return new Set([...typed, ...wrong.map(({ linkId }) => linkId), ...refused]);
}

/** An answer to a question, to be known again. */
function keyOf(linkId: string, given: readonly Answer[]): string {
  return JSON.stringify([linkId, ...given.map(answerKey).sort()]);
}
