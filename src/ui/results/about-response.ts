import type { Patient, QuestionnaireResponse, Reference } from 'fhir/r4.js';
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

/**
 * "Answered 4 May 2026, 09:30 by the patient, entered by a clinician": as it was sent first. `versions`: newest
 * first; null where they are not known, and then nobody is named who may only have changed it.
 */
export function answeredText(
  response: QuestionnaireResponse,
  versions: readonly QuestionnaireResponse[] | null,
): string {
  const known = versions && versions.length > 0 ? versions : null;
  // Drafts are only on the way there.
  const sent = known?.findLast(({ status }) => status !== 'in-progress');
  const { authored, author, source } = sent ?? response;
  const isFirst = known !== null || ['completed', 'in-progress', 'stopped'].includes(response.status);
  const who = personIn(source) ?? (isFirst ? personIn(author) : null);
  const by = isFirst ? personIn(author) : null;
  const when = authored ? ` ${dateTimeText(authored)}` : ', date not given,';
  const entered = by !== null && by !== who ? `, entered by ${nameIn(author)}` : '';
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

function personIn({ reference = '' }: Reference = {}): string | null {
  return PERSONS[reference.split('/').at(-2) ?? ''] ?? null;
}

function nameIn(author: Reference | undefined): string | null {
  return author?.display ?? personIn(author);
}

/** What must be said about a status beside the results, with when and by whom; null where there is nothing to say. */
export function statusText({ status, meta, author }: QuestionnaireResponse): string | null {
  const when = meta?.lastUpdated ? ` ${dateTimeText(meta.lastUpdated)}` : '';
  const since = `${when} ${nameIn(author) === null ? '(by whom is not recorded)' : `by ${nameIn(author)}`}`;
  switch (status) {
    case 'completed':
      return null;
    case 'amended':
      return `Amended${since}: answers were changed after they were sent.`;
    case 'in-progress':
      return 'Draft: the answers are not complete, and may still change. Red flags count all the same.';
    case 'stopped':
      return 'Stopped before the end: the answers are not complete.';
    case 'entered-in-error':
      return `Withdrawn${since}: entered in error. Nothing of it is valid.`;
    default:
      return `Status: ${status}.`;
  }
}
