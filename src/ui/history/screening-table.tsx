import type { ComponentChildren } from 'preact';
import { dateText } from '../parts/dates.js';
import { authorWord, isScored, type Screening, statusWord } from '../parts/screening.js';
import { pageUrl } from '../parts/service.js';
import { UrgencyMark } from '../parts/urgency.js';
import { VerdictMark } from '../parts/verdict.js';
import { countText, type Track, toTracks } from './timeline.js';

interface ScreeningTableProps {
  /** Newest first. */
  readonly screenings: readonly Screening[];
  /** Not all results could be read. */
  readonly isUnknown: boolean;
}

/** The same in words: a column for each screening, the newest first, withdrawn ones and drafts with them. */
export function ScreeningTable({ screenings, isUnknown }: ScreeningTableProps) {
  // What could not be read is not said to be missing.
  const missing = (what: string) => (isUnknown ? 'not read' : what);
  const tracks = toTracks([...screenings].reverse());
  return (
    <section aria-labelledby="table">
      <h2 id="table">All screenings</h2>
      <p class="soft">Newest first. Each date leads to the results.</p>
      <div class="scroll">
        <table aria-labelledby="table">
          <thead>
            <tr>
              <td />
              {screenings.map((screening) => (
                <Column key={screening.id} screening={screening} />
              ))}
            </tr>
          </thead>
          <tbody>
            <Line title="Pain, 0 to 10" screenings={screenings}>
              {({ pain }) => pain ?? missing('not answered')}
            </Line>
            <Line title="Red flags" screenings={screenings} isKnown={({ redFlags }) => redFlags !== null}>
              {({ redFlags }) =>
                redFlags ? <UrgencyMark urgency={redFlags.urgency} /> : missing('not scored')
              }
            </Line>
            {tracks.map((track) => (
              <SetLine key={track.id} track={track} screenings={screenings} missing={missing('not scored')} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface SetLineProps {
  readonly track: Track;
  readonly screenings: readonly Screening[];
  readonly missing: string;
}

function SetLine({ track: { id, title, threshold }, screenings, missing }: SetLineProps) {
  return (
    <Line title={threshold === null ? title : `${title}, needs ${threshold}`} screenings={screenings}>
      {({ sets }) => {
        const set = sets.find((one) => one.id === id);
        if (!set) return missing;
        return (
          <>
            <VerdictMark verdict={set.verdict} decision={set.decision} />
            <span class="counts">{countText(set)}</span>
          </>
        );
      }}
    </Line>
  );
}

function Column({ screening: { id, authored, status, author, patient } }: { readonly screening: Screening }) {
  const by = authorWord(author);
  const clinician = author?.startsWith('Practitioner/') ? author : undefined;
  const subject = patient === null ? undefined : `Patient/${patient}`;
  return (
    <th scope="col">
      <a class="date" href={pageUrl(`results/${id}`)}>
        {authored ? dateText(authored) : 'No date'}
      </a>
      <span class="counts">
        {statusWord(status)}
        {by && `, by ${by}`}
      </span>
      {status === 'in-progress' && (
        <a class="date" href={pageUrl('screen', { subject, author: clinician, response: id })}>
          Continue
        </a>
      )}
    </th>
  );
}

interface LineProps {
  readonly title: string;
  readonly screenings: readonly Screening[];
  /** Whether there is something to show though it is not sent: red flags of a draft count. */
  isKnown?(screening: Screening): boolean;
  children(screening: Screening): ComponentChildren;
}

function Line({ title, screenings, isKnown = () => false, children }: LineProps) {
  return (
    <tr>
      <th scope="row">{title}</th>
      {screenings.map((screening) => (
        <td key={screening.id}>
          {isScored(screening.status) || isKnown(screening) ? (
            children(screening)
          ) : (
            <span class="soft">{screening.status === 'in-progress' ? 'not sent yet' : 'withdrawn'}</span>
          )}
        </td>
      ))}
    </tr>
  );
}
