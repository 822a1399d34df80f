import type { Patient } from 'fhir/r4.js';
import { useEffect, useState } from 'preact/hooks';
import { clinicianUrl } from '../parts/author.js';
import { dateText } from '../parts/dates.js';
import { ageAt, nameOf } from '../parts/patient.js';
import { loadSettings, type Settings } from '../parts/settings.js';
import { SignInNotice } from '../parts/sign-in-notice.js';
import { StartLinks } from '../parts/start-links.js';
import { Charts } from './charts.js';
import { Invite } from './invite.js';
import {
  countElsewhere,
  type History as Loaded,
  loadHistory,
  loadHistoryPage,
  type NotLetIn,
} from './load-history.js';
import { ScreeningTable } from './screening-table.js';

/** Every screening of one patient, over time. */
export function History({ id }: { readonly id: string }) {
  const [loaded, setLoaded] = useState<Loaded | NotLetIn | string | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    loadHistory(id).then((found) => {
      setLoaded(found);
      if (typeof found === 'object' && 'patient' in found)
        document.title = `${nameOf(found.patient)}: history`;
    });
  }, [id, turn]);
  if (loaded === null) {
    return (
      <>
        <h1>Patient history</h1>
        <p role="status">Loading …</p>
      </>
    );
  }
  const retry = () => setTurn(turn + 1);
  if (typeof loaded === 'string') return <Failure text={loaded} onRetry={retry} />;
  if ('refusal' in loaded) {
    return (
      <>
        <h1>Patient history</h1>
        <SignInNotice why={loaded.refusal} onRetry={retry} />
      </>
    );
  }
  return (
    <>
      <Head patient={loaded.patient} />
      {loaded.patient.id && <Invite patient={loaded.patient.id} />}
      <Screenings loaded={loaded} onLoaded={setLoaded} />
    </>
  );
}

function Head({ patient }: { readonly patient: Patient }) {
  const [settings, setSettings] = useState<Settings | null>(null);
  useEffect(() => {
    loadSettings().then(setSettings);
  }, []);
  const age = ageAt(patient, new Date().toISOString());
  const facts = [
    age !== null && `${age} years`,
    patient.gender,
    patient.birthDate && `born ${dateText(patient.birthDate)}`,
  ];
  return (
    <div class="history-head">
      <div>
        <h1>{nameOf(patient)}</h1>
        <p class="soft">{facts.filter(Boolean).join(', ')}</p>
      </div>
      {patient.id && <StartLinks patient={patient.id} settings={settings} texts={START} />}
    </div>
  );
}

const START = {
  group: 'New screening',
  patient: 'New screening: patient fills in',
  clinician: 'New screening: I fill in',
};

interface ScreeningsProps {
  readonly loaded: Loaded;
  onLoaded(loaded: Loaded): void;
}

function Screenings({ loaded, onLoaded }: ScreeningsProps) {
  const { screenings, next, troubles } = loaded;
  const [more, setMore] = useState<'idle' | 'loading' | string>('idle');
  const onMore = async () => {
    if (next === null || more === 'loading') return;
    setMore('loading');
    const page = await loadHistoryPage(next, Promise.resolve(troubles));
    setMore(typeof page === 'string' ? page : 'idle');
    if (typeof page !== 'string')
      onLoaded({ ...loaded, ...page, screenings: [...screenings, ...page.screenings] });
  };
  return (
    <>
      <Missing loaded={loaded} />
      {screenings.length === 0 ? (
        <p class="card">No screening of this patient in the record yet.</p>
      ) : (
        <>
          <Charts listed={screenings} />
          <ScreeningTable listed={screenings} />
        </>
      )}
      {next !== null && (
        <div class="actions">
          <button type="button" class="button" aria-disabled={more === 'loading'} onClick={onMore}>
            {more === 'loading' ? 'Loading …' : 'Show older screenings'}
          </button>
        </div>
      )}
      {more !== 'idle' && more !== 'loading' && (
        <p class="notice danger" role="alert">
          Older screenings could not be read. {more}
        </p>
      )}
    </>
  );
}

/** What this page does not know, said before what it knows. */
function Missing({ loaded: { screenings, troubles } }: { readonly loaded: Loaded }) {
  const count = troubles === null ? null : countElsewhere(troubles, screenings);
  return (
    <>
      {screenings.some(({ isUnknown }) => isUnknown) && (
        <p class="notice danger" role="alert">
          Not all results could be read. What is missing here may be there.
        </p>
      )}
      {count === null && (
        <p class="notice warn">
          It is not known whether every screening has reached the record: one may be missing here.
        </p>
      )}
      {count !== null && count > 0 && (
        <p class="notice warn">
          {count === 1 ? '1 screening that was sent is' : `${count} screenings that were sent are`} not in the
          record yet. One may be of this patient, and missing here.{' '}
          <a href={clinicianUrl('worklist?filter=delivery')}>Look in the worklist</a>
        </p>
      )}
    </>
  );
}

function Failure({ text, onRetry }: { readonly text: string; onRetry(): void }) {
  return (
    <>
      <h1>Patient history</h1>
      <div class="notice danger" role="alert">
        <p>{text}</p>
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      </div>
    </>
  );
}
