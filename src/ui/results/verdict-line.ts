import { decisionWord, verdictWord } from '../parts/words.js';
import type { ExplainedSet, Explanation } from './explanation.js';
import type { Wording } from './wording.js';

/** "3 to 5 of 9, needs 4": what is certain, what is possible, and what it takes. */
export function boundsText({ min, max, of, threshold, decision }: ExplainedSet): string {
  if (min === null || max === null) return 'entry conditions not met';
  const range = min === max ? `${min}` : `${min} to ${max}`;
  if (threshold === null) return `${range} of ${of} features`;
  // NG65 needs one fewer when HLA-B27 is positive: without this "3 of 9, needs 4: refer" is a riddle.
  const isNear = decision !== null && min < threshold && max >= threshold - 1;
  return `${range} of ${of}, needs ${threshold}${isNear ? ` (${threshold - 1} with HLA-B27)` : ''}`;
}

/** "refer", "open": NG65's decision, else the verdict. */
export function outcomeText({ verdict, decision }: Pick<ExplainedSet, 'verdict' | 'decision'>): string {
  return decision === null ? verdictWord(verdict) : decisionWord(decision);
}

/** What could settle an open set, in one line; null when it is settled, or nothing could settle it. */
export function settlesText({ settledBy }: ExplainedSet, wording: Wording): string | null {
  const [first] = settledBy;
  if (!first) return null;
  const others = settledBy.length - 1;
  const more = others === 0 ? '' : ` (or ${others} other${others === 1 ? '' : 's'})`;
  if (first.length > 1) return `${first.length} answers could settle it${more}`;
  return `Ask: ${first.map((linkId) => wording.shortQuestion(linkId)).join(' ')}${more}`;
}

/** "Not met without tests", where unknown test results are all that keeps a set open. */
export function withoutTestsText({ verdict, verdictWithoutTests }: ExplainedSet): string | null {
  if (verdictWithoutTests === null || verdictWithoutTests === verdict) return null;
  const word = verdictWord(verdictWithoutTests);
  return `${word.charAt(0).toUpperCase()}${word.slice(1)} without tests`;
}

const NG65 = 'nice-ng65';

/** "NICE NG65: refer. 8 sets met, 2 open, 1 not met." */
export function summaryText({ criteriaSets }: Pick<Explanation, 'criteriaSets'>): string {
  const ng65 = criteriaSets.find(({ id }) => id === NG65);
  const counts = ['met', 'indeterminate', 'not-met', 'not-applicable'].flatMap((verdict) => {
    const count = criteriaSets.filter((set) => set.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdictWord(verdict)}`];
  });
  const [first = 'No criteria set', ...rest] = counts;
  const sets = first.replace(/^(\d+) /, (_, count) => `${count} set${count === '1' ? '' : 's'} `);
  return `${ng65 ? `NICE NG65: ${outcomeText(ng65)}. ` : ''}${[sets, ...rest].join(', ')}.`;
}

/** What goes with NG65's decision: what to do, what would change it, what to look out for. null for nothing. */
export function ng65Note({ criteriaSets }: Pick<Explanation, 'criteriaSets'>): string | null {
  return criteriaSets.find(({ id }) => id === NG65)?.note || null;
}

/** Sets under one heading: a clinician looks for a referral first. */
export interface SetGroup {
  readonly title: string;
  readonly sets: readonly ExplainedSet[];
}

const GROUPS: readonly (readonly [title: string, ids: readonly string[]])[] = [
  ['Refer?', [NG65, 'asas-referral-2015', 'brandt-2007', 'master', 'radar-2of3', 'cafaspa']],
  ['Inflammatory back pain?', ['asas-ibp-2009', 'calin-1977', 'berlin-2006-8a', 'berlin-2006-8b']],
  ['Classification, for a diagnosis that is made', ['asas-axspa-2009']],
];

/** The name of a set below the heading of its group, which need not be said again in every line. */
export function titleInGroup({ title }: ExplainedSet): string {
  return title.replace(' for inflammatory back pain', '');
}

/** Sets that no group knows come last, under a heading of their own. */
export function groupSets(sets: readonly ExplainedSet[]): SetGroup[] {
  const known = GROUPS.flatMap(([, ids]) => ids);
  const groups = GROUPS.map(([title, ids]) => ({
    title,
    sets: ids.flatMap((id) => sets.filter((set) => set.id === id)),
  }));
  const others = { title: 'Others', sets: sets.filter(({ id }) => !known.includes(id)) };
  return [...groups, others].filter((group) => group.sets.length > 0);
}
