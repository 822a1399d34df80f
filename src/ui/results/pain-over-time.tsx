import { clinicianUrl } from '../parts/author.js';
import { dateText } from '../parts/dates.js';
import type { Extras } from './load-extras.js';
import { MOST_RATINGS } from './load-pain.js';
import { lackingText, type PainPoint, painMarks } from './pain.js';

interface PainOverTimeProps {
  readonly extras: Extras | null;
  /** The response that is shown. */
  readonly currentId: string;
}

/** As many are listed without being asked for. */
const FEW = 5;
const WIDTH = 260;
const HEIGHT = 90;

/** The patient's ratings of pain, 0 to 10, from all screenings. */
export function PainOverTime({ extras, currentId }: PainOverTimeProps) {
  const pain = extras?.pain;
  const points = pain?.points;
  const lacking = pain && lackingText(pain);
  return (
    <section class="card" aria-labelledby="pain">
      <h2 id="pain">Pain over time</h2>
      {!extras && <p role="status">Loading…</p>}
      {extras && !points && <p>The ratings could not be read.</p>}
      {points?.length === 0 && <p>No rating of pain is known.</p>}
      {points && points.length > 1 && <Chart points={points} currentId={currentId} />}
      {points && points.length > 0 && points.length <= FEW && (
        <Ratings points={points} currentId={currentId} />
      )}
      {points && points.length > FEW && (
        <details class="all-ratings">
          <summary>All {points.length} ratings</summary>
          <Ratings points={points} currentId={currentId} />
        </details>
      )}
      {pain?.isCut && <p>Of those in the record only the newest {MOST_RATINGS} are shown.</p>}
      {lacking && <p>{lacking}</p>}
    </section>
  );
}

interface PointsProps {
  readonly points: readonly PainPoint[];
  readonly currentId: string;
}

function Chart({ points, currentId }: PointsProps) {
  const marks = painMarks(points, WIDTH, HEIGHT);
  const line = marks.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return (
    <svg
      class="pain-chart"
      viewBox={`-22 -10 ${WIDTH + 34} ${HEIGHT + 20}`}
      aria-hidden="true"
      focusable="false"
    >
      {[0, 5, 10].map((value) => (
        <g key={value}>
          <path class="grid" d={`M0 ${HEIGHT - (HEIGHT * value) / 10}H${WIDTH}`} />
          <text x="-8" y={HEIGHT - (HEIGHT * value) / 10 + 4}>
            {value}
          </text>
        </g>
      ))}
      <path class="line" d={line} />
      {marks.map(({ x, y, responseId }) => (
        <circle key={responseId} class={responseId === currentId ? 'now' : ''} cx={x} cy={y} r="5" />
      ))}
    </svg>
  );
}

function Ratings({ points, currentId }: PointsProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Date</th>
          <th scope="col">Pain, 0 to 10</th>
        </tr>
      </thead>
      <tbody>
        {points.toReversed().map(({ date, value, responseId, isWaiting }) => (
          <tr key={responseId}>
            <td>
              {responseId === currentId ? (
                <>{dateText(date)} (this one)</>
              ) : (
                <a href={clinicianUrl(`results/${encodeURIComponent(responseId)}`)}>{dateText(date)}</a>
              )}
              {isWaiting && <span class="soft"> Not in the record yet</span>}
            </td>
            <td class="numeric">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
