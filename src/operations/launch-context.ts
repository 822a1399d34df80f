import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import type { Grant } from '../fhir/scopes.js';
import { PATIENTS, STAFF } from './access-claims.js';

/** What an EHR says beside its token of why somebody was sent here (SMART App Launch 2.2, "Launch context"). */
export interface LaunchContext {
  /** `Patient/{id}`; null for none. */
  readonly patient: string | null;
  /** `Encounter/{id}`; null for none. */
  readonly encounter: string | null;
  /** Id of a QuestionnaireResponse to go on with; null for none. */
  readonly response: string | null;
  /** Which Questionnaire to ask: its canonical, or `Questionnaire/{id}` on the EHR's FHIR server; null for none. */
  readonly questionnaire: string | null;
}

/** `iss`: the FHIR base that absolute references must be below. Throws a Problem `token-invalid`. */
export function readLaunchContext(answer: unknown, iss: string): LaunchContext {
  const listed = memberOf(answer, 'fhirContext');
  const entries: unknown[] = Array.isArray(listed) ? listed : [];
  const references = entries.flatMap((one) => toRelative(memberOf(one, 'reference'), iss) ?? []);
  const named = (type: string) => references.find((one) => one.startsWith(`${type}/`)) ?? null;
  const canonicals = entries.filter(isOfQuestionnaire).map((one) => memberOf(one, 'canonical'));
  const canonical = canonicals.find((one) => typeof one === 'string' && one.length <= MOST_LETTERS);
  return {
    patient: referenceIn(answer, 'patient', 'Patient'),
    encounter: referenceIn(answer, 'encounter', 'Encounter'),
    response: named('QuestionnaireResponse')?.split('/')[1] ?? null,
    questionnaire: typeof canonical === 'string' ? canonical : named('Questionnaire'),
  };
}

const MOST_LETTERS = 1000;
const ID = '[A-Za-z0-9\\-.]{1,64}';
const REFERENCE = new RegExp(`^[A-Z][A-Za-z]{1,63}/${ID}$`);

/** A canonical may say in `type` what it is of; what does not say is taken for a Questionnaire, as nothing else helps here. */
function isOfQuestionnaire(entry: unknown): boolean {
  return ['Questionnaire', undefined].some((type) => memberOf(entry, 'type') === type);
}

/** `{"patient": "123"}` → `Patient/123`. */
function referenceIn(answer: unknown, name: string, type: string): string | null {
  const id = memberOf(answer, name) ?? null;
  if (id === null) return null;
  const reference = `${type}/${String(id)}`;
  if (typeof id === 'string' && REFERENCE.test(reference)) return reference;
  throw new Problem({
    code: 'token-invalid',
    text: `The EHR's launch context names no ${type} that can be read.`,
  });
}

/** `Type/id`, also of an absolute URL below the base; null for anything else. */
function toRelative(reference: unknown, iss: string): string | null {
  if (typeof reference !== 'string') return null;
  const relative = reference.startsWith(`${iss}/`) ? reference.slice(iss.length + 1) : reference;
  return REFERENCE.test(relative) ? relative : null;
}

/** The claim `fhirUser` → `Practitioner/{id}` …; null for none. Throws a Problem `token-invalid` for one of elsewhere. */
export function readPerson(fhirUser: string | null, iss: string): string | null {
  if (fhirUser === null) return null;
  const person = toRelative(fhirUser, iss);
  const [type = ''] = person?.split('/') ?? [];
  if (person !== null && [...PATIENTS, ...STAFF].includes(type)) return person;
  throw new Problem({
    code: 'token-invalid',
    text: 'The EHR names a user that is not on its own FHIR server.',
  });
}

/**
 * Whether somebody is a patient, or acts for one. Where the EHR does not say, what it granted does; and where it
 * granted both, a Problem `scope-missing` is thrown: a patient must never pass for staff.
 */
export function isPatient(person: string | null, grants: readonly Grant[]): boolean {
  const [type = ''] = person?.split('/') ?? [];
  if (PATIENTS.includes(type)) return true;
  if (STAFF.includes(type)) return false;
  const levels = new Set(grants.map(({ level }) => level));
  if (levels.size < 2) return !levels.has('user');
  throw new Problem({
    code: 'scope-missing',
    text: 'The EHR does not say whether a patient signs in: it has to grant openid and fhirUser.',
  });
}
