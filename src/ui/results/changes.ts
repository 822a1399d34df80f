import { urgencyWord } from '../parts/words.js';
import type { Explanation } from './explanation.js';
import { outcomeText } from './verdict-line.js';

/** Something that another answer changed, in words. */
export interface Change {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

type Scored = Pick<Explanation, 'criteriaSets' | 'redFlags'>;

/** Verdicts and urgency that differ; nothing when only counts moved. */
export function changesBetween(before: Scored, after: Scored): Change[] {
  const words = (scored: Scored): [title: string, word: string][] => [
    ['Red flags', urgencyWord(scored.redFlags.urgency)],
    ...scored.criteriaSets.map((set): [string, string] => [set.title, outcomeText(set)]),
  ];
  const earlier = new Map(words(before));
  return words(after).flatMap(([title, word]) => {
    const was = earlier.get(title);
    return was === undefined || was === word ? [] : [{ title, before: was, after: word }];
  });
}
