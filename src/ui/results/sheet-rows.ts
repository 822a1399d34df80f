import type { Answers } from '../engine/answers.js';
import { isEnabled } from '../engine/enablement.js';
import type { Form, Question } from '../engine/form.js';
import type { Edits, SortedEdits } from './edits.js';
import type { OpenQuestion } from './ranking.js';

/** A question on the answer sheet. */
export interface SheetRow {
  readonly linkId: string;
  readonly question: Question;
  /** null: no answer to it would change a verdict any more. */
  readonly open: OpenQuestion | null;
  /** `overtaken`: somebody else has answered it since. */
  readonly edit: 'none' | 'kept' | 'overtaken';
  /** It can be answered here, now. */
  readonly isAsked: boolean;
}

/**
 * Open questions in their order, and in front of them every question that was answered here and not saved, whatever
 * became of it: nothing that was typed goes unsaid. `answers`: as they are stored, with those edits that stand.
 */
export function sheetRows(
  form: Form,
  answers: Answers,
  open: readonly OpenQuestion[],
  { kept, overtaken }: SortedEdits,
): SheetRow[] {
  const opened = new Map(open.map((one) => [one.linkId, one]));
  const isOther = (linkId: string) => !opened.has(linkId);
  const linkIds = new Set([...overtaken.keys(), ...[...kept.keys()].filter(isOther), ...opened.keys()]);
  return [...linkIds].flatMap((linkId): SheetRow[] => {
    const question = form.byLinkId.get(linkId);
    if (question?.kind !== 'question') return [];
    const edit = overtaken.has(linkId) ? 'overtaken' : kept.has(linkId) ? 'kept' : 'none';
    const isAsked = canAsk(question, form, answers);
    return isAsked || edit !== 'none'
      ? [{ linkId, question, open: opened.get(linkId) ?? null, edit, isAsked }]
      : [];
  });
}

/** What can be saved: made over what is stored, and still asked. */
export function savable(rows: readonly SheetRow[], { kept }: SortedEdits): Edits {
  const asked = rows.filter(({ isAsked }) => isAsked).map(({ linkId }) => linkId);
  return new Map([...kept].filter(([linkId]) => asked.includes(linkId)));
}

/** A quantity in one of several units is left to the questionnaire's own page. */
function canAsk(question: Question, form: Form, answers: Answers): boolean {
  const isTypable = question.control !== 'quantity' || question.units.length === 1;
  return isTypable && !question.hidden && !question.readOnly && isEnabled(form, answers, question.linkId);
}
