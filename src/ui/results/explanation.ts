/** The JSON of `$explain`, as far as the page reads it. */
export interface Explanation {
  readonly response: { readonly id: string; readonly versionId: string | null; readonly status: string };
  readonly ruleSet: { readonly version: string; readonly hash: string; readonly nightPainVariant: string };
  readonly disclaimer: string;
  readonly redFlags: RedFlags;
  readonly facts: readonly ExplainedFinding[];
  readonly criteriaSets: readonly ExplainedSet[];
  /** In words; null when the sets agree. */
  readonly disagreement: string | null;
  /** null unless the operator wants it shown. */
  readonly likelihood: Likelihood | null;
  readonly warnings: readonly Warning[];
}

export interface RedFlags {
  /** A level, `none-reported`, or null while the safety questions are not all answered. */
  readonly urgency: string | null;
  readonly complete: boolean;
  readonly flags: readonly RedFlag[];
  /** Safety questions that are blank or answered "not sure". */
  readonly unanswered: readonly string[];
}

export interface RedFlag {
  readonly code: string;
  readonly urgency: string;
  readonly from: readonly UsedAnswer[];
}

/** An answer that a finding rests on. */
export interface UsedAnswer {
  readonly linkId: string;
  /** A code or number, or several; null when it is not answered. */
  readonly answer: GivenAnswer;
}

export type GivenAnswer = string | number | readonly (string | number)[] | null;

export interface ExplainedFinding {
  readonly code: string;
  /** `met`, `not-met`, `unknown`; null for a fact that is a number. */
  readonly finding: string | null;
  /** Why it is unknown: a code of HL7's data-absent-reason. */
  readonly reason: string | null;
  readonly from: readonly UsedAnswer[];
}

export interface ExplainedCriterion extends ExplainedFinding {
  readonly text: string;
}

export interface ExplainedSet {
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  /** Entry conditions: `met`, `not-met`, `unknown`; null where a set has none. */
  readonly gate: string | null;
  readonly verdict: string;
  /** NG65 alone. */
  readonly decision: string | null;
  /** Criteria met for certain, and at most; null where the set does not apply. */
  readonly min: number | null;
  readonly max: number | null;
  readonly of: number;
  /** null where a count alone does not decide. */
  readonly threshold: number | null;
  readonly verdictWithoutTests: string | null;
  readonly criteria: readonly ExplainedCriterion[];
  /** The smallest sets of linkIds whose answers could make it final. */
  readonly settledBy: readonly (readonly string[])[];
  readonly note: string;
}

export interface Likelihood {
  readonly product: number | null;
  readonly band: string | null;
  readonly note: string;
}

export interface Warning {
  readonly code: string;
  readonly text: string;
  /** The sets that it concerns; empty for all. */
  readonly criteriaSets: readonly string[];
}

/** Where the diagnosis is made already, the counts stay and NG65 advises nothing. */
export function withoutAdvice(explanation: Explanation): Explanation {
  if (!explanation.warnings.some(({ code }) => code === 'already-diagnosed')) return explanation;
  const criteriaSets = explanation.criteriaSets.map((set) => ({ ...set, decision: null }));
  return { ...explanation, criteriaSets };
}
