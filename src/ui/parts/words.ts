/** The pages' words for codes of CodeSystem `verdicts`. English: these are the clinician's pages. */

/** What a criteria set comes to. */
export type Verdict = 'met' | 'not-met' | 'indeterminate' | 'not-applicable';

/** What NICE NG65 says to do. */
export type Decision = 'refer' | 'test-hla-b27' | 'not-met' | 'gate-not-met' | 'indeterminate';

/** Levels of a red flag, the highest first, then none. */
export type Urgency = 'emergency' | 'same-day' | 'urgent-days' | 'none-reported';

const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: 'met',
  'not-met': 'not met',
  indeterminate: 'open',
  'not-applicable': 'not applicable',
};

const DECISIONS: Readonly<Record<Decision, string>> = {
  refer: 'refer',
  'test-hla-b27': 'test HLA-B27',
  'not-met': 'not met',
  'gate-not-met': 'not applicable',
  indeterminate: 'open',
};

const URGENCIES: Readonly<Record<Urgency, string>> = {
  emergency: 'Emergency',
  'same-day': 'Same day',
  'urgent-days': 'Within days',
  'none-reported': 'None reported',
};

/** A code that is not known is shown as it is, never as "not met". */
export function verdictWord(verdict: string): string {
  return isVerdict(verdict) ? VERDICTS[verdict] : verdict;
}

/** Such as "test HLA-B27". */
export function decisionWord(decision: string): string {
  return isDecision(decision) ? DECISIONS[decision] : decision;
}

/** null, and a code that is not known, is "not answered": never "none". */
export function urgencyWord(urgency: string | null): string {
  return isUrgency(urgency) ? URGENCIES[urgency] : 'Safety questions not answered';
}

/** For sorting: 0 is the most urgent, and unanswered comes before "none reported". */
export function urgencyRank(urgency: string | null): number {
  const rank = Object.keys(URGENCIES).indexOf(urgency ?? '');
  return rank === -1 ? 2.5 : rank;
}

export function isVerdict(code: string): code is Verdict {
  return Object.hasOwn(VERDICTS, code);
}

export function isUrgency(code: string | null): code is Urgency {
  return code !== null && Object.hasOwn(URGENCIES, code);
}

function isDecision(code: string): code is Decision {
  return Object.hasOwn(DECISIONS, code);
}
