import type { Request, RequestHandler } from 'express';
import type { BundleLink, FhirResource } from 'fhir/r4.js';
import { type DetailsCode, Problem } from '../fhir/outcome.js';
import { readOperationInput } from '../fhir/parameters.js';
import { Withheld } from '../fhir/withheld.js';
import { outOfReach, type ReadToken, whenLapsed } from '../operations/access.js';
import { type Permitted, permit } from '../operations/permit.js';
import type { Ports } from '../operations/ports.js';
import type { Session, Sessions } from '../operations/session-port.js';
import { createPageLinks, type PageLinks } from './page-links.js';
import type { Reply } from './reply.js';
import { pathPart, queryOf } from './request.js';
import { rememberWho } from './request-log.js';
import { PUBLIC, type RouteRule, SIGNED_IN } from './rules.js';
import { requireSameOrigin } from './same-origin.js';

/** How people and programs come in. */
export interface SignIn {
  /** null: bearer tokens are not taken. */
  readonly readToken: ReadToken | null;
  /** null: nobody can have a session. */
  readonly sessions: Pick<Sessions, 'find' | 'begin'> | null;
  /** Whether patient data needs either. */
  readonly isRequired: boolean;
}

/** Who was let in: by a session, or by a token, which has no credentials towards the FHIR server. */
type SignedIn = Pick<Session, 'access' | 'credentials' | 'isLapsed' | 'invited'>;

/** What a handler is given beside the request. */
export interface Call {
  readonly ports: Ports;
  /** Who asks, `Type/{id}`; null for a system, and where nobody signs in. */
  readonly person: string | null;
  /** What may be searched for. */
  readonly query: URLSearchParams;
  /** Throws a Problem `scope-missing` for a resource that the caller may not see. */
  check(resource: FhirResource): Promise<void>;
  /** Whether the caller may read a resource, too. */
  reads(resource: FhirResource): boolean;
}

/** What answers a request, for a caller who was let in. */
export type GuardedWork = (req: Request, call: Call) => Reply | Promise<Reply>;

export interface Guard {
  /** Finds out who calls. Refuses nobody yet: who is refused is counted, too. */
  readonly identify: RequestHandler;
  /** Only for whom the rule lets in; only what they may see leaves. */
  wrap(
    rule: RouteRule | typeof PUBLIC | typeof SIGNED_IN,
    work: GuardedWork,
  ): (req: Request) => Promise<Reply>;
  /** Tells one client from another; null for who is not known. */
  clientOf(req: Request): string | null;
}

type Caller = SignedIn | Problem | null;

/** `signIn`: null where nobody signs in, and nothing is guarded. */
export function createGuard(ports: Ports, signIn: SignIn | null): Guard {
  const callers = new WeakMap<Request, Caller>();
  const links = createPageLinks();
  return {
    identify: async (req, res, next) => {
      const caller = signIn && (await callerOf(req, signIn, ports.publicUrl).catch(asProblem));
      callers.set(req, caller);
      if (caller && 'access' in caller) rememberWho(caller.access.who, res);
      next();
    },
    wrap: (rule, work) => async (req) => {
      const caller = callers.get(req) ?? null;
      if (caller instanceof Problem) throw caller;
      if (rule === SIGNED_IN && signIn?.isRequired && !caller) throw unknownCaller(NOBODY);
      if (!signIn?.isRequired || rule === PUBLIC || rule === SIGNED_IN) {
        const reads = () => true;
        const call = { ports, person: null, query: queryOf(req), check: async () => undefined, reads };
        return work(req, call);
      }
      const given = { caller: requireSignedIn(rule, caller), ports, links };
      try {
        return unnamed(await letIn(rule, work, req, given), given.caller);
      } catch (error) {
        if (await hasRunOut(error, rule, given.caller)) throw unknownCaller(RUN_OUT);
        throw error instanceof Withheld ? outOfReach(rule.type) : error;
      }
    },
    clientOf: (req) => {
      const caller = callers.get(req);
      return caller && 'access' in caller ? caller.access.client : null;
    },
  };
}

/** Whoever holds a link is told that the patient is there, and not who that is. */
function unnamed(reply: Reply, { invited }: SignedIn): Reply {
  const { body } = reply;
  if (!invited || !isResource(body) || body.resourceType !== 'Patient') return reply;
  return { ...reply, body: { resourceType: 'Patient', ...(body.id !== undefined && { id: body.id }) } };
}

/** The FHIR server took the person's token no more, and there is no other: they can sign in again, not wait. */
async function hasRunOut(error: unknown, rule: RouteRule, { credentials }: SignedIn): Promise<boolean> {
  const isUnread = error instanceof Problem && error.issues[0].code === 'fhir-server-unreachable';
  return isUnread && !rule.isSaving && credentials !== null && (await credentials.token()) === null;
}

async function letIn(
  rule: RouteRule,
  work: GuardedWork,
  req: Request,
  { caller, ports: ours, links }: { caller: SignedIn; ports: Ports; links: PageLinks },
): Promise<Reply> {
  const ports = asCaller(ours, caller);
  const isSent = rule.about === 'body' || rule.about === 'change';
  const body: unknown = isSent ? responseIn(req.body) : undefined;
  const asked = { id: pathPart(req, 'id'), query: queryOf(req), body };
  const access = caller.isLapsed ? whenLapsed(caller.access) : caller.access;
  const permitted = await permit(rule, asked, access, ports);
  // Whoever sends an answer again is told what became of it; to look for one by its identifier is to read.
  const isLooking = caller.isLapsed && req.get('If-None-Exist') !== undefined;
  const reads = isLooking ? () => false : permitted.reads;
  const searching = { type: rule.type, seen: permitted.seen };
  const query = permitted.isEverything ? permitted.query : links.opened(permitted.query, searching);
  const check = async (resource: FhirResource) => {
    if (!(await permitted.shows(resource))) throw outOfReach(rule.type);
  };
  const seal = (link: readonly BundleLink[]) => links.sealed(link, searching);
  try {
    const { person } = access;
    const reply = await work(req, { ports, person, query, check, reads });
    return await release(reply, permitted, { check, seal });
  } catch (error) {
    const isTelling = error instanceof Problem && TELLING.includes(error.issues[0].code);
    // Who may see one patient alone is not told whether something else is there.
    throw isTelling && !permitted.isEverything ? outOfReach(rule.type) : error;
  }
}

/** That there is nothing, or more than one: also of what the caller may not see. */
const TELLING: readonly DetailsCode[] = ['resource-not-found', 'multiple-matches'];

/** The last look: whatever the work came to, nothing leaves that the caller may not see. */
async function release(
  reply: Reply,
  permitted: Permitted,
  { check, seal }: Pick<Call, 'check'> & { seal(links: readonly BundleLink[]): BundleLink[] },
): Promise<Reply> {
  const { body } = reply;
  if (permitted.isEverything || !isResource(body)) return reply;
  if (body.resourceType !== 'Bundle') {
    if (IN_COMPARTMENT.includes(body.resourceType)) await check(body);
    return reply;
  }
  const entry: typeof body.entry = [];
  for (const one of body.entry ?? []) {
    if (isResource(one.resource) && (await permitted.shows(one.resource))) entry.push(one);
  }
  const { total: _, entry: _all, link: given, ...rest } = body;
  const link = given && { link: seal(given) };
  const total = permitted.isWhole && body.total !== undefined ? { total: body.total } : {};
  return { ...reply, body: { ...rest, ...total, ...link, ...(entry.length > 0 && { entry }) } };
}

const IN_COMPARTMENT = ['QuestionnaireResponse', 'Observation', 'Provenance', 'Task', 'Patient'];

function isResource(body: unknown): body is FhirResource {
  return typeof body === 'object' && body !== null && 'resourceType' in body;
}

/** What is read and written for somebody who is signed in goes with their token: the EHR's audit shows the person. */
function asCaller(ports: Ports, { credentials, isLapsed }: SignedIn): Ports {
  if (!credentials || isLapsed) return ports;
  const { fhirServer, records, delivery } = ports;
  return {
    ...ports,
    fhirServer: fhirServer.as(credentials),
    records: records.as(credentials),
    delivery: delivery.as(credentials),
  };
}

/** The response that an operation is given, alone or in Parameters; whatever else it is, it is judged later. */
function responseIn(body: unknown): unknown {
  const isParameters =
    typeof body === 'object' && body !== null && 'resourceType' in body && body.resourceType === 'Parameters';
  return isParameters ? readOperationInput(body, ['questionnaire']).response : body;
}

function requireSignedIn(rule: RouteRule, caller: SignedIn | null): SignedIn {
  if (!caller) throw unknownCaller(NOBODY);
  if (caller.isLapsed && !rule.isSaving) {
    throw unknownCaller(RUN_OUT);
  }
  return caller;
}

async function callerOf(req: Request, signIn: SignIn, publicUrl: string): Promise<Caller> {
  const [authorization, another] = req.headersDistinct.authorization ?? [];
  if (authorization === undefined) {
    const session =
      (await signIn.sessions?.find(req.get('Cookie'), req.originalUrl.startsWith(POLLED))) ?? null;
    if (session && req.method !== 'GET' && req.method !== 'HEAD') requireSameOrigin(req, publicUrl);
    return session;
  }
  if (!signIn.readToken) return null;
  // Whoever stands in front of us may have looked at the other one.
  if (another !== undefined) throw unknownCaller('There are two Authorization headers.');
  const [, token] = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined) throw unknownCaller('The Authorization header is not a bearer token.');
  return { access: await signIn.readToken(token), credentials: null, isLapsed: false };
}

const RUN_OUT = 'The sign-in has run out: sign in again. What is being answered can still be saved.';
const NOBODY = 'This needs a bearer token, or somebody who is signed in.';

/** Asked by an open page every few seconds, whoever sits before it. */
const POLLED = '/ui/changes';

function unknownCaller(text: string): Problem {
  return new Problem({ code: 'token-invalid', text });
}

/** A bug is thrown where it happens. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}
