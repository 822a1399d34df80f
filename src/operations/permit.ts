import type { FhirResource, Observation, QuestionnaireResponse } from 'fhir/r4.js';
import { compartmentOf } from '../fhir/compartment.js';
import { relativeReference } from '../fhir/head.js';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import { matchesScope } from '../fhir/scope-query.js';
import type { Permission } from '../fhir/scopes.js';
import { OBSERVATION_CATEGORY } from '../fhir/systems.js';
import { type Access, isEverything, isReached, outOfReach, type Reach, reachOf } from './access.js';
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
  /** A text that is the same for whoever sees the same. */
  readonly seen: string;
  /** Whether the caller sees everything of the type. */
  readonly isEverything: boolean;
  /** Whether a search finds nothing that is left out of its answer, so that its total may be told. */
  readonly isWhole: boolean;
  /** Whether a resource may be read, too, by who was let in to do something else. */
  reads(resource: FhirResource): boolean;
  /** Whether a resource may leave. Rejects only where the FHIR server must be asked and does not answer. */
  shows(resource: FhirResource): Promise<boolean>;
}

/** Throws a Problem `scope-missing` for what the caller may not do. */
export async function permit(rule: Rule, call: Call, access: Access, ports: Ports): Promise<Permitted> {
  const reach = requireReach(rule, access);
  const asking: Asking = { rule, access, reach, ports };
  const shows = (resource: FhirResource) => isShown(resource, asking);
  const reads = (resource: FhirResource) =>
    isReached(access, reachOf(access, resource.resourceType, ['r']), resource);
  const whole = {
    query: call.query,
    seen: seenBy(access, reach),
    isWhole: true,
    isEverything: isEverything(access, reach),
    reads,
    shows,
  };
  const verdicts = verdictsIn(rule, access);
  if (whole.isEverything && (!verdicts || isEverything(access, verdicts))) return whole;
  const about = await responseOf(call, asking);
  if (verdicts && (!about || !showsVerdicts(about, access, verdicts)))
    throw missing('Observation.r is needed');
  if (rule.about !== 'search' || whole.isEverything) return whole;
  return { ...whole, ...(await narrow(rule.type, call.query, { access, reach, shows, ports })) };
}

function seenBy({ isPatient }: Access, reach: Reach): string {
  return JSON.stringify([isPatient, ...reach.map(({ patient, query }) => [patient, `${query ?? ''}`])]);
}

/** What the request is about, found to be within reach; null where it is about nothing of its own. */
async function responseOf(call: Call, asking: Asking): Promise<FhirResource | null> {
  const { rule, access, reach, ports } = asking;
  const isSure = isEverything(access, reach);
  switch (rule.about) {
    case 'instance':
    case 'change': {
      const stored = await (isSure ? readResource : readInReach)(
        rule.type,
        call.id,
        ports,
        rule.about === 'change',
      );
      if (!(await isShown(stored, asking))) throw outOfReach(rule.type);
      if (rule.about === 'change') requireSent(call.body, asking);
      return stored;
    }
    case 'body':
      return requireSent(call.body, asking);
    case 'patient':
      if (!reach.some(({ patient, query }) => !query && patient === `Patient/${call.id}`)) {
        throw outOfReach('Patient');
      }
      return null;
    case 'everybody':
      if (!isSure) throw missing('this is about all patients');
      return null;
    default:
      return null;
  }
}

/** What a response comes to is a survey's Observations, whatever else a scope may ask of one. */
const VERDICT: Observation = {
  resourceType: 'Observation',
  status: 'unknown',
  code: {},
  category: [{ coding: [{ system: OBSERVATION_CATEGORY, code: 'survey' }] }],
};

/** The ways to verdicts, where the rule shows them. Throws a Problem where there are none about anybody. */
function verdictsIn({ showsObservations }: Rule, access: Access): Reach | null {
  if (!showsObservations) return null;
  const reach = reachOf(access, 'Observation', ['r']);
  const ways = reach.filter(({ query }) => query === null || matchesScope(VERDICT, query));
  if (ways.length === 0) throw missing('Observation.r is needed');
  return ways;
}

function showsVerdicts(response: FhirResource, access: Access, ways: Reach): boolean {
  const reference = compartmentOf(response);
  return isReached(access, ways, { ...VERDICT, ...(reference !== null && { subject: { reference } }) });
}

interface Asking {
  readonly rule: Rule;
  readonly access: Access;
  readonly reach: Reach;
  readonly ports: Ports;
}

function requireReach({ type, permissions, isForPatients }: Rule, access: Access): Reach {
  if (access.isPatient && !isForPatients) throw missing('it is not for patients');
  const reach = reachOf(access, type, permissions);
  if (reach.length === 0) throw missing(`${type}.${permissions.join(' or .')} is needed`);
  return reach;
}

/** Whoever may see one patient alone is not told whether something else is there. */
async function readInReach(
  type: string,
  id: string,
  ports: Ports,
  isToChange = false,
): Promise<FhirResource> {
  try {
    return await readResource(type, id, ports, isToChange);
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
function requireSent(body: unknown, { rule, access, reach, ports }: Asking): QuestionnaireResponse {
  const response = sentIn(body, ports);
  if (!isReached(access, reach, response)) throw outOfReach(rule.type);
  for (const name of access.isPatient ? ['author', 'source'] : []) {
    const signed = referredIn(body, name, ports);
    const isGiven = memberOf(body, name) !== undefined;
    if (isGiven && signed !== access.patient && signed !== access.person) {
      const text = `A patient's token can name nobody else as ${name}.`;
      throw new Problem({ code: 'scope-missing', text, expression: `QuestionnaireResponse.${name}` });
    }
  }
  return response;
}

/** A body that nobody has checked, as far as it decides whose it is. */
function sentIn(body: unknown, ports: Ports): QuestionnaireResponse {
  const subject = referredIn(body, 'subject', ports);
  const questionnaire = memberOf(body, 'questionnaire');
  const status = memberOf(body, 'status');
  return {
    resourceType: 'QuestionnaireResponse',
    status: isStatus(status) ? status : 'in-progress',
    ...(subject !== undefined && { subject: { reference: subject } }),
    ...(typeof questionnaire === 'string' && { questionnaire }),
    ...identifierIn(body),
  };
}

function referredIn(body: unknown, name: string, { fhirServer }: Ports): string | undefined {
  const reference = memberOf(memberOf(body, name), 'reference');
  return typeof reference === 'string' ? relativeReference(reference, fhirServer.baseUrl) : undefined;
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
