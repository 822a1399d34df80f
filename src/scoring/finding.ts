/**
 * Three-valued findings and Kleene's connectives (clinical.md §10).
 * A missing answer is `unknown`; nothing in this file turns it into `not-met`.
 */
export type Finding = 'met' | 'not-met' | 'unknown';

export function not(finding: Finding): Finding {
  if (finding === 'unknown') return 'unknown';
  return finding === 'met' ? 'not-met' : 'met';
}

/** Any not-met → not-met; all met → met; otherwise unknown. `and([])` is met. */
export function and(findings: readonly Finding[]): Finding {
  if (findings.includes('not-met')) return 'not-met';
  return findings.includes('unknown') ? 'unknown' : 'met';
}

/** Any met → met; all not-met → not-met; otherwise unknown. `or([])` is not-met. */
export function or(findings: readonly Finding[]): Finding {
  if (findings.includes('met')) return 'met';
  return findings.includes('unknown') ? 'unknown' : 'not-met';
}

/** How many criteria are met for certain, and how many could be. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export function boundsOf(findings: readonly Finding[]): Bounds {
  const min = findings.filter((finding) => finding === 'met').length;
  const unknown = findings.filter((finding) => finding === 'unknown').length;
  return { min, max: min + unknown };
}

/** k of n under uncertainty: met once the minimum reaches k, not-met once the maximum cannot. */
export function atLeast(threshold: number, { min, max }: Bounds): Finding {
  if (min >= threshold) return 'met';
  return max < threshold ? 'not-met' : 'unknown';
}
