import type { Patient } from 'fhir/r4.js';
import { clinicianUrl, continueUrl } from '../parts/author.js';
import { agoText, dateTimeText } from '../parts/dates.js';
import type { Listed } from '../parts/listed.js';
import { byText, isScored, type Screening, statusWord } from '../parts/screening.js';
import { needsSomebody, type Trouble, troubleWord } from '../parts/troubles.js';
import { UrgencyMark } from '../parts/urgency.js';
import { VerdictMark } from '../parts/verdict.js';
import { PersonFacts, personName } from './person.js';
import { isUrgent, openSets } from './row.js';

interface ScreeningRowProps {
  readonly row: Listed;
  readonly patients: ReadonlyMap<string, Patient>;
}

/** One screening. The whole row leads to its results; a draft has a way on of its own. */
export function ScreeningRow({ row, patients }: ScreeningRowProps) {
  const { screening } = row;
  const { id, patient, authored, status } = screening;
  const by = byText(screening);
  const kind = status === 'entered-in-error' ? ' withdrawn' : isUrgent(screening) ? ' urgent' : '';
  return (
    <li class={`row${kind}`}>
      <div class="who">
        <a class="open" href={clinicianUrl(`results/${id}`)}>
          {personName(patients, patient)}
        </a>
        <PersonFacts patient={patients.get(patient ?? '')} at={authored} />
      </div>
      <div class="when">
        <span class="label">Answered </span>
        {authored ? <time dateTime={authored}>{agoText(authored)}</time> : 'at an unknown time'}
        {authored && <span class="exact">{dateTimeText(authored)}</span>}
      </div>
      <div class="status">
        <span class="label">Status </span>
        {statusWord(status)}
        {by && <span class="exact">by {by}</span>}
        {status === 'in-progress' && patient !== null && (
          <a class="continue" href={continueUrl(screening)}>
            Continue
          </a>
        )}
        <Troubles troubles={row.troubles} />
      </div>
      <Marks row={row} />
    </li>
  );
}

/** What happened last to it, as far as it has not arrived. */
function Troubles({ troubles }: { readonly troubles: readonly Trouble[] }) {
  const [worst] = [...troubles].sort((a, b) => Number(needsSomebody(b)) - Number(needsSomebody(a)));
  if (!worst) return null;
  return (
    <span class={needsSomebody(worst) ? 'trouble bad' : 'trouble'}>
      <span aria-hidden="true">{needsSomebody(worst) ? '⚠ ' : '… '}</span>
      {troubleWord(worst)}
    </span>
  );
}

function Marks({ row }: { readonly row: Listed }) {
  const { screening, isUnknown } = row;
  const { status, redFlags, sets } = screening;
  if (isUnknown && redFlags === null) return <p class="marks">The result could not be read.</p>;
  if (status === 'entered-in-error') return <p class="marks">Withdrawn: no result holds.</p>;
  const open = openSets(screening);
  return (
    <>
      <div class="safety">
        <span class="label">Red flags </span>
        {redFlags ? (
          <UrgencyMark urgency={redFlags.urgency} />
        ) : (
          <span class="soft">Not known yet: open it</span>
        )}
      </div>
      {sets.length === 0 ? (
        <p class="marks soft">{withoutSets(row)}</p>
      ) : (
        <>
          <SetMark label="NICE NG65" screening={screening} id="nice-ng65" />
          <SetMark label="ASAS IBP" screening={screening} id="asas-ibp-2009" />
          <div class="count">
            <span class="label">All sets </span>
            {open === 0 ? 'none open' : open === sets.length ? 'all open' : `${open} open`}
          </div>
        </>
      )}
    </>
  );
}

/** Why there is no verdict in the list. Its own page scores it, wherever it is on its way. */
function withoutSets({ screening, isUnknown, isOnItsWay }: Listed): string {
  if (!isScored(screening.status)) return 'Scored when it is sent';
  if (isOnItsWay) return 'Changed or new, and not on the record server yet: open it';
  return isUnknown ? 'The result could not be read: open it' : 'No verdict is stored: open it';
}

interface SetMarkProps {
  readonly label: string;
  readonly screening: Screening;
  readonly id: string;
}

function SetMark({ label, screening, id }: SetMarkProps) {
  const set = screening.sets.find((one) => one.id === id);
  return (
    <div class="verdict">
      <span class="label">{label} </span>
      {set ? <VerdictMark verdict={set.verdict} decision={set.decision} /> : 'not scored'}
    </div>
  );
}
