import type { FhirResource } from 'fhir/r4.js';
import { compartmentOf, isForPatients } from '../fhir/compartment.js';
import { Problem } from '../fhir/outcome.js';
import { isKnownQuery, matchesScope } from '../fhir/scope-query.js';
import type { Grant, Permission } from '../fhir/scopes.js';

/** Who asks, and what a token or a session lets them do. */
export interface Access {
  readonly grants: readonly Grant[];
  /** `Patient/{id}` that the token is about; null for none. */
  readonly patient: string | null;
  /** `Practitioner/{id}`, `Patient/{id}` …: the person; null for a system. */
  readonly person: string | null;
  /** The person is the patient, or acts for one: sees their own answers and advice, never a verdict. */
  readonly isPatient: boolean;
  /** For the audit: the person, or the client. Never a name. */
  readonly who: string;
  /** What one client may be told apart by when requests are counted. */
  readonly client: string;
}

/** Bearer token → who asks. Rejects with a Problem `token-invalid`, or a transient one where no key could be had. */
export type ReadToken = (token: string) => Promise<Access>;

/** One way in which something is reached: the patient it must be about, and what else it must match. */
interface Way {
  readonly patient: string | null;
  readonly query: URLSearchParams | null;
}

/** Everything that `access` reaches by one permission on one type; nothing when empty. */
export type Reach = readonly Way[];

/** What the grants of any of these permissions come to. A patient-level grant without a patient reaches nothing; a patient reaches one patient. */
export function reachOf(access: Access, type: string, wanted: readonly Permission[]): Reach {
  const ways = access.grants.flatMap(({ level, type: granted, permissions, query }): Way[] => {
    if ((granted !== '*' && granted !== type) || !permissions.some((one) => wanted.includes(one))) return [];
    if (query !== null && !isKnownQuery(type, query)) return [];
    if (level !== 'patient' && !access.isPatient) return [{ patient: null, query }];
    return access.patient === null ? [] : [{ patient: access.patient, query }];
  });
  const isSame = (one: Way, other: Way) =>
    one.patient === other.patient && `${one.query}` === `${other.query}`;
  return ways.filter((one, at) => ways.findIndex((other) => isSame(one, other)) === at);
}

/** Whether everything of the type is within reach. */
export function isEverything(access: Access, reach: Reach): boolean {
  return !access.isPatient && reach.some(({ patient, query }) => patient === null && query === null);
}

/** Whether a resource is within reach, as far as it says itself whose it is. */
export function isReached(access: Access, reach: Reach, resource: FhirResource): boolean {
  if (access.isPatient && !isForPatients(resource)) return false;
  const patient = compartmentOf(resource);
  return reach.some(
    (way) =>
      (way.patient === null || way.patient === patient) &&
      (way.query === null || matchesScope(resource, way.query)),
  );
}

/** What is left of it when a sign-in has run out: where it was about one patient, that patient alone. */
export function whenLapsed(access: Access): Access {
  if (access.patient === null) return access;
  return { ...access, grants: access.grants.map((one) => ({ ...one, level: 'patient' })) };
}

/** Not which of the two: whether something is there is already more than may be told. */
export function outOfReach(type: string): Problem {
  return new Problem({ code: 'scope-missing', text: `There is no such ${type} that this token reaches.` });
}
