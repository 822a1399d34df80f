import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js';
import { relativeReference } from '../fhir/head.js';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import type { Permission } from '../fhir/scopes.js';
import { type Access, isReached, outOfReach, type Reach, reachOf } from './access.js';
import { narrow } from './narrow-search.js';
import type { Ports } from './ports.js';
import { readResource } from './read-resources.js';

/** What a request is about, and so what is looked at before it is carried out. */
export type About =
  /** Nobody in particular. */
  | 'nobody'
  /** The resource that the path names. */
  | 'instance'
  /** The response in the body. */
  | 'body'
  /** The patient that the path names, about whom something is made. */
  | 'patient'
  /** Both: what stands there, and what is to take its place. */
  | 'change'
  /** Whatever a search finds. */
  | 'search'
  /** All patients at once: not for who may see one alone. */
  | 'everybody';

/** What a caller needs for a request. */
export interface Rule {
  readonly type: string;
  /** Any of these will do. */
  readonly permissions: readonly Permission[];
  /** Of Observations, too: what is answered says what they say. */
  readonly showsObservations: boolean;
  readonly about: About;
  /** Whether the patients themselves may. */
  readonly isForPatients: boolean;
}

/** One request, as far as it decides who may make it. */
export interface Call {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** What a caller was let in for. */
export interface Permitted {
  /** What a search may ask. */
  readonly query: URLSearchParams;
  /** Whether the caller sees everything of the type. */
  readonly isEverything: boolean;
  /** Whether a search finds nothing that is left out of its answer, so that its total may be told. */
  readonly isWhole: boolean;
  /** Whether a resource may leave. Rejects only where the FHIR server must be asked and does not answer. */
  shows(resource: FhirResource): Promise<boolean>;
}

/** Throws a Problem `scope-missing` for what the caller may not do. */
export async function permit(rule: Rule, call: Call, access: Access, ports: Ports): Promise<Permitted> {
  const reach = requireReach(rule, access);
  const shows = (resource: FhirResource) => isShown(resource, { rule, access, reach, ports });
  const isEverything = !access.isPatient && reach.some(({ patient, query }) => patient === null && !query);
  const whole = { query: call.query, isWhole: true, isEverything, shows };
  if (isEverything) return whole;
  if (rule.about === 'everybody') throw missing('this is about all patients');
  if (rule.about === 'instance' || rule.about === 'change') {
    if (!(await shows(await readInReach(rule.type, call.id, ports)))) throw outOfReach(rule.type);
  }
  if (
    rule.about === 'patient' &&
    !reach.some(({ patient, query }) => !query && patient === `Patient/${call.id}`)
  ) {
    throw outOfReach('Patient');
  }
  if (rule.about === 'body' || rule.about === 'change') {
    requireSent(call.body, { rule, access, reach, ports });
  }
  if (rule.about !== 'search') return whole;
  return { ...whole, ...(await narrow(rule.type, call.query, { access, reach, shows, ports })) };
}

interface Asking {
  readonly rule: Rule;
  readonly access: Access;
  readonly reach: Reach;
  readonly ports: Ports;
}

function requireReach({ type, permissions, showsObservations, isForPatients }: Rule, access: Access): Reach {
  if (access.isPatient && !isForPatients) throw missing('it is not for patients');
  const reach = permissions.flatMap((one) => reachOf(access, type, one));
  if (reach.length === 0) throw missing(`${type}.${permissions.join(' or .')} is needed`);
  if (showsObservations && reachOf(access, 'Observation', 'r').length === 0) {
    throw missing('Observation.r is needed');
  }
  return reach;
}

/** Whoever may see one patient alone is not told whether something else is there. */
async function readInReach(type: string, id: string, ports: Ports): Promise<FhirResource> {
  try {
    return await readResource(type, id, ports);
  } catch (error) {
    throw error instanceof Problem && error.issues[0].code === 'resource-not-found'
      ? outOfReach(type)
      : error;
  }
}

/** A Provenance names no patient: it is within reach of whoever reaches its response. */
async function isShown(resource: FhirResource, { access, reach, ports }: Asking): Promise<boolean> {
  if (resource.resourceType !== 'Provenance') return isReached(access, reach, resource);
  if (access.isPatient) return false;
  const ways = reach.filter(({ query }) => query === null);
  if (ways.some(({ patient }) => patient === null)) return true;
  const source = resource.entity?.find(({ what }) => what.reference?.startsWith('QuestionnaireResponse/'));
  const id = source?.what.reference?.split('/')[1];
  if (id === undefined) return false;
  return isReached(access, ways, await readInReach('QuestionnaireResponse', id, ports));
}

/** A response that is sent must be about whom the caller may write, and a patient signs for nobody else. */
function requireSent(body: unknown, { rule, access, reach, ports }: Asking): void {
  const { fhirServer } = ports;
  const referred = (name: string) => {
    const reference = memberOf(memberOf(body, name), 'reference');
    return typeof reference === 'string' ? relativeReference(reference, fhirServer.baseUrl) : undefined;
  };
  const subject = referred('subject');
  const questionnaire = memberOf(body, 'questionnaire');
  const sent: Partial<QuestionnaireResponse> & { resourceType: 'QuestionnaireResponse' } = {
    resourceType: 'QuestionnaireResponse',
    ...(subject !== undefined && { subject: { reference: subject } }),
    ...(typeof questionnaire === 'string' && { questionnaire }),
    ...identifierIn(body),
  };
  const status = memberOf(body, 'status');
  const response = { ...sent, status: isStatus(status) ? status : 'in-progress' } as const;
  if (!isReached(access, reach, response)) throw outOfReach(rule.type);
  if (!access.isPatient) return;
  for (const name of ['author', 'source']) {
    const signed = referred(name);
    const isGiven = memberOf(body, name) !== undefined;
    if (isGiven && signed !== access.patient && signed !== access.person) {
      const text = `A patient's token can name nobody else as ${name}.`;
      throw new Problem({ code: 'scope-missing', text, expression: `QuestionnaireResponse.${name}` });
    }
  }
}

function identifierIn(body: unknown): Pick<QuestionnaireResponse, 'identifier'> {
  const identifier = memberOf(body, 'identifier');
  const [system, value] = [memberOf(identifier, 'system'), memberOf(identifier, 'value')];
  return typeof system === 'string' && typeof value === 'string' ? { identifier: { system, value } } : {};
}

function isStatus(status: unknown): status is QuestionnaireResponse['status'] {
  return typeof status === 'string';
}

function missing(why: string): Problem {
  return new Problem({ code: 'scope-missing', text: `The token does not allow this: ${why}.` });
}
