import { answerFaults, type Fault } from './answer-faults.js';
import type { Answers } from './answers.js';
import { enablementOf } from './enablement.js';
import type { Form, FormItem, Group, Question } from './form.js';

export type { BrokenLimit, Fault, FaultCode } from './answer-faults.js';
export { parseEntry } from './entry.js';

/** What is wrong with one enabled question or group as it is answered now; nothing when it is not enabled. */
export function checkQuestion(form: Form, answers: Answers, linkId: string): readonly Fault[] {
  return checkAll(form, answers).filter((fault) => fault.linkId === linkId);
}

/** What is wrong with all that is enabled, in document order. None = the server takes the response as completed. */
export function checkAll(form: Form, answers: Answers): readonly Fault[] {
  const enabled = enablementOf(form, answers);
  const check = (items: readonly FormItem[]): Fault[] =>
    items.filter(enabled).flatMap((item) => {
      if (item.kind === 'display') return [];
      if (item.kind === 'question') return questionFaults(item, answers);
      const inside = check(item.items);
      return inside.length === 0 ? groupFaults(item, answers, enabled) : inside;
    });
  return check(form.items);
}

function questionFaults(question: Question, answers: Answers): Fault[] {
  const { linkId, required, limits } = question;
  const given = answers.get(linkId) ?? [];
  const least = Math.max(required ? 1 : 0, limits.minOccurs ?? 0);
  const faults = answerFaults(question, given);
  if (given.length >= least) return faults;
  const limit = { name: 'minOccurs', value: least } as const;
  return [{ linkId, code: 'answer-required', ...(least > 1 && { limit }) }, ...faults];
}

/** A required group has something in it (R4 Questionnaire.item.required), as nobody's fault but its own. */
function groupFaults(group: Group, answers: Answers, enabled: (item: FormItem) => boolean): Fault[] {
  const isAnswered = (item: FormItem): boolean =>
    item.kind === 'group'
      ? item.items.some(isAnswered)
      : enabled(item) && (answers.get(item.linkId)?.length ?? 0) > 0;
  return group.required && !isAnswered(group) ? [{ linkId: group.linkId, code: 'answer-required' }] : [];
}
