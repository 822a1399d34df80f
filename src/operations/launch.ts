import { Problem } from '../fhir/outcome.js';
import { type Grant, readScopes } from '../fhir/scopes.js';
import type { Access } from './access.js';
import type { Credentials } from './credentials.js';
import { isPatient, type LaunchContext, readLaunchContext, readPerson } from './launch-context.js';
import { landingOf } from './launch-landing.js';
import { requireLeast, scopesToAsk } from './launch-scopes.js';
import type { FhirServer, Ports } from './ports.js';
import type { AuthorizationServer, Ehr, EhrSignIn, TakenLaunch, TokenAnswer } from './smart-port.js';

/** Where the browser goes, and the cookie that it takes along. */
export interface SentOn {
  readonly location: string;
  /** `Set-Cookie`. */
  readonly cookie: string;
  /** Who has signed in; absent while they are on their way. */
  readonly signed?: Pick<Access, 'who' | 'patient'>;
}

/** `GET /launch`, as it was sent. */
export interface LaunchRequest {
  readonly iss: string | null;
  /** What the EHR knows its launch by; null for a standalone one. */
  readonly launch: string | null;
  readonly cookieHeader: string | undefined;
}

/** `GET /callback`, as it was sent (RFC 6749 §4.1.2, RFC 9207). */
export interface LaunchAnswer {
  readonly state: string | null;
  readonly code: string | null;
  readonly error: string | null;
  readonly iss: string | null;
  readonly cookieHeader: string | undefined;
}

type LaunchPorts = Pick<Ports, 'publicUrl' | 'fhirServer' | 'content' | 'now'>;

/** The longest that anybody stays signed in, and without asking for anything. */
const MOST_MS = 12 * 60 * 60_000;
const IDLE_MS = 60 * 60_000;

/**
 * The first half of a sign-in (SMART App Launch 2.2, "Obtain authorization code"). Nothing is asked of anybody who is
 * not configured. Throws a Problem: `unknown-parameter`, or as `EhrClient.discover`.
 */
export async function beginLaunch(
  { iss, launch, cookieHeader }: LaunchRequest,
  signIn: EhrSignIn,
  { publicUrl }: LaunchPorts,
): Promise<SentOn> {
  const ehr = signIn.ehrs.find((one) => one.iss === iss?.replace(/\/$/, ''));
  if (!ehr || iss === null) {
    const text = 'The parameter "iss" does not name an EHR that people sign in from here (SMART_ISSUERS).';
    throw new Problem({ code: 'unknown-parameter', text });
  }
  const server = await signIn.ehrClient.discover(ehr.iss);
  const scope = scopesToAsk(ehr, server, launch === null);
  const begun = await signIn.launches.begin({ iss: ehr.iss, scope }, cookieHeader);
  const location = new URL(server.authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: ehr.clientId,
    redirect_uri: redirectUri(publicUrl),
    scope,
    state: begun.state,
    // As the EHR writes it: with a slash at the end, or without.
    aud: iss,
    code_challenge: begun.challenge,
    code_challenge_method: 'S256',
    ...(launch !== null && { launch }),
    ...(scope.split(' ').includes('openid') && { nonce: begun.nonce }),
  };
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
  return { location: location.href, cookie: begun.cookie };
}

/** Registered at each EHR, to the letter. */
function redirectUri(publicUrl: string): string {
  return `${publicUrl}/callback`;
}

/**
 * The second half: code → tokens → session. Everything is bound to the EHR that the state was made for, so that one
 * EHR's code is never shown to another (mix-up, RFC 9700 §4.4). Throws a Problem: `token-invalid`, `scope-missing`,
 * `subject-not-found` or as the EHR's answers.
 */
export async function finishLaunch(
  answer: LaunchAnswer,
  signIn: EhrSignIn,
  ports: LaunchPorts,
): Promise<SentOn> {
  const { state, code, cookieHeader } = answer;
  const taken = state === null ? null : await signIn.launches.take(state, cookieHeader);
  const ehr = signIn.ehrs.find((one) => one.iss === taken?.iss);
  if (!taken || !ehr) throw notOurs();
  checkSender(answer, ehr, await signIn.ehrClient.discover(ehr.iss));
  if (code === null) throw declined(answer.error);
  const redeemed = { code, verifier: taken.verifier, redirectUri: redirectUri(ports.publicUrl) };
  const tokenAnswer = await signIn.ehrClient.redeem(ehr.iss, redeemed);
  const context = readLaunchContext(tokenAnswer.context, ehr.iss);
  const granted = grantedOf(tokenAnswer, taken);
  const access = await accessOf({ ehr, taken, tokenAnswer, context, grants: readScopes(granted) }, signIn);
  requireLeast(access);
  const server = serverFor(ehr, tokenAnswer, signIn.ownIss, ports.fhirServer);
  if (!(await isThere(access.patient, server))) throw unknownPatient();
  const landing = await landingOf(access, context, server);
  const encounter = (await isThere(context.encounter, server)) ? context.encounter : null;
  const { grants: _read, ...who } = access;
  const session = { access: who, scope: granted, iss: ehr.iss, encounter, tokens: tokenAnswer.tokens };
  const cookie = await signIn.sessions.begin(
    {
      kind: 'smart',
      ...session,
      endsAt: new Date(ports.now().getTime() + MOST_MS),
      idleMs: IDLE_MS,
    },
    cookieHeader,
  );
  return { location: `${ports.publicUrl}${landing}`, cookie, signed: access };
}

/** Resource scopes alone: what is for systems is not for a person. */
function grantedOf({ scope }: TokenAnswer, taken: TakenLaunch): string {
  return (scope ?? taken.scope)
    .split(/\s+/)
    .filter((one) => !one.startsWith('system/'))
    .join(' ');
}

function checkSender({ iss }: LaunchAnswer, ehr: Ehr, server: AuthorizationServer): void {
  const isNamed = iss !== null || server.isNamedInAnswers;
  if (isNamed && iss !== (server.issuer ?? ehr.iss)) throw notOurs();
}

interface Answered {
  readonly ehr: Ehr;
  readonly taken: TakenLaunch;
  readonly tokenAnswer: TokenAnswer;
  readonly context: LaunchContext;
  readonly grants: readonly Grant[];
}

async function accessOf(
  { ehr, taken, tokenAnswer, context, grants }: Answered,
  { ehrClient }: EhrSignIn,
): Promise<Access> {
  const { idToken, scope } = tokenAnswer;
  const isPromised = (scope ?? taken.scope).split(/\s+/).includes('openid');
  if (idToken === null && isPromised) throw notConfirmed();
  const fhirUser = idToken === null ? null : await ehrClient.readIdToken(ehr.iss, idToken, taken.nonce);
  const person = readPerson(fhirUser, ehr.iss);
  const patient = context.patient ?? (person?.startsWith('Patient/') ? person : null);
  const who = person ?? ehr.clientId;
  return {
    grants,
    patient,
    person,
    isPatient: isPatient(person, grants),
    who,
    client: `${ehr.iss} ${person ?? patient ?? ehr.clientId}`,
  };
}

/** The FHIR server as the person, where their EHR's tokens are for it. */
function serverFor(ehr: Ehr, { tokens }: TokenAnswer, ownIss: string | null, server: FhirServer): FhirServer {
  const credentials: Credentials = { token: async () => tokens.accessToken, renew: async () => null };
  return ehr.iss === ownIss ? server.as(credentials) : server;
}

/** `Type/id`. Only where the FHIR server says so is something not there; one that does not let us look does not. */
async function isThere(reference: string | null, server: FhirServer): Promise<boolean> {
  const [type = '', id = ''] = reference?.split('/') ?? [];
  return reference === null || (await server.read(type, id).catch(ignoreAway)) !== null;
}

function unknownPatient(): Problem {
  return new Problem({
    code: 'subject-not-found',
    text: 'The EHR names a patient who is not on the FHIR server of this service.',
  });
}

function ignoreAway(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
  return undefined;
}

/** Signs a browser out. → the `Set-Cookie` that takes its cookie away, and who it was; null where nobody was signed in. */
export async function endSession(
  cookieHeader: string | undefined,
  { sessions }: Pick<EhrSignIn, 'sessions'>,
): Promise<{ readonly cookie: string; readonly signed: Pick<Access, 'who' | 'patient'> } | null> {
  const session = await sessions.find(cookieHeader);
  return session && { cookie: await sessions.end(session), signed: session.access };
}

function notOurs(): Problem {
  const text = 'This sign-in was not begun in this browser, is over, or was answered before.';
  return new Problem({ code: 'token-invalid', text });
}

function declined(error: string | null): Problem {
  const text =
    error === 'access_denied' ? 'The sign-in was declined.' : 'The EHR broke the sign-in off without a code.';
  return new Problem({ code: 'token-invalid', text });
}

function notConfirmed(): Problem {
  return new Problem({ code: 'token-invalid', text: 'The EHR did not say who signs in.' });
}
