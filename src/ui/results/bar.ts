import type { ExplainedSet } from './explanation.js';

/** Where the parts of a bar are, from 0 to `width`. */
export interface Bar {
  /** Criteria met for certain: from 0 to here. */
  readonly certain: number;
  /** Criteria that could be met: from `certain` to here. */
  readonly possible: number;
  /** null where a count alone does not decide. */
  readonly threshold: number | null;
}

/** null for a set that does not apply: nothing is drawn rather than an empty bar, which would read as "none". */
export function barOf(
  { min, max, of, threshold }: Pick<ExplainedSet, 'min' | 'max' | 'of' | 'threshold'>,
  width: number,
): Bar | null {
  if (min === null || max === null || of <= 0) return null;
  const at = (count: number) => (width * Math.min(Math.max(count, 0), of)) / of;
  return { certain: at(min), possible: at(max), threshold: threshold === null ? null : at(threshold) };
}
