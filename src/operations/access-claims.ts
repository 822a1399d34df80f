import { readScopes } from '../fhir/scopes.js';
import type { Access } from './access.js';
import { isResourceId } from './resource-id.js';

/** Claims of a token or of a token response, none of them believed to have any type. */
export type Claims = Readonly<Record<string, unknown>>;

/** Persons who sign in as somebody's patient, or on behalf of one (SMART App Launch 2.2, "fhirUser"). */
export const PATIENTS: readonly string[] = ['Patient', 'RelatedPerson', 'Person'];
/** Everybody else who may be named there. */
export const STAFF: readonly string[] = ['Practitioner', 'PractitionerRole'];

/**
 * What a token that was found to be genuine lets its bearer do. A token without a person and with patient-level
 * scopes alone is taken for a patient's, and so is one whose person cannot be read: who sees less sees nothing that
 * is not theirs. `user/` without a person, which an access token need not name, is a clinician's, and with a patient
 * in context reaches that patient alone.
 */
export function toAccess(claims: Claims): Access {
  const person = readPerson(textOf(claims, 'fhirUser'));
  const isUnread = person === null && claims.fhirUser !== undefined;
  const scopes = readScopes(textOf(claims, 'scope'));
  const isAlone = person === null && scopes.length > 0 && scopes.every(({ level }) => level === 'patient');
  const isPatient = isUnread || isAlone || PATIENTS.includes(person?.split('/')[0] ?? '');
  const claimed = toPatient(textOf(claims, 'patient'));
  const isInContext = person === null && claims.patient !== undefined;
  const grants = scopes.map((one) =>
    one.level === 'user' && isInContext ? { ...one, level: 'patient' as const } : one,
  );
  const client = textOf(claims, 'client_id') || textOf(claims, 'azp') || textOf(claims, 'sub') || 'unnamed';
  return {
    grants,
    patient: claimed ?? (person?.startsWith('Patient/') ? person : null),
    person,
    isPatient,
    who: person ?? `client ${client.slice(0, 200)}`,
    client: [textOf(claims, 'iss'), textOf(claims, 'sub'), client].join(' '),
  };
}

/** `fhirUser`, absolute or relative → `Type/id`; null for anything else (OpenID Connect in SMART App Launch 2.2). */
export function readPerson(fhirUser: string): string | null {
  const [type = '', id = ''] = fhirUser.split('/').slice(-2);
  return [...PATIENTS, ...STAFF].includes(type) && isResourceId(id) ? `${type}/${id}` : null;
}

/** Launch context `patient` → `Patient/{id}`; null for anything else. */
export function toPatient(id: string): string | null {
  return isResourceId(id) ? `Patient/${id}` : null;
}

function textOf(claims: Claims, name: string): string {
  const value = claims[name];
  return typeof value === 'string' ? value : '';
}
