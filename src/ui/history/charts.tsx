import { dateText } from '../parts/dates.js';
import type { Screening } from '../parts/screening.js';
import { UrgencyMark, urgencyPath, urgencyWord } from '../parts/urgency.js';
import { VerdictMark } from '../parts/verdict.js';
import { decisionWord, verdictWord } from '../parts/words.js';
import { PainChart } from './pain-chart.js';
import { SetChart } from './set-chart.js';
import { countText, type Extent, positions, scoredInOrder, type Track, toTracks } from './timeline.js';

/** In units of the drawings, which are all as wide. */
export const EXTENT: Extent = { left: 28, right: 304, gap: 24 };

/** The same screenings, one small picture for each thing that is measured. The table below says it in words. */
export function Charts({ screenings }: { readonly screenings: readonly Screening[] }) {
  const scored = scoredInOrder(screenings);
  const [first] = scored;
  const last = scored.at(-1);
  if (!first || !last) return null;
  const xs = positions(
    scored.map(({ authored }) => Date.parse(authored ?? '')),
    EXTENT,
  );
  const span =
    scored.length > 1
      ? `${dateText(first.authored ?? '')} to ${dateText(last.authored ?? '')}, the newest on the right.`
      : dateText(last.authored ?? '');
  return (
    <section aria-labelledby="over-time">
      <h2 id="over-time">Over time</h2>
      <p class="soft">{span}</p>
      <div class="charts">
        <figure class="chart">
          <figcaption>
            <strong>Pain, 0 to 10</strong>
            <span>{last.pain === null ? 'not answered' : `${last.pain} at the last screening`}</span>
          </figcaption>
          <PainChart pains={scored.map(({ pain }) => pain)} xs={xs} />
        </figure>
        <figure class="chart">
          <figcaption>
            <strong>Red flags</strong>
            <UrgencyMark urgency={last.redFlags?.urgency ?? null} />
          </figcaption>
          <FlagChart screenings={scored} xs={xs} />
        </figure>
        {toTracks(scored).map((track) => (
          <SetFigure key={track.id} track={track} xs={xs} />
        ))}
      </div>
    </section>
  );
}

function SetFigure({ track, xs }: { readonly track: Track; readonly xs: readonly number[] }) {
  const { title, threshold, results } = track;
  const now = results.at(-1);
  const before = results.slice(0, -1).findLast((one) => one !== null);
  const isChanged = now && before && (now.verdict !== before.verdict || now.decision !== before.decision);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {now ? <VerdictMark verdict={now.verdict} decision={now.decision} /> : <span>not scored</span>}
        <span class="soft">
          {now && countText(now)}
          {threshold !== null && now?.min !== null && `, needs ${threshold}`}
          {isChanged &&
            `; before: ${before.decision ? decisionWord(before.decision) : verdictWord(before.verdict)}`}
        </span>
      </figcaption>
      <SetChart track={track} xs={xs} />
    </figure>
  );
}

interface FlagChartProps {
  readonly screenings: readonly Screening[];
  readonly xs: readonly number[];
}

function FlagChart({ screenings, xs }: FlagChartProps) {
  const told = screenings.map(({ redFlags }) => urgencyWord(redFlags?.urgency ?? null)).join(', ');
  return (
    <svg viewBox="0 0 320 40" role="img" aria-label={`Red flags, oldest first: ${told}.`}>
      <line class="axis" x1={EXTENT.left - 10} x2={EXTENT.right + 10} y1="36" y2="36" />
      {screenings.map(({ id, redFlags }, index) => (
        <path
          key={id}
          class={`flag urgency-${redFlags?.urgency ?? 'unknown'}`}
          transform={`translate(${(xs[index] ?? 0) - 10} 8) scale(1.25)`}
          d={urgencyPath(redFlags?.urgency ?? null)}
        />
      ))}
    </svg>
  );
}
