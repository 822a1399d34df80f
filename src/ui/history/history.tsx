import type { Patient } from 'fhir/r4.js';
import { useEffect, useState } from 'preact/hooks';
import { dateText } from '../parts/dates.js';
import { ageAt, nameOf } from '../parts/patient.js';
import { loadSettings, type Settings } from '../parts/settings.js';
import { StartLinks } from '../parts/start-links.js';
import { Charts } from './charts.js';
import { type History as Loaded, loadHistory, loadHistoryPage } from './load-history.js';
import { ScreeningTable } from './screening-table.js';

/** Every screening of one patient, over time. */
export function History({ id }: { readonly id: string }) {
  const [loaded, setLoaded] = useState<Loaded | string | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    loadHistory(id).then((found) => {
      setLoaded(found);
      if (typeof found !== 'string') document.title = `${nameOf(found.patient)}: history`;
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
  if (typeof loaded === 'string') return <Failure text={loaded} onRetry={() => setTurn(turn + 1)} />;
  return (
    <>
      <Head patient={loaded.patient} />
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
  const { screenings, isUnknown, next } = loaded;
  const [more, setMore] = useState<'idle' | 'loading' | string>('idle');
  if (screenings.length === 0) return <p class="card">No screening of this patient yet.</p>;
  const onMore = async () => {
    if (next === null || more === 'loading') return;
    setMore('loading');
    const page = await loadHistoryPage(next);
    setMore(typeof page === 'string' ? page : 'idle');
    if (typeof page === 'string') return;
    const all = [...screenings, ...page.screenings];
    onLoaded({ ...loaded, ...page, screenings: all, isUnknown: isUnknown || page.isUnknown });
  };
  return (
    <>
      {isUnknown && (
        <p class="notice danger" role="alert">
          Not all results could be read. What is missing here may be there.
        </p>
      )}
      {!isUnknown && <Charts screenings={screenings} />}
      <ScreeningTable screenings={screenings} isUnknown={isUnknown} />
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
