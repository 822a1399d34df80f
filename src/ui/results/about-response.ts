import type { Patient, QuestionnaireResponse } from 'fhir/r4.js';
import { dateText, dateTimeText } from '../parts/dates.js';
import { ageAt } from '../parts/patient.js';

/** "36 years, female, born 12 Mar 1990": age when the answers were given. */
export function personText(patient: Patient | null, authored: string | undefined): string {
  if (!patient) return 'The patient’s record could not be read.';
  const { gender, birthDate } = patient;
  const age = authored ? ageAt(patient, authored) : null;
  return [
    age === null ? 'age not known' : `${age} years`,
    gender === undefined || gender === 'unknown' ? 'sex not known' : gender,
    birthDate ? `born ${dateText(birthDate)}` : 'birth date not known',
  ].join(', ');
}

/** "Answered 4 May 2026, 09:30 by the patient". */
export function answeredText({ authored, author, source, status }: QuestionnaireResponse): string {
  const when = authored ? ` ${dateTimeText(authored)}` : ', date not given,';
  const who = personIn(source?.reference) ?? personIn(author?.reference);
  const by = personIn(author?.reference);
  const verb = status === 'amended' ? 'changed' : 'entered';
  const entered = by !== null && by !== who ? `, ${verb} by ${author?.display ?? by}` : '';
  return `Answered${when}${who ? ` by ${who}` : ''}${entered}`;
}

const PERSONS: Readonly<Record<string, string>> = {
  Patient: 'the patient',
  Practitioner: 'a clinician',
  PractitionerRole: 'a clinician',
  RelatedPerson: 'a relative or carer',
  Organization: 'an organisation',
  Device: 'a device',
};

function personIn(reference: string | undefined): string | null {
  return PERSONS[reference?.split('/').at(-2) ?? ''] ?? null;
}

/** What must be said about a status beside the results; null where there is nothing to say. */
export function statusText(status: string): string | null {
  switch (status) {
    case 'completed':
      return null;
    case 'amended':
      return 'Amended: answers were changed after they were sent.';
    case 'in-progress':
      return 'Draft: the answers are not complete, and may still change. Red flags count all the same.';
    case 'stopped':
      return 'Stopped before the end: the answers are not complete.';
    case 'entered-in-error':
      return 'Withdrawn: entered in error. Nothing of it is valid.';
    default:
      return `Status: ${status}.`;
  }
}
