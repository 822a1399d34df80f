import { useEffect, useRef } from 'preact/hooks';
import { dateTimeText } from '../parts/dates.js';
import { nameOf } from '../parts/patient.js';
import { answeredText, personText, statusText } from './about-response.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { PrintFindings } from './print-findings.js';
import { PrintFlags } from './print-flags.js';
import { PrintSets } from './print-sets.js';
import { UNREAD_NOTES } from './safety-notes.js';
import { adviceText } from './unscored.js';
import { ng65Note, summaryText } from './verdict-line.js';
import type { Wording } from './wording.js';

/** With more red flags than this, all is set smaller to stay on one page. */
const MANY = 8;

interface PrintSheetProps {
  readonly result: Result;
  readonly extras: Extras | null;
  readonly wording: Wording;
}

/** One A4 page: red flags, every set, every finding with its answer, versions. Only ever on paper. */
export function PrintSheet({ result, extras, wording }: PrintSheetProps) {
  const { patient, response, explanation } = result;
  const status = statusText(response);
  const isValid = explanation && response.status !== 'entered-in-error';
  const note = explanation && ng65Note(explanation);
  const isDense = (explanation?.redFlags.flags.length ?? 0) > MANY;
  return (
    <article class={isDense ? 'sheet dense' : 'sheet'}>
      <header>
        <h1>Back pain screening: {patient ? nameOf(patient) : 'patient not known'}</h1>
        <p>
          {personText(patient, response.authored)}. {answeredText(response, extras?.versions ?? null)}.
        </p>
        {status && (
          <p>
            <strong>{status}</strong>
          </p>
        )}
      </header>
      {isValid && (
        <>
          <PrintFlags
            redFlags={explanation.redFlags}
            notes={extras?.safetyNotes ?? [UNREAD_NOTES]}
            wording={wording}
          />
          <h2>{summaryText(explanation)}</h2>
          {note && <p>NICE NG65: {note}</p>}
          <PrintSets explanation={explanation} wording={wording} />
          <PrintFindings facts={explanation.facts} wording={wording} />
          <p>{explanation.warnings.map(({ text }) => text).join(' ')}</p>
        </>
      )}
      {!explanation && response.status !== 'entered-in-error' && (
        <p>
          <strong>Not scored: read the safety answers. {adviceText(result.advice)}</strong>
        </p>
      )}
      <PrintFoot result={result} />
    </article>
  );
}

function PrintFoot({ result: { explanation, response } }: { readonly result: Result }) {
  const [, version] = (response.questionnaire ?? '').split('|');
  const { ruleSet } = explanation ?? {};
  return (
    <footer>
      <p>
        {ruleSet &&
          `Rule set ${ruleSet.version} (${ruleSet.hash}), night pain ${ruleSet.nightPainVariant}. Questionnaire version ${version}. `}
        Response {response.id}, version {response.meta?.versionId}. Printed <PrintTime />.
      </p>
      <p>
        <strong>{explanation?.disclaimer ?? 'Screening aid, not a diagnosis.'}</strong>
      </p>
    </footer>
  );
}

/** When it is printed, not when the page was drawn. Written past Preact, which would draw too late. */
function PrintTime() {
  const time = useRef<HTMLTimeElement>(null);
  useEffect(() => {
    const write = () => {
      if (time.current) time.current.textContent = dateTimeText(new Date().toISOString());
    };
    write();
    addEventListener('beforeprint', write);
    return () => removeEventListener('beforeprint', write);
  }, []);
  return <time ref={time} />;
}
