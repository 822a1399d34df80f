import type { ComponentChildren } from 'preact';
import { clinicianUrl, continueUrl } from '../parts/author.js';
import { dateText } from '../parts/dates.js';
import type { Listed } from '../parts/listed.js';
import { byText, type Screening, statusWord } from '../parts/screening.js';
import { troubleWord } from '../parts/troubles.js';
import { UrgencyMark } from '../parts/urgency.js';
import { VerdictMark } from '../parts/verdict.js';
import { countText, hasResult, missingText, painText, type Track, toTracks } from './timeline.js';

interface ScreeningTableProps {
  /** Newest first. */
  readonly listed: readonly Listed[];
}

/** The same in words: a column for each screening, the newest first, withdrawn ones and drafts with them. */
export function ScreeningTable({ listed }: ScreeningTableProps) {
  const tracks = toTracks(listed.map(({ screening }) => screening).reverse());
  return (
    <section aria-labelledby="table">
      <h2 id="table">All screenings</h2>
      <p class="soft">Newest first. Each date leads to the results.</p>
      <div class="scroll">
        <table aria-labelledby="table">
          <thead>
            <tr>
              <td />
              {listed.map((one) => (
                <Column key={one.screening.id} listed={one} />
              ))}
            </tr>
          </thead>
          <tbody>
            <Line title="Pain, 0 to 10" listed={listed}>
              {(screening) => (hasResult(screening) || screening.pain !== null ? painText(screening) : null)}
            </Line>
            <Line title="Red flags" listed={listed}>
              {({ redFlags }) => redFlags && <UrgencyMark urgency={redFlags.urgency} />}
            </Line>
            {tracks.map((track) => (
              <SetLine key={track.id} track={track} listed={listed} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface SetLineProps {
  readonly track: Track;
  readonly listed: readonly Listed[];
}

function SetLine({ track: { id, title, threshold }, listed }: SetLineProps) {
  return (
    <Line title={threshold === null ? title : `${title}, needs ${threshold}`} listed={listed}>
      {({ sets }) => {
        const set = sets.find((one) => one.id === id);
        return (
          set && (
            <>
              <VerdictMark verdict={set.verdict} decision={set.decision} />
              <span class="counts">{countText(set)}</span>
            </>
          )
        );
      }}
    </Line>
  );
}

function Column({ listed: { screening, troubles } }: { readonly listed: Listed }) {
  const { id, authored, status, patient } = screening;
  const by = byText(screening);
  const [trouble] = troubles;
  return (
    <th scope="col">
      <a class="date" href={clinicianUrl(`results/${id}`)}>
        {authored ? dateText(authored) : 'No date'}
      </a>
      <span class="counts">
        {statusWord(status)}
        {by && `, by ${by}`}
      </span>
      {trouble && <span class="counts">{troubleWord(trouble)}</span>}
      {status === 'in-progress' && patient !== null && (
        <a class="date" href={continueUrl(screening)}>
          Continue
        </a>
      )}
    </th>
  );
}

interface LineProps {
  readonly title: string;
  readonly listed: readonly Listed[];
  /** Nothing where no result says. */
  children(screening: Screening): ComponentChildren;
}

function Line({ title, listed, children }: LineProps) {
  return (
    <tr>
      <th scope="row">{title}</th>
      {listed.map((one) => (
        <td key={one.screening.id}>
          {children(one.screening) ?? <span class="soft">{missingText(one)}</span>}
        </td>
      ))}
    </tr>
  );
}
