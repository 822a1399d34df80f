import { dateText } from '../parts/dates.js';
import type { Listed } from '../parts/listed.js';
import { isScored, type Screening } from '../parts/screening.js';
import { UrgencyMark, urgencyPath } from '../parts/urgency.js';
import { VerdictMark } from '../parts/verdict.js';
import { urgencyWord } from '../parts/words.js';
import { PainChart } from './pain-chart.js';
import { SetChart } from './set-chart.js';
import {
  type Extent,
  NOT_STORED,
  painText,
  positions,
  scoredInOrder,
  setText,
  type Track,
  toTracks,
} from './timeline.js';

/** In units of the drawings, which are all as wide. */
export const EXTENT: Extent = { left: 28, right: 304, gap: 24 };

/** The same screenings, one small picture for each thing that is measured. The table below says it in words. */
export function Charts({ listed }: { readonly listed: readonly Listed[] }) {
  // A picture with what could not be read left out would be a wrong one.
  if (listed.some(({ isUnknown }) => isUnknown)) return null;
  const scored = scoredInOrder(
    listed.filter(({ isOnItsWay }) => !isOnItsWay).map(({ screening }) => screening),
  );
  const left = listed.filter(({ isOnItsWay, screening }) => isOnItsWay && isScored(screening.status));
  const [first] = scored;
  const last = scored.at(-1);
  if (!first || !last) return null;
  const xs = positions(
    scored.map(({ authored }) => Date.parse(authored ?? '')),
    EXTENT,
  );
  return (
    <section aria-labelledby="over-time">
      <h2 id="over-time">Over time</h2>
      <Scope first={first} last={last} left={left.length} />
      <div class="charts">
        <figure class="chart">
          <figcaption>
            <strong>Pain, 0 to 10</strong>
            <span>
              {painText(last)}
              {last.pain !== null && ' at the last screening'}
            </span>
          </figcaption>
          <PainChart screenings={scored} xs={xs} />
        </figure>
        {/* A flag that is still on its way must not be missing from a picture; the table has it. */}
        {left.length === 0 && <FlagFigure screenings={scored} last={last} xs={xs} />}
        {toTracks(scored).map((track) => (
          <SetFigure key={track.id} track={track} xs={xs} />
        ))}
      </div>
    </section>
  );
}

interface ScopeProps {
  readonly first: Screening;
  readonly last: Screening;
  /** How many are not in the pictures. */
  readonly left: number;
}

function Scope({ first, last, left }: ScopeProps) {
  const [from, to] = [dateText(first.authored ?? ''), dateText(last.authored ?? '')];
  const span = from === to ? to : `${from} to ${to}`;
  return (
    <>
      <p class="soft">{first === last ? to : `${span}, the newest on the right.`}</p>
      {left > 0 && (
        <p class="notice warn">
          Without {left} of the screenings below: changed or new, and not in the record yet.
        </p>
      )}
    </>
  );
}

function SetFigure({ track, xs }: { readonly track: Track; readonly xs: readonly number[] }) {
  const { title, results } = track;
  const now = results.at(-1);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {now ? <VerdictMark verdict={now.verdict} decision={now.decision} /> : <span>{NOT_STORED}</span>}
        <span class="soft">{setText(track)}</span>
      </figcaption>
      <SetChart track={track} xs={xs} />
    </figure>
  );
}

function FlagFigure({ last, ...chart }: FlagChartProps & { readonly last: Screening }) {
  return (
    <figure class="chart">
      <figcaption>
        <strong>Red flags</strong>
        {last.redFlags ? <UrgencyMark urgency={last.redFlags.urgency} /> : <span>{NOT_STORED}</span>}
      </figcaption>
      <FlagChart {...chart} />
    </figure>
  );
}

interface FlagChartProps {
  readonly screenings: readonly Screening[];
  readonly xs: readonly number[];
}

function FlagChart({ screenings, xs }: FlagChartProps) {
  const told = screenings
    .map(({ redFlags }) => (redFlags ? urgencyWord(redFlags.urgency) : NOT_STORED))
    .join(', ');
  return (
    <svg viewBox="0 0 320 40" role="img" aria-label={`Red flags, oldest first: ${told}.`}>
      <line class="axis" x1={EXTENT.left - 10} x2={EXTENT.right + 10} y1="36" y2="36" />
      {screenings.map(
        ({ id, redFlags }, index) =>
          redFlags && (
            <path
              key={id}
              class={`flag urgency-${redFlags.urgency ?? 'unknown'}`}
              transform={`translate(${(xs[index] ?? 0) - 10} 8) scale(1.25)`}
              d={urgencyPath(redFlags.urgency)}
            />
          ),
      )}
    </svg>
  );
}
