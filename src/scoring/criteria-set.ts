import type { Condition } from './condition.js';
import type { FindingCode } from './criteria/findings.js';
import type { Finding } from './finding.js';

export type Verdict = 'met' | 'not-met' | 'indeterminate' | 'not-applicable';

/** One row of the findings table: what a finding code means in answers. */
export interface Definition {
  readonly text: string;
  readonly when: Condition;
}

/** One row of a published table. */
export interface Criterion {
  readonly code: FindingCode;
  readonly text: string;
}

/** Every condition named in the row must hold; the first row that matches decides. */
export interface DecisionRow {
  readonly gate?: Finding;
  readonly minAtLeast?: number;
  readonly maxAtMost?: number;
  /** Finding of the confirming test. */
  readonly test?: Finding;
  readonly decision: string;
  readonly verdict: Verdict;
  /** Advice for the clinician that goes with the decision; see notes.ts. */
  readonly advice?: string;
}

/** Another way into a set than counting: a condition of its own. */
export interface Arm {
  readonly code: string;
  readonly text: string;
  readonly when: Condition;
}

export type Rule =
  | { readonly atLeast: number }
  | { readonly atLeast: number; readonly test: FindingCode; readonly decisions: readonly DecisionRow[] }
  /** Either arm; `shown` is reported beside the criteria and not counted. */
  | { readonly arms: readonly Arm[]; readonly shown: Criterion };

/** One published table, as it stands in the paper. */
export interface CriteriaSet {
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  /** Findings that must all be met before the set applies; none for a set without prerequisites. */
  readonly gate: readonly FindingCode[];
  readonly criteria: readonly Criterion[];
  readonly rule: Rule;
  /** Readings of the paper that a clinician should confirm (clinical.md §13). */
  readonly readings?: readonly string[];
}
