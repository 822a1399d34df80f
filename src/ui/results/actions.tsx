import { clinicianUrl } from '../parts/author.js';
import { pageUrl } from '../parts/service.js';
import { CopyLetter } from './copy-letter.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import type { Wording } from './wording.js';

interface ActionsProps {
  readonly result: Result;
  readonly extras: Extras | null;
  readonly wording: Wording;
}

/** Out of this page: onto paper, into a letter, to the answers, to the patient. */
export function Actions({ result, extras, wording }: ActionsProps) {
  const { response, explanation, patient } = result;
  const { id, subject, status } = response;
  const isValid = status !== 'entered-in-error';
  const change = { response: id, subject: subject?.reference, author: extras?.clinician ?? undefined };
  return (
    <section class="card tools" aria-labelledby="tools">
      <h2 id="tools">Use this result</h2>
      <div class="buttons">
        {isValid && explanation && (
          <>
            <button type="button" class="button" disabled={!extras} onClick={() => print()}>
              Print
            </button>
            {extras ? (
              <CopyLetter source={{ patient, response, explanation, wording, ...extras }} />
            ) : (
              <span role="status">Loading what belongs to it…</span>
            )}
          </>
        )}
      </div>
      <ul class="ways">
        {isValid && (
          <li>
            <a href={pageUrl('screen', change)}>Change answers</a>
          </li>
        )}
        {patient?.id && (
          <li>
            <a href={clinicianUrl(`patients/${encodeURIComponent(patient.id)}`)}>Patient history</a>
          </li>
        )}
      </ul>
    </section>
  );
}
