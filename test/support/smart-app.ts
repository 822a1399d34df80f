/** The service in this process beside one or two EHRs of smart-server.ts, and a browser that keeps its cookies. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '../../src/fhir/audit-event.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { createKeys } from '../../src/io/keys.js';
import { createSignIn } from '../../src/io/sign-in.js';
import type { KnownEhr } from '../../src/io/token-request.js';
import type { EhrSignIn } from '../../src/operations/smart-port.js';
import { type App, PUBLIC_URL, startApp } from './http-app.js';
import { type SmartServer, startSmartServer } from './smart-server.js';

export const APP = 'axspa';
/** Holds every letter that HTTP Basic needs encoded. */
export const CLIENT_SECRET = 'a:b c+d%e/ö';

const SETTINGS = {
  emergencyNumber: '112',
  isDemo: false,
  clinician: null,
  isGuarded: true,
  questionnaire: null,
  adviceAlone: {},
  adviceTogether: [],
};

export interface SmartSite {
  readonly ehr: SmartServer;
  /** A second EHR, on whose FHIR server nothing of ours is written. */
  readonly other: SmartServer | null;
  readonly app: App;
  /** Everything's clock. */
  readonly clock: { now: Date };
  readonly warnings: string[];
  /** Who read, wrote, signed in or out, in order. */
  readonly audited: AuditRecord[];
  readonly signIn: EhrSignIn;
  newBrowser(): Browser;
  close(): Promise<void>;
}

export interface SmartSiteOptions {
  auth?: KnownEhr['auth'];
  scope?: string;
  hasOther?: boolean;
  frameAncestors?: string[];
  /** false: the service has no credentials of its own there, as far as its configuration says. */
  hasBackend?: boolean;
  /** Another FHIR server than the EHR's. */
  fhirBaseUrl?: string;
}

export async function startSmartSite(options: SmartSiteOptions = {}): Promise<SmartSite> {
  const { auth = 'public', scope = null, hasOther = false, frameAncestors = [] } = options;
  const clock = { now: new Date('2026-05-04T08:00:00.000Z') };
  const now = () => clock.now;
  const dataDir = mkdtempSync(join(tmpdir(), 'sign-in-'));
  const ehr = await startSmartServer({ now });
  const other = hasOther ? await startSmartServer({ now }) : null;
  const keys = await createKeys({ file: null, folder: join(dataDir, 'keys'), now });
  const jwks = await serveJwks(() => keys.publicSet());
  const clientSecret = auth === 'secret' ? CLIENT_SECRET : null;
  const register = (server: SmartServer): KnownEhr => {
    const client = { id: APP, redirectUris: [`${PUBLIC_URL}/callback`] };
    if (auth === 'secret') server.register({ ...client, auth, secret: CLIENT_SECRET });
    else if (auth === 'public') server.register({ ...client, auth });
    else server.register({ ...client, auth, jwksUrl: jwks.url });
    return { iss: server.iss, clientId: APP, auth, clientSecret, scope, name: null };
  };
  const warnings: string[] = [];
  const audited: AuditRecord[] = [];
  const fhirBaseUrl = options.fhirBaseUrl ?? ehr.iss;
  const signIn = createSignIn({
    dataDir,
    smartIssuers: [ehr, ...(other ? [other] : [])].map(register),
    frameAncestors,
    fhirBaseUrl,
    fhirTimeoutMs: 5000,
    fhirClient: options.hasBackend === false ? null : {},
    keys,
    now,
    warn: (message) => void warnings.push(message),
  });
  const token = ehr.serviceToken('axspa-service');
  const credentials = { token: async () => token, renew: async () => null };
  const fhirServer = createFhirServer({ baseUrl: fhirBaseUrl, timeoutMs: 5000, credentials });
  const app = await startApp({
    ports: { fhirServer, now, audit: { record: (one) => void audited.push(one) } },
    signIn: { readToken: null, sessions: signIn.sessions, isRequired: true },
    ehrSignIn: signIn,
    pages: {
      // The settings alone: no page is built for this.
      folder: join(dataDir, 'no-pages'),
      frameAncestors,
      settings: { ...SETTINGS, signIn: signIn.ehrs.map(({ iss, name }) => ({ iss, name })) },
      sessions: signIn.sessions,
    },
  });
  return {
    ehr,
    other,
    app,
    clock,
    warnings,
    audited,
    signIn,
    newBrowser: () => new Browser(app),
    close: async () => {
      await app.close();
      signIn.close();
      await jwks.close();
      await ehr.close();
      await other?.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function serveJwks(read: () => Promise<object>): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer(async (_req, res) => {
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(await read()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Where a visit ended. */
export interface Arrival {
  readonly status: number;
  /** The page of ours that it was sent to, below PUBLIC_URL; null when it was sent to none. */
  readonly page: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** Every address on the way, as a browser would have shown it. */
  readonly way: readonly string[];
}

const MOST_HOPS = 8;

export class Browser {
  readonly cookies = new Map<string, string>();
  /** `Set-Cookie` as they came. */
  readonly setCookies: string[] = [];
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Follows redirects, until it stands before a page of ours or an answer that is no redirect. */
  async visit(url: string, headers: Record<string, string> = {}): Promise<Arrival> {
    const way = [url];
    for (let hop = 0; hop < MOST_HOPS; hop += 1) {
      const answer = await this.step(way.at(-1) ?? '', headers);
      const location = answer.headers.get('location');
      const text = await answer.text();
      const { status, headers: told } = answer;
      if (location === null) return { status, page: null, headers: told, text, way };
      way.push(location);
      const isPage = location.startsWith(PUBLIC_URL) && !location.startsWith(`${PUBLIC_URL}/callback?`);
      if (isPage) return { status, page: location.slice(PUBLIC_URL.length), headers: told, text, way };
    }
    throw new Error(`no end after ${MOST_HOPS} redirects: ${way.join(' → ')}`);
  }

  /** One request; an address below PUBLIC_URL is the service's. Cookies are the service's alone. */
  async step(url: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
    const isOurs = url.startsWith(PUBLIC_URL);
    const at = isOurs ? this.#app.root + url.slice(PUBLIC_URL.length) : url;
    const answer = await fetch(at, {
      ...init,
      redirect: 'manual',
      headers: { ...(isOurs && this.cookies.size > 0 && { Cookie: this.cookieHeader }), ...headers },
      signal: AbortSignal.timeout(10_000),
    });
    if (isOurs) for (const one of answer.headers.getSetCookie()) this.#keep(one);
    return answer;
  }

  /** What a page of ours asks for: `fhir/Patient/p1`. A body is POSTed, unless `method` says otherwise. */
  async ask(
    path: string,
    { body, method = body === undefined ? 'GET' : 'POST', headers = {} }: Asked = {},
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const json = { 'Content-Type': 'application/fhir+json' };
    const answer = await this.step(
      `${PUBLIC_URL}/${path}`,
      { 'Sec-Fetch-Site': 'same-origin', ...(body !== undefined && json), ...headers },
      { method, ...(body !== undefined && { body: JSON.stringify(body) }) },
    );
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

type Asked = { body?: object; method?: string; headers?: Record<string, string> };
