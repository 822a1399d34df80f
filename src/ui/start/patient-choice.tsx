import type { Patient } from 'fhir/r4.js';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { clinicianIn, clinicianUrl } from '../parts/author.js';
import { nextOf, resourcesIn, searchFhir } from '../parts/fhir-client.js';
import { searchText } from '../parts/fhir-search.js';
import type { Language } from '../parts/languages.js';
import { newestOnly } from '../parts/newest.js';
import { nameOf } from '../parts/patient.js';
import type { Settings } from '../parts/settings.js';
import { StartLinks } from '../parts/start-links.js';
import { TEXTS } from './texts.js';

const COUNT = 20;

interface Found {
  readonly patients: readonly Patient[];
  /** There are more than these. */
  readonly isCut: boolean;
}

interface PatientChoiceProps {
  readonly settings: Settings | null;
  readonly language: Language;
}

/** Whom a screening is about. Nobody is listed unasked, unless all are invented. */
export function PatientChoice({ settings, language }: PatientChoiceProps) {
  const texts = TEXTS[language];
  const [name, setName] = useState('');
  const [found, searchFor] = useSearch(settings?.isDemo ?? false);
  const search = () => searchFor(name.trim());
  const submit = (event: Event) => {
    event.preventDefault();
    void search();
  };
  return (
    <>
      <p>{texts.startFor}</p>
      <search>
        <form class="name-search" onSubmit={submit}>
          <label for="name">{texts.name}</label>
          <input
            id="name"
            type="search"
            autocomplete="off"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
          <button type="submit" class="button">
            {texts.search}
          </button>
        </form>
      </search>
      <State found={found} language={language} onRetry={search} />
      {typeof found !== 'string' && <People found={found} settings={settings} language={language} />}
      {!clinicianIn(location.search, settings) && <p class="soft">{texts.noClinician}</p>}
    </>
  );
}

type Sought = Found | 'idle' | 'searching' | 'failed';

/** What the newest search found; a slower one that was begun before must not take its place. */
function useSearch(isDemo: boolean): [Sought, (name: string) => Promise<void>] {
  const [found, setFound] = useState<Sought>('idle');
  const find = useMemo(() => newestOnly(findPatients), []);
  const search = async (name: string) => {
    if (!name && !isDemo) return;
    setFound('searching');
    const answer = await find(name);
    if (answer !== undefined) setFound(answer ?? 'failed');
  };
  useEffect(() => void search(''), [isDemo]);
  return [found, search];
}

/** A page of people by name, or of all; null when they cannot be read. */
async function findPatients(name: string): Promise<Found | null> {
  const named: Record<string, string> = name ? { name: searchText(name) } : {};
  const reply = await searchFhir<Patient>('Patient', { ...named, _count: String(COUNT) });
  if (reply.state !== 'done') return null;
  return { patients: resourcesIn(reply.body), isCut: nextOf(reply.body) !== null };
}

interface StateProps {
  readonly found: Sought;
  readonly language: Language;
  onRetry(): void;
}

function State({ found, language, onRetry }: StateProps) {
  const texts = TEXTS[language];
  if (found === 'failed') {
    return (
      <div class="notice danger" role="alert">
        <p>{texts.failed}</p>
        <button type="button" class="button" onClick={onRetry}>
          {texts.retry}
        </button>
      </div>
    );
  }
  const told = { idle: texts.searchFirst, searching: texts.searching };
  const text = typeof found === 'string' ? told[found] : texts.found(found.patients.length);
  return (
    <p class="soft" role="status">
      {text}
      {typeof found !== 'string' && found.isCut && ` ${texts.isCut}`}
    </p>
  );
}

interface PeopleProps {
  readonly found: Found;
  readonly settings: Settings | null;
  readonly language: Language;
}

function People({ found, settings, language }: PeopleProps) {
  const texts = TEXTS[language];
  const start = {
    group: texts.start,
    patient: texts.patientFillsIn,
    clinician: texts.clinicianFillsIn,
  };
  return (
    <ul class="people">
      {found.patients.map((patient) => (
        <li key={patient.id}>
          <div>
            <strong>{nameOf(patient)}</strong>
            <span class="born soft">
              {patient.birthDate && `${texts.born} ${writtenDate(patient.birthDate, language)} · `}
              <a class="history" href={clinicianUrl(`patients/${patient.id}`)}>
                {texts.history}
                <span class="visually-hidden">: {nameOf(patient)}</span>
              </a>
            </span>
          </div>
          <StartLinks
            patient={patient.id ?? ''}
            settings={settings}
            texts={start}
            language={language}
            whom={nameOf(patient)}
          />
        </li>
      ))}
    </ul>
  );
}

/** A whole date in the language; one that is not whole as it is. */
function writtenDate(date: string, language: Language): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return date;
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    dateStyle: 'medium',
    timeZone: 'UTC',
  });
  return format.format(new Date(date));
}
