import type { Answers } from '../engine/answers.js';
import { drawnQuestions } from '../engine/enablement.js';
import type { Form } from '../engine/form.js';

/** What is in front of the person. Holds no answer: the browser's history keeps it. */
export type Screen =
  | { readonly name: 'welcome' }
  /** `isChange`: opened from the list of answers, and goes back to it. */
  | { readonly name: 'question'; readonly linkId: string; readonly isChange: boolean }
  | { readonly name: 'check' }
  | { readonly name: 'sending' }
  | { readonly name: 'sent' };

/** A question on the way through, not opened from the list. */
export function questionScreen(linkId: string): Screen & { readonly name: 'question' } {
  return { name: 'question', linkId, isChange: false };
}

/**
 * What comes after a question: the next one asked now, or the list of answers. After one that was changed, first what
 * is only asked since, which the person has not `seen`.
 */
export function screenAfter(
  form: Form,
  answers: Answers,
  { screen, seen }: { readonly screen: Screen; readonly seen: ReadonlySet<string> },
): Screen {
  const after = drawnQuestions(form, answers);
  if (screen.name === 'question' && screen.isChange) {
    const added = after.find(
      ({ linkId, readOnly }) => !readOnly && !seen.has(linkId) && !answers.get(linkId)?.length,
    );
    return added ? { ...questionScreen(added.linkId), isChange: true } : { name: 'check' };
  }
  const next = screen.name === 'question' ? after[placeOf(form, answers, screen.linkId) + 1] : after[0];
  return next ? questionScreen(next.linkId) : { name: 'check' };
}

/** What comes before: the question before, the list of answers it was opened from, or the welcome. */
export function screenBefore(form: Form, answers: Answers, screen: Screen): Screen {
  if (screen.name === 'sending') return { name: 'check' };
  if (screen.name === 'question' && screen.isChange) return { name: 'check' };
  const before = drawnQuestions(form, answers);
  const place = screen.name === 'question' ? placeOf(form, answers, screen.linkId) : before.length;
  const previous = before[place - 1];
  return previous ? questionScreen(previous.linkId) : { name: 'welcome' };
}

/** From 0, among the questions that are drawn now; -1 for one that is not. */
export function placeOf(form: Form, answers: Answers, linkId: string): number {
  return drawnQuestions(form, answers).findIndex((question) => question.linkId === linkId);
}

/** The questions that whoever opens a response at this screen is taken to have seen: those before it. */
export function seenOn(form: Form, answers: Answers, screen: Screen): ReadonlySet<string> {
  const drawn = drawnQuestions(form, answers).map(({ linkId }) => linkId);
  if (screen.name === 'welcome') return new Set();
  return new Set(screen.name === 'question' ? drawn.slice(0, drawn.indexOf(screen.linkId) + 1) : drawn);
}

/** Whether a screen that the browser's history remembers can be shown: its question may no longer be asked. */
export function isShowable(form: Form, answers: Answers, screen: Screen): boolean {
  return screen.name !== 'question' || placeOf(form, answers, screen.linkId) >= 0;
}

/** Whether two are one screen. */
export function sameScreen(one: Screen, other: Screen): boolean {
  if (one.name !== 'question' || other.name !== 'question') return one.name === other.name;
  return one.linkId === other.linkId && one.isChange === other.isChange;
}
