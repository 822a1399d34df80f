import { Problem } from '../fhir/outcome.js';
import type { Permission } from '../fhir/scopes.js';
import { type Access, reachOf } from './access.js';
import type { AuthorizationServer, Ehr } from './smart-port.js';

/** What reading and writing a screening takes, by resource type. */
const WORK: readonly (readonly [type: string, permissions: string])[] = [
  ['Patient', 'rs'],
  ['QuestionnaireResponse', 'crus'],
  ['Observation', 'crus'],
  ['Provenance', 'crus'],
  ['Task', 'crus'],
  ['DocumentReference', 'crs'],
];

/** Without these a person could do nothing here. */
const LEAST: Readonly<Record<'patient' | 'user', readonly (readonly [type: string, permissions: string])[]>> =
  {
    patient: [
      // Whom it is about is looked up before the questions, and before the answers are written.
      ['Patient', 'r'],
      ['QuestionnaireResponse', 'cru'],
    ],
    user: [
      ['Patient', 'r'],
      ['QuestionnaireResponse', 'rs'],
      ['Observation', 'rs'],
    ],
  };

/**
 * The scopes to ask for, with spaces between: those of the configuration, or what the work takes in the words that
 * the server knows (`permission-v2`, or version 1). Only where it says who signs in is anything asked for beyond one
 * patient: else a patient could not be told from a clinician.
 */
export function scopesToAsk(ehr: Ehr, server: AuthorizationServer, isStandalone: boolean): string {
  if (ehr.scope !== null) return ehr.scope;
  const can = (capability: string) => server.capabilities.includes(capability);
  const saysWho = server.issuer !== null;
  const levels = saysWho ? ['patient', 'user'] : ['patient'];
  const inWords = can('permission-v2') ? inVersion2 : inVersion1;
  return [
    isStandalone ? 'launch/patient' : 'launch',
    ...(saysWho ? ['openid', 'fhirUser'] : []),
    ...refreshScope(can),
    ...levels.flatMap((level) =>
      WORK.flatMap(([type, permissions]) => inWords(`${level}/${type}`, permissions)),
    ),
  ].join(' ');
}

/** For as long as the person is there, if that can be had; they are not needed when they have gone. */
function refreshScope(can: (capability: string) => boolean): string[] {
  if (can('permission-online')) return ['online_access'];
  return can('permission-offline') ? ['offline_access'] : [];
}

function inVersion2(type: string, permissions: string): string[] {
  return [`${type}.${permissions}`];
}

function inVersion1(type: string, permissions: string): string[] {
  return [`${type}.read`, ...(/[cud]/.test(permissions) ? [`${type}.write`] : [])];
}

/** Throws a Problem `scope-missing` that names what is missing for any work at all. */
export function requireLeast(access: Access): void {
  if (access.isPatient && access.patient === null) {
    const text = 'The EHR does not say which patient this is about: it has to grant launch/patient.';
    throw new Problem({ code: 'scope-missing', text });
  }
  const level = access.isPatient ? 'patient' : 'user';
  const missing = LEAST[level].flatMap(([type, permissions]) => {
    const lacking = [...permissions].filter((one) => reachOf(access, type, [toPermission(one)]).length === 0);
    return lacking.length > 0 ? [`${level}/${type}.${lacking.join('')}`] : [];
  });
  if (missing.length > 0) {
    const text = `The EHR did not grant what is needed: ${missing.join(', ')}.`;
    throw new Problem({ code: 'scope-missing', text });
  }
}

function toPermission(letter: string): Permission {
  return letter === 'c' || letter === 'u' || letter === 'd' || letter === 's' ? letter : 'r';
}
