import type { SetResult } from '../parts/screening.js';
import { verdictPath } from '../parts/verdict.js';
import { isVerdict, verdictWord } from '../parts/words.js';
import { countText, NOT_STORED, type Track } from './timeline.js';

const TOP = 24;
const BOTTOM = 64;

interface SetChartProps {
  readonly track: Track;
  readonly xs: readonly number[];
}

/** For each screening the verdict, and under it how many criteria are met, from the least to the most possible. */
export function SetChart({ track: { title, of, threshold, results }, xs }: SetChartProps) {
  const y = (count: number) => BOTTOM - (of > 0 ? count / of : 0) * (BOTTOM - TOP);
  const told = results.map((one) =>
    one ? `${verdictWord(one.verdict)} ${countText(one)}`.trim() : NOT_STORED,
  );
  return (
    <svg viewBox="0 0 320 70" role="img" aria-label={`${title}, oldest first: ${told.join('; ')}.`}>
      <line class="axis" x1="18" x2="314" y1={BOTTOM} y2={BOTTOM} />
      <text class="scale" x="14" y={BOTTOM + 4} text-anchor="end">
        0
      </text>
      <text class="scale" x="14" y={TOP + 6} text-anchor="end">
        {of}
      </text>
      {threshold !== null && <line class="threshold" x1="18" x2="314" y1={y(threshold)} y2={y(threshold)} />}
      {results.map((one, index) => one && <Result key={xs[index]} result={one} x={xs[index] ?? 0} y={y} />)}
    </svg>
  );
}

interface ResultProps {
  readonly result: SetResult;
  readonly x: number;
  y(count: number): number;
}

function Result({ result: { verdict, min, max }, x, y }: ResultProps) {
  const name = isVerdict(verdict) ? verdict : 'indeterminate';
  return (
    <g class={`verdict-${name}`}>
      <path class="verdict-shape" transform={`translate(${x - 8} 2)`} d={verdictPath(verdict)} />
      {min !== null && max !== null && (
        <>
          <rect class="sure" x={x - 6} y={y(min)} width="12" height={BOTTOM - y(min)} />
          <rect class="possible" x={x - 6} y={y(max)} width="12" height={y(min) - y(max)} />
        </>
      )}
    </g>
  );
}
