/** The pages beside an EHR that people sign in at, and whose FHIR server asks for their tokens (smart-server.ts). */
import { afterAll, expect } from '@jest/globals';
import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js';
import type { BrowserContext, Page } from 'playwright-core';
import { type Opened, type OpenOptions, type TestBrowser, useBrowser } from './browser.js';
import { atWidths, checkAccessibility, checkNoSidewaysScroll, shot } from './browser-checks.js';
import { read } from './contract-http.js';
import type { Env } from './contract-service.js';
import { type SmartServer, startSmartServer } from './smart-server.js';

export interface EhrOptions {
  /** How the service proves itself to the EHR; `public` when not said. */
  readonly auth?: 'public' | 'private_key_jwt';
  /** With credentials of its own towards the FHIR server (Backend Services). */
  readonly hasBackend?: boolean;
  readonly env?: () => Promise<Env>;
}

export interface EhrBrowser {
  readonly browser: TestBrowser;
  /** Throws before beforeAll. */
  ehr(): SmartServer;
  /** A page that may go to the EHR and come back. */
  openPage(options?: OpenOptions): Promise<Opened>;
  /** What stands on the FHIR server, read past its tokens. */
  stored<T extends FhirResource>(path: string): Promise<T>;
}

const CLIENT = 'axspa';
const BACKEND = 'axspa-backend';

/** To be called at the top of a file, once. Practitioner d1 and d2 and the patients p1 and p2 are there. */
export function useEhr({
  auth = 'public',
  hasBackend = false,
  env = async () => ({}),
}: EhrOptions = {}): EhrBrowser {
  let started: SmartServer | undefined;
  const ehr = () => {
    if (!started) throw new Error('The EHR is not there yet: ask in a test.');
    return started;
  };
  const browser = useBrowser(async (url) => {
    started = await startSmartServer();
    await fill(started, url, auth);
    const issuer = { iss: started.iss, client_id: CLIENT, auth, name: 'Test Hospital' };
    const backend = { FHIR_CLIENT_ID: BACKEND, FHIR_SCOPE: 'system/*.cruds' };
    return {
      SMART_ISSUERS: JSON.stringify([issuer]),
      FHIR_BASE_URL: started.iss,
      ...(hasBackend && backend),
      ...(await env()),
    };
  });
  afterAll(() => started?.close());
  return {
    browser,
    ehr,
    openPage: (options = {}) =>
      browser.openPage({ ...options, allowed: { ...options.allowed, origins: [new URL(ehr().iss).origin] } }),
    stored: (path) => read(`${ehr().embeddedUrl}/${path}`),
  };
}

async function fill(ehr: SmartServer, url: string, auth: 'public' | 'private_key_jwt'): Promise<void> {
  const redirectUris = [`${url}/callback`];
  const jwksUrl = `${url}/.well-known/jwks.json`;
  ehr.register(
    auth === 'public' ? { id: CLIENT, redirectUris, auth } : { id: CLIENT, redirectUris, auth, jwksUrl },
  );
  ehr.register({ id: BACKEND, redirectUris: [], auth: 'private_key_jwt', jwksUrl });
  for (const id of ['p1', 'p2', 'p3', 'p4']) {
    const name = [{ given: [id], family: 'Example' }];
    await ehr.put({ resourceType: 'Patient', id, name, gender: 'female', birthDate: '1970-01-01' });
  }
  for (const id of ['d1', 'd2']) await ehr.put({ resourceType: 'Practitioner', id });
}

/** Writes that the FHIR server took, by whose token they came. */
export function writesBy({ seen }: Pick<SmartServer, 'seen'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { who, method, status, path } of seen) {
    const isWrite = method !== 'GET' && status < 300 && !path.includes('_search');
    if (isWrite) counts[who ?? 'nobody'] = (counts[who ?? 'nobody'] ?? 0) + 1;
  }
  return counts;
}

/** The session's cookie, as the browser holds it; null for none. */
export async function sessionCookie(context: BrowserContext) {
  const all = await context.cookies();
  return all.find(({ name }) => name === '__Host-axspa') ?? null;
}

/** Fails when a page could get at a token, a code or a cookie, or has one in its address. */
export async function checkNoSecrets(page: Page, { tokens }: Pick<SmartServer, 'tokens'>): Promise<void> {
  const cookie = await sessionCookie(page.context());
  const kept = await page.evaluate<Record<string, string>>(`(async () => ({
    cookie: document.cookie,
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    databases: JSON.stringify(await indexedDB.databases()),
    name: window.name,
  }))()`);
  expect(kept).toEqual({ cookie: '', local: '{}', session: '{}', databases: '[]', name: '' });
  const seen = await page.evaluate<string>(`(async () => [
    location.href, document.referrer, document.documentElement.outerHTML,
    JSON.stringify(history.state), await (await fetch('/ui/settings.json')).text(),
    ...performance.getEntries().map(({ name }) => name),
  ].join('\\n'))()`);
  const secrets = [...tokens.keys(), ...(cookie ? [cookie.value] : [])];
  expect(secrets.filter((one) => seen.includes(one))).toEqual([]);
  expect(new URL(page.url()).search).not.toMatch(/(^|[?&])(code|state|iss|launch)=/);
}

/** The newest response about a patient on the FHIR server. Throws where there is none. */
export async function newestResponse(
  { embeddedUrl }: Pick<SmartServer, 'embeddedUrl'>,
  patient: string,
): Promise<QuestionnaireResponse> {
  const bundle = await read<{ entry?: { resource: QuestionnaireResponse }[] }>(
    `${embeddedUrl}/QuestionnaireResponse?subject=Patient/${patient}&_sort=-authored&_count=1`,
  );
  const [first] = bundle.entry ?? [];
  if (!first) throw new Error(`no response of ${patient}`);
  return first.resource;
}

/** In another window, as the link on the page says; that window is closed again. `url`: of the service. */
export async function signInBeside(page: Page, url: string): Promise<void> {
  const beside = page.waitForEvent('popup');
  await page.locator('[data-action="sign-in"]').click();
  const other = await beside;
  await other.waitForURL(`${url}/{screen,patients,worklist}**`);
  await other.close();
}

/** At 320 and 1100 px accessible, at 390 and 1280 px a picture, and nowhere wider than the window. */
export async function look(page: Page, name: string): Promise<void> {
  await atWidths(page, async (width) => {
    await checkNoSidewaysScroll(page);
    if (width === 320 || width === 1100) await checkAccessibility(page, `${name} at ${width}`);
    else await shot(page, name);
  });
}
