import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Answers } from '../engine/answers.js';
import { checkQuestion } from '../engine/checks.js';
import type { Form } from '../engine/form.js';
import { toResponse } from '../engine/response.js';
import { sameAnswers, wantSaved } from './saving.js';
import { isAmendment, type State } from './state.js';

/** Queues a draft; nothing before the first answer, nor once the answers were sent. `now`: ISO, local offset. */
export function keep(state: State, now: string): State {
  if (isAmendment(state) || state.screen.name === 'sending' || !isUnsaved(state)) return state;
  const draft = toDraft(state, now);
  return { ...state, base: toBase(draft), saving: wantSaved(state.saving, draft) };
}

/** Whether there is something on the page that the server does not have. */
export function isUnsaved(state: State): boolean {
  if ([...state.entries.values()].some(({ fault }) => fault)) return true;
  const { known } = state.saving;
  const draft = toDraft(state, '');
  if (!known) return draft.item !== undefined;
  return !sameAnswers({ ...draft, status: known.status }, known);
}

/** A response to build on; without its narrative, which would go on telling of the old answers. */
export function toBase({ text: _, ...response }: QuestionnaireResponse): QuestionnaireResponse {
  return response;
}

/** The answers so far, but those that the server would refuse even in a draft. */
function toDraft({ form, base, answers }: State, now: string): QuestionnaireResponse {
  const fit = [...answers].filter(([linkId]) => isFit(form, answers, linkId));
  const authored = base.authored ?? now;
  return toResponse(form, new Map(fit), { ...base, status: 'in-progress', authored });
}

function isFit(form: Form, answers: Answers, linkId: string): boolean {
  return checkQuestion(form, answers, linkId).every(({ code }) => code === 'answer-required');
}
