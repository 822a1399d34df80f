import type { RedFlags } from '../parts/screening.js';
import { urgencyWord } from '../parts/words.js';
import type { Advice } from './advice.js';

/** What the safety answers of a response that cannot be scored call for. */
export function adviceText(advice: Advice | null): string {
  if (!advice) return 'What the safety answers call for is not known. Read them below.';
  const { urgency, isComplete } = advice;
  const rest = isComplete ? '' : ' Not every safety question has an answer that can be read.';
  if (urgency === null) return `Safety questions not fully answered.${isComplete ? '' : rest}`;
  if (urgency === 'none-reported') {
    return `The safety answers report no red flag. This is not the same as safe.${rest}`;
  }
  return `The safety answers call for: ${urgencyWord(urgency)}.${rest}`;
}

/** What the record has of red flags. `recorded`: null where it has nothing, or could not be read. */
export function recordText(recorded: RedFlags | null): string {
  if (!recorded) return 'No red flags of it are known from the record. This is not the same as none.';
  const named = recorded.flags.length > 0 ? `: ${recorded.flags.join(', ')}` : '';
  return `In the record: ${urgencyWord(recorded.urgency)}${named}.`;
}
