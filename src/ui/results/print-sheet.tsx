import { dateTimeText } from '../parts/dates.js';
import { nameOf } from '../parts/patient.js';
import { answeredText, personText, statusText } from './about-response.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { PrintFindings } from './print-findings.js';
import { PrintFlags } from './print-flags.js';
import { PrintSets } from './print-sets.js';
import { summaryText } from './verdict-line.js';
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
  const status = statusText(response.status);
  const isValid = explanation && response.status !== 'entered-in-error';
  const isDense = (explanation?.redFlags.flags.length ?? 0) > MANY;
  return (
    <article class={isDense ? 'sheet dense' : 'sheet'}>
      <header>
        <h1>Back pain screening: {patient ? nameOf(patient) : 'patient not known'}</h1>
        <p>
          {personText(patient, response.authored)}. {answeredText(response)}.
        </p>
        {status && (
          <p>
            <strong>{status}</strong>
          </p>
        )}
      </header>
      {isValid && (
        <>
          <PrintFlags redFlags={explanation.redFlags} notes={extras?.safetyNotes ?? []} wording={wording} />
          <h2>{summaryText(explanation)}</h2>
          <PrintSets explanation={explanation} wording={wording} />
          <PrintFindings facts={explanation.facts} wording={wording} />
          <p>{explanation.warnings.map(({ text }) => text).join(' ')}</p>
        </>
      )}
      <PrintFoot result={result} />
    </article>
  );
}

function PrintFoot({ result: { explanation, response } }: { readonly result: Result }) {
  const [, version] = (response.questionnaire ?? '').split('|');
  return (
    <footer>
      {explanation && (
        <p>
          Rule set {explanation.ruleSet.version} ({explanation.ruleSet.hash}), night pain{' '}
          {explanation.ruleSet.nightPainVariant}. Questionnaire version {version}. Response {response.id},
          version {response.meta?.versionId}. Printed {dateTimeText(new Date().toISOString())}.
        </p>
      )}
      <p>
        <strong>{explanation?.disclaimer ?? 'Screening aid, not a diagnosis.'}</strong>
      </p>
    </footer>
  );
}
