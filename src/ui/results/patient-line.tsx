import { nameOf } from '../parts/patient.js';
import { answeredText, personText, statusText } from './about-response.js';
import type { Result } from './load-result.js';

/** Who, how old, answered when and by whom, and what must be said about the status. */
export function PatientLine({ result: { patient, response } }: { readonly result: Result }) {
  const status = statusText(response.status);
  const isWithdrawn = response.status === 'entered-in-error';
  return (
    <header class="patient">
      <h1>
        <span class="kicker">Screening result </span>
        {patient ? nameOf(patient) : 'Patient not known'}
      </h1>
      <p>
        {personText(patient, response.authored)} <span class="soft">· {answeredText(response)}</span>
      </p>
      {status && <p class={`notice ${isWithdrawn ? 'danger' : 'warn'} status`}>{status}</p>}
    </header>
  );
}
