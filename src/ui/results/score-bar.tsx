import { barOf } from './bar.js';
import type { ExplainedSet } from './explanation.js';
import { boundsText } from './verdict-line.js';

const WIDTH = 120;
const HEIGHT = 14;

/** Criteria met (full), possible (outlined) and the threshold (line); the same in words beside it. */
export function ScoreBar({ set }: { readonly set: ExplainedSet }) {
  const bar = barOf(set, WIDTH);
  return (
    <span class="score">
      {bar && (
        <svg
          class="bar-chart"
          viewBox={`-2 -4 ${WIDTH + 4} ${HEIGHT + 8}`}
          aria-hidden="true"
          focusable="false"
        >
          <rect class="track" width={WIDTH} height={HEIGHT} />
          <rect class="certain" width={bar.certain} height={HEIGHT} />
          {bar.possible > bar.certain && (
            <rect
              class="possible"
              x={bar.certain + 1}
              y="1"
              width={bar.possible - bar.certain - 2}
              height={HEIGHT - 2}
            />
          )}
          {bar.threshold !== null && <path class="threshold" d={`M${bar.threshold} -4V${HEIGHT + 4}`} />}
        </svg>
      )}
      <span class="numeric">{boundsText(set)}</span>
    </span>
  );
}
