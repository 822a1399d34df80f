import type { Coding } from 'fhir/r4.js';
import { type Answer, withAnswers, withOtherText } from '../engine/answers.js';
import { checkQuestion, parseEntry } from '../engine/checks.js';
import type { State, Trouble } from './state.js';

/** The answers to one question, chosen; none clears it. */
export function answer(state: State, linkId: string, given: readonly Answer[]): State {
  const entries = new Map(state.entries);
  entries.delete(linkId);
  return changed({ ...state, entries }, linkId, given);
}

/** What stands in the box of a question now. Kept as typed, and an answer as far as it is one. */
export function enter(
  state: State,
  { linkId, text, unit }: { linkId: string; text: string; unit?: Coding | undefined },
): State {
  const question = state.form.questions.find((one) => one.linkId === linkId);
  if (!question) return state;
  const parsed = parseEntry(question, text, unit);
  const fault = 'fault' in parsed ? parsed.fault : null;
  const typed = 'answer' in parsed ? parsed.answer : null;
  const entries = new Map([...state.entries, [linkId, { text, unit, fault }]]);
  const before = state.answers.get(linkId) ?? [];
  const alone = typed ? [typed] : [];
  const given = question.type === 'open-choice' ? withOtherText(question, before, typed) : alone;
  return changed({ ...state, entries }, linkId, given);
}

/** The question is left: what was typed is now shown as it is understood, and what was filled in was seen. */
export function leave(state: State, linkId: string): State {
  const entries = new Map(state.entries);
  entries.delete(linkId);
  return { ...state, entries, prefilled: without(state.prefilled, linkId) };
}

/** What keeps the answer to a question, or a group, from being sent. */
export function troublesOf({ form, answers, entries }: State, linkId: string): Trouble[] {
  const fault = entries.get(linkId)?.fault;
  const faults = fault ? [fault] : checkQuestion(form, answers, linkId);
  return faults.map((one) => ({ linkId, fault: one, code: '' }));
}

function changed(state: State, linkId: string, given: readonly Answer[]): State {
  return {
    ...state,
    answers: withAnswers(state.form, state.answers, linkId, given),
    prefilled: without(state.prefilled, linkId),
    // Who changes an answer while the advice is asked for has not left the question.
    leavingTo: null,
  };
}

function without(linkIds: ReadonlySet<string>, linkId: string): ReadonlySet<string> {
  return new Set([...linkIds].filter((one) => one !== linkId));
}
