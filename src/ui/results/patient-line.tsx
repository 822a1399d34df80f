import { nameOf } from '../parts/patient.js';
import { answeredText, personText, statusText } from './about-response.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';

interface PatientLineProps {
  readonly result: Result;
  readonly extras: Extras | null;
}

/** Who, how old, answered when and by whom, and what must be said about the status. */
export function PatientLine({ result, extras }: PatientLineProps) {
  const { patient, response } = result;
  const status = statusText(response);
  const isWithdrawn = response.status === 'entered-in-error';
  return (
    <header class="patient">
      <h1>
        <span class="kicker">Screening result </span>
        {patient ? nameOf(patient) : 'Patient not known'}
      </h1>
      <p>
        {personText(patient, response.authored)}{' '}
        <span class="soft">· {answeredText(response, extras?.versions ?? null)}</span>
      </p>
      {status && <p class={`notice ${isWithdrawn ? 'danger' : 'warn'} status`}>{status}</p>}
    </header>
  );
}
