/** The service with invitations and sessions on an embedded FHIR server, all on disk, with a clock that a test turns. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapabilityStatement, Parameters, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import { FULL } from '../../src/fhir/write-profile.js';
import { createDispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { openOutbox } from '../../src/io/open-outbox.js';
import { openSessions } from '../../src/io/open-sessions.js';
import { createSeal, loadSealKey } from '../../src/io/seal.js';
import { SessionRows } from '../../src/io/session-rows.js';
import { createSessionTokens } from '../../src/io/session-tokens.js';
import { createSessions } from '../../src/io/sessions.js';
import type { Access, ReadToken } from '../../src/operations/access.js';
import { whileInvited } from '../../src/operations/open-invitation.js';
import type { FhirServer } from '../../src/operations/ports.js';
import { putPatient, type Reply, read, type Sent, send } from './contract-http.js';
import { type Answers, toResponse, worked } from './contract-responses.js';
import { type App, NOW, PUBLIC_URL, startApp } from './http-app.js';
import type { Closers } from './site.js';

export const ORIGIN = new URL(PUBLIC_URL).origin;
export const INTAKE = 'https://w3id.org/axspa-screening/intake';
export const CLINICIAN = { authorization: 'Bearer clinician' };
export const DAY = 86_400_000;

/** Tokens of two people, by their names. */
const readToken: ReadToken = async (token) => {
  const every = ['c', 'r', 'u', 's'] as const;
  const grant = { type: '*', permissions: every, query: null };
  const clinician: Access = {
    grants: [{ ...grant, level: 'user' }],
    patient: null,
    person: 'Practitioner/doc-1',
    isPatient: false,
    who: 'Practitioner/doc-1',
    client: 'ehr',
  };
  if (token === 'clinician') return clinician;
  const grants = [{ ...grant, level: 'patient' as const }];
  return { ...clinician, grants, patient: 'Patient/p1', isPatient: token === 'patient' };
};

/** What a browser keeps of a site: at most one cookie, and where it is asked from. */
export class Visitor {
  readonly #app: () => App;
  cookie: string | null = null;

  constructor(app: () => App) {
    this.#app = app;
  }

  /** `POST /invitation`, as the page does. */
  async open(link: string, claim?: string): Promise<Reply<{ location: string }>> {
    const token = link.split('#')[1];
    return this.send('/invitation', { body: { token, ...(claim && { claim }) } });
  }

  async send<T>(path: string, { headers, ...sent }: Sent = {}): Promise<Reply<T>> {
    const own = { origin: ORIGIN, ...(this.cookie && { cookie: this.cookie }) };
    const reply = await send<T>(`${this.#app().root}${path}`, { ...sent, headers: { ...own, ...headers } });
    const [set] = reply.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.split(';')[0] ?? null;
    return reply;
  }
}

export type Invited = { task: string; link: string; expires: string };

/** An EHR that takes one resource at a time, so that the records are kept beside it. */
const PIECEMEAL: CapabilityStatement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-05-04',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server', interaction: [{ code: 'search-system' }], resource: [{ type: 'Task' }] }],
};

/** `isRequired`: whether anything is guarded. `isPartial`: the FHIR server takes a part, which nobody knows yet. */
export async function startInviting(closers: Closers, { isRequired = true, isPartial = false } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'inviting-'));
  closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const clock = { at: Date.parse(NOW) };
  /** Whether what is written arrives, and its answer does not. */
  const answers = { areLost: false };
  const now = () => new Date(clock.at);
  const startFhir = (port: number) => createEmbeddedServer({ dataDir, port, now });
  let embedded = await startFhir(0);
  closers.push(() => embedded.close());
  const { url } = embedded;
  for (const id of ['p1', 'p2']) await putPatient(url, id);
  const beside =
    isPartial &&
    (await createEmbeddedServer({ dataDir: besideIn(dataDir), port: 0, references: 'open', now }));
  if (beside) closers.push(() => beside.close());
  const start = async () => {
    const real = createFhirServer({ baseUrl: url, timeoutMs: 5000 });
    const fhirServer: FhirServer = {
      ...real,
      ...(beside && { capabilities: async () => PIECEMEAL }),
      write: async (write) => {
        const sent = await real.write(write);
        return answers.areLost
          ? { state: 'retryable', reason: 'lost', retryAfter: null, isUndone: false }
          : sent;
      },
    };
    const database = openOutbox(dataDir);
    const dispatch = createDispatch({
      database,
      server: fhirServer,
      store: beside ? createFhirServer({ baseUrl: beside.url, timeoutMs: 5000 }) : null,
      override: beside ? {} : FULL,
      alertUrl: null,
      alertSecret: null,
      retainDeliveredDays: 30,
      now,
      random: () => 1,
      warn: () => undefined,
    });
    const { outbox, delivery, records, invitations } = dispatch;
    const kept = openSessions(dataDir);
    const seal = createSeal(loadSealKey(dataDir));
    const rows = new SessionRows(kept, seal);
    const tokens = createSessionTokens({ rows, renew: async () => ({ state: 'refused' }), now });
    const revoke = async () => undefined;
    const sessions = createSessions({
      rows,
      seal,
      tokens,
      revoke,
      isses: [],
      ownIss: null,
      cookie: { isFramed: false },
      now,
    });
    const app = await startApp({
      ports: { fhirServer, outbox, delivery, records, invitations, now },
      signIn: { readToken, sessions: whileInvited(sessions, invitations), isRequired },
    });
    const close = async () => {
      await app.close();
      await dispatch.stop();
      database.close();
      kept.close();
    };
    return { app, database, dispatch, close };
  };
  let running = await start();
  closers.push(() => running.close());
  const app = () => running.app;
  return {
    clock,
    answers,
    url,
    app,
    database: () => running.database,
    visitor: () => new Visitor(app),
    /** Minutes go by; then everything that is due is tried once. */
    round: async (minutes = 1) => {
      clock.at += minutes * 60_000;
      await running.dispatch.round();
    },
    restart: async () => {
      await running.close();
      running = await start();
    },
    stopFhir: () => embedded.close(),
    startFhir: async () => {
      embedded = await startFhir(Number(new URL(url).port));
    },
    invite: async (id = 'p1', parameter: Parameters['parameter'] = []): Promise<Invited> => {
      const body: Parameters = { resourceType: 'Parameters', parameter };
      const reply = await send<Parameters>(`${app().fhir}/Patient/${id}/$invite`, {
        body,
        headers: CLINICIAN,
      });
      if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text.slice(0, 500)}`);
      const [task, link, expires] = reply.body.parameter ?? [];
      return {
        task: task?.valueReference?.reference ?? '',
        link: link?.valueUrl ?? '',
        expires: expires?.valueInstant ?? '',
      };
    },
    /** As it stands where the records are. */
    task: (reference: string) => read<Task>(`${beside ? beside.url : url}/${reference}`),
  };
}

function besideIn(dataDir: string): string {
  const folder = join(dataDir, 'beside');
  mkdirSync(folder);
  return folder;
}

export type Inviting = Awaited<ReturnType<typeof startInviting>>;

/** What the page would send of the intake that a link leads to. */
export function answersTo(
  location: string,
  more: Partial<QuestionnaireResponse> = {},
  answers: Answers = worked('D1'),
): QuestionnaireResponse {
  const query = new URL(location, PUBLIC_URL).searchParams;
  const subject = { reference: query.get('subject') ?? '' };
  const identifier = { system: INTAKE, value: query.get('intake') ?? '' };
  return toResponse(answers, 'unused', { identifier, subject, author: subject, source: subject, ...more });
}
