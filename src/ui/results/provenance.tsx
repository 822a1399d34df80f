import type { QuestionnaireResponse } from 'fhir/r4.js';
import { dateTimeText } from '../parts/dates.js';
import { statusWord } from '../parts/screening.js';
import { provenanceRows } from './about-provenance.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { recordDifferences, whyRecordDiffers } from './record.js';

interface ProvenanceProps {
  readonly result: Result;
  readonly extras: Extras | null;
}

/** With what it was computed, when it was recorded, and which versions there are. */
export function Provenance({ result, extras }: ProvenanceProps) {
  const { response, explanation } = result;
  const isValid = explanation && response.status !== 'entered-in-error';
  const late = extras && whyRecordDiffers(extras.delivery, Number(response.meta?.versionId ?? 1));
  const isWritten = extras !== null && late === null;
  const differences = isValid && isWritten ? recordDifferences(extras.observations ?? [], explanation) : [];
  return (
    <section class="card provenance" aria-labelledby="provenance">
      <h2 id="provenance">Where this comes from</h2>
      {late && <p>{late}</p>}
      {isWritten && !extras.observations && <p>What the record says could not be read.</p>}
      {differences.length > 0 && (
        <div class="notice warn">
          <p>The record says something else than these rules now say:</p>
          <ul>
            {differences.map(({ title, before, after }) => (
              <li key={title}>
                {title}: record {before}, now {after}
              </li>
            ))}
          </ul>
        </div>
      )}
      <dl>
        {provenanceRows(result, extras?.provenances ?? []).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {extras && <Versions extras={extras} />}
    </section>
  );
}

/** As many are listed without being asked for: a draft has one for every answer. */
const FEW = 3;

function Versions({ extras: { versions } }: { readonly extras: Extras }) {
  if (!versions) return <p>The versions could not be read.</p>;
  const older = versions.slice(FEW);
  return (
    <>
      <h3>Versions</h3>
      <VersionList versions={versions.slice(0, FEW)} />
      {older.length > 0 && (
        <details class="older">
          <summary>{older.length} older</summary>
          <VersionList versions={older} />
        </details>
      )}
    </>
  );
}

function VersionList({ versions }: { readonly versions: readonly QuestionnaireResponse[] }) {
  return (
    <ul class="versions">
      {versions.map(({ meta, status }) => (
        <li key={meta?.versionId}>
          Version {meta?.versionId ?? '?'}: {statusWord(status)}
          {meta?.lastUpdated && `, ${dateTimeText(meta.lastUpdated)}`}
        </li>
      ))}
    </ul>
  );
}
