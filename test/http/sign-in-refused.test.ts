/** Sign-ins that must come to nothing: forged, replayed, mixed up, too narrow, or from an EHR that nobody knows. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { PUBLIC_URL } from '../support/http-app.js';
import { type Arrival, type Browser, type SmartSite, startSmartSite } from '../support/smart-app.js';
import type { SmartServer } from '../support/smart-server.js';

const D1: object = JSON.parse(
  readFileSync(new URL('../golden/submit-d1/request.json', import.meta.url), 'utf8'),
);
const CLINICIAN = { user: 'Practitioner/d1', patient: 'p1' };
const MINUTE = 60_000;

let site: SmartSite;
let ehr: SmartServer;
let other: SmartServer;
beforeAll(async () => {
  site = await startSmartSite({ hasOther: true });
  if (!site.other) throw new Error('no second EHR');
  ({ ehr, other } = { ehr: site.ehr, other: site.other });
  await ehr.put({ resourceType: 'Patient', id: 'p1', birthDate: '1985-05-04' });
});
afterAll(() => site.close());
afterEach(() => {
  ehr.faults = {};
  other.faults = {};
  // What an EHR said of itself is believed for five minutes.
  later(6 * MINUTE);
});

const later = (by: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + by);
};

const launchUrl = (context: object = {}) => ehr.launchUrl(PUBLIC_URL, { ...CLINICIAN, ...context });

/** The details code of an OperationOutcome, and its status. */
function refusalIn({ status, text, page }: Arrival): (string | number | null)[] {
  const outcome = page === null && text.startsWith('{') ? JSON.parse(text) : null;
  return [status, page, outcome?.issue[0].details.coding[0].code ?? null];
}

const visit = async (url: string) => refusalIn(await site.newBrowser().visit(url));

/** As far as the EHR's answer: the address at which a browser would come back. */
async function untilCallback(browser: Browser, url: string): Promise<string> {
  const first = await browser.step(url);
  const second = await browser.step(first.headers.get('location') ?? '');
  return second.headers.get('location') ?? '';
}

const isSignedIn = async (browser: Browser) => (await browser.ask('fhir/Patient/p1')).status === 200;

describe('an EHR that nobody configured', () => {
  test.each([
    ['none', () => ''],
    ['another', () => `iss=${encodeURIComponent('https://evil.example/fhir')}`],
    ['one below ours', () => `iss=${encodeURIComponent(`${ehr.iss}/tenant`)}`],
    ['one above ours', () => `iss=${encodeURIComponent(new URL(ehr.iss).origin)}`],
    ['ours with two slashes', () => `iss=${encodeURIComponent(`${ehr.iss}//`)}`],
    ['ours with a query', () => `iss=${encodeURIComponent(`${ehr.iss}?x`)}`],
    ['ours in capitals', () => `iss=${encodeURIComponent(ehr.iss.toUpperCase())}`],
    [
      'ours as a user’s name',
      () => `iss=${encodeURIComponent(ehr.iss.replace('/fhir', '@evil.example/fhir'))}`,
    ],
    ['ours, and another', () => `iss=${encodeURIComponent(ehr.iss)}&iss=https%3A%2F%2Fevil.example%2Ffhir`],
  ])('%s: refused, and nobody is asked anything', async (_name, query) => {
    ehr.requests.length = 0;
    expect(await visit(`${PUBLIC_URL}/launch?${query()}&launch=x`)).toEqual([400, null, 'unknown-parameter']);
    expect(ehr.requests).toEqual([]);
  });
});

describe('an EHR that cannot be used safely', () => {
  test.each([
    ['no PKCE', { code_challenge_methods_supported: ['plain'] }, [422, 'refused-by-server']],
    ['no word of PKCE', { code_challenge_methods_supported: undefined }, [422, 'refused-by-server']],
    [
      'a page off https',
      { authorization_endpoint: 'http://ehr.example/authorize' },
      [422, 'refused-by-server'],
    ],
    [
      'a page that is a script',
      { authorization_endpoint: 'javascript:alert(1)' },
      [422, 'refused-by-server'],
    ],
    [
      'a token endpoint off https',
      { token_endpoint: 'http://ehr.example/token' },
      [422, 'refused-by-server'],
    ],
    ['no token endpoint', { token_endpoint: undefined }, [422, 'refused-by-server']],
    ['keys off https', { jwks_uri: 'http://ehr.example/jwks' }, [422, 'refused-by-server']],
  ])('%s', async (_name, change, [status, code]) => {
    ehr.faults.configuration = (found) => ({ ...found, ...change });
    expect(await visit(launchUrl())).toEqual([status, null, code]);
  });

  test('a token endpoint within the network is not asked: the code stays here', async () => {
    ehr.faults.configuration = (found) => ({ ...found, token_endpoint: 'https://10.0.0.1/token' });
    expect(await visit(launchUrl())).toEqual([503, null, 'fhir-server-unreachable']);
  });

  test('one that is away', async () => {
    ehr.faults.isAway = true;
    expect(await visit(launchUrl())).toEqual([503, null, 'fhir-server-unreachable']);
  });
});

describe('an answer that is not to our question', () => {
  test.each([
    ['no state', 'code=x'],
    ['a state that was never made', `code=x&state=${'a'.repeat(43)}`],
    ['two states', 'code=x&state=a&state=b'],
  ])('%s', async (_name, query) => {
    const [status] = await visit(`${PUBLIC_URL}/callback?${query}`);
    expect(status).toBe(query.includes('&state=b') ? 400 : 401);
  });

  test('the same one twice', async () => {
    const browser = site.newBrowser();
    const callback = await untilCallback(browser, launchUrl());
    expect((await browser.visit(callback)).page).toContain('/patients/p1');
    ehr.requests.length = 0;
    expect(refusalIn(await browser.visit(callback))).toEqual([401, null, 'token-invalid']);
    expect(ehr.requests).toEqual([]);
  });

  test('two at once: one of them is taken', async () => {
    const browser = site.newBrowser();
    const callback = await untilCallback(browser, launchUrl());
    const all = await Promise.all([1, 2, 3, 4].map(() => browser.visit(callback)));
    expect(all.map(({ status }) => status).sort()).toEqual([302, 401, 401, 401]);
  });

  test('in another browser, and after that in its own: it was shown to somebody', async () => {
    const browser = site.newBrowser();
    const callback = await untilCallback(browser, launchUrl());
    ehr.requests.length = 0;
    expect(await visit(callback)).toEqual([401, null, 'token-invalid']);
    expect(refusalIn(await browser.visit(callback))).toEqual([401, null, 'token-invalid']);
    expect(ehr.requests).toEqual([]);
  });

  test('in another browser that has a sign-in of its own under way', async () => {
    const callback = await untilCallback(site.newBrowser(), launchUrl());
    const victim = site.newBrowser();
    await untilCallback(victim, launchUrl());
    expect(refusalIn(await victim.visit(callback))).toEqual([401, null, 'token-invalid']);
    expect(await isSignedIn(victim)).toBe(false);
  });

  test('two sign-ins of one browser side by side are both answered', async () => {
    const browser = site.newBrowser();
    const callbacks = [await untilCallback(browser, launchUrl()), await untilCallback(browser, launchUrl())];
    for (const one of callbacks) expect((await browser.visit(one)).page).toContain('/patients/p1');
  });

  test('after ten minutes', async () => {
    const browser = site.newBrowser();
    const callback = await untilCallback(browser, launchUrl());
    later(10 * MINUTE);
    expect(refusalIn(await browser.visit(callback))).toEqual([401, null, 'token-invalid']);
  });

  test('somebody else’s code with our state: it was made for another verifier (PKCE)', async () => {
    const stolen = new URL(await untilCallback(site.newBrowser(), launchUrl({ user: 'Practitioner/d2' })));
    const browser = site.newBrowser();
    const callback = new URL(await untilCallback(browser, launchUrl()));
    callback.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    expect(refusalIn(await browser.visit(callback.href))).toEqual([401, null, 'token-invalid']);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('another state than ours', async () => {
    ehr.faults.state = 'b'.repeat(43);
    expect(await visit(launchUrl())).toEqual([401, null, 'token-invalid']);
  });

  test('a refusal', async () => {
    const browser = site.newBrowser();
    const callback = new URL(await untilCallback(browser, launchUrl()));
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    expect(refusalIn(await browser.visit(callback.href))).toEqual([401, null, 'token-invalid']);
  });
});

describe('two EHRs that are mixed up', () => {
  test.each([
    ['the name of another', () => other.issuer],
    ['its FHIR base as its name', () => ehr.iss],
    ['no name, though it announced one', () => null],
  ])('an answer with %s', async (_name, iss) => {
    ehr.faults.iss = iss();
    ehr.requests.length = 0;
    expect(await visit(launchUrl())).toEqual([401, null, 'token-invalid']);
    expect(ehr.requests).not.toContain('POST token authorization_code');
  });

  test('a code of the one is never shown to the other', async () => {
    const browser = site.newBrowser();
    const honest = new URL(await untilCallback(browser, launchUrl()));
    const begun = await browser.step(other.launchUrl(PUBLIC_URL, CLINICIAN));
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    honest.searchParams.set('state', state);
    other.requests.length = 0;
    expect(refusalIn(await browser.visit(honest.href))).toEqual([401, null, 'token-invalid']);
    expect(other.requests).toEqual([]);
  });
});

describe('an id_token that does not hold', () => {
  test.each([
    ['another nonce', { nonce: 'c'.repeat(43) }],
    ['no nonce', { nonce: undefined }],
    ['for another client', { aud: 'somebody-else' }],
    ['for us and another, who asked', { aud: ['axspa', 'somebody-else'], azp: 'somebody-else' }],
    ['from another issuer', { iss: 'https://evil.example' }],
    ['run out', { exp: 1_700_000_000 }],
    ['without an end', { exp: undefined }],
    ['about nobody', { sub: undefined }],
    ['a user of elsewhere', { fhirUser: 'https://evil.example/fhir/Practitioner/d1' }],
    ['a user who is no person', { fhirUser: 'Device/x' }],
  ])('%s', async (_name, claims) => {
    ehr.faults.idToken = (told) => ({ ...told, ...claims });
    expect(await visit(launchUrl())).toEqual([401, null, 'token-invalid']);
  });

  test.each(['other-key', 'none', 'hs256'] as const)('signed with %s', async (signature) => {
    ehr.faults.signature = signature;
    expect(await visit(launchUrl())).toEqual([401, null, 'token-invalid']);
  });

  test('none at all, though it was promised', async () => {
    ehr.faults.noIdToken = true;
    expect(await visit(launchUrl())).toEqual([401, null, 'token-invalid']);
  });
});

describe('less than is needed', () => {
  const missing = async (grant: (scope: string) => string, context: object = {}) => {
    ehr.faults.grant = grant;
    const arrival = await site.newBrowser().visit(launchUrl(context));
    expect(refusalIn(arrival)).toEqual([403, null, 'scope-missing']);
    return JSON.parse(arrival.text).issue[0].details.text;
  };

  test('names what a clinician lacks', async () => {
    expect(await missing(() => 'openid fhirUser launch user/Patient.rs')).toBe(
      'The EHR did not grant what is needed: user/QuestionnaireResponse.rs, user/Observation.rs.',
    );
  });

  test('names what a patient lacks; what is granted for users is not theirs', async () => {
    const grant = () => 'openid fhirUser launch patient/QuestionnaireResponse.r patient/Patient.r';
    expect(await missing(grant, { user: 'Patient/p1' })).toBe(
      'The EHR did not grant what is needed: patient/QuestionnaireResponse.cu.',
    );
  });

  test('grants for systems are for nobody', async () => {
    expect(await missing(() => 'openid fhirUser launch system/*.cruds')).toContain('user/Patient.r');
  });

  test('nobody who may be a patient passes for staff', async () => {
    ehr.faults.noIdToken = true;
    expect(await missing((scope) => scope.replace('openid ', ''))).toContain(
      'does not say whether a patient signs in',
    );
  });

  test('a patient of whom the EHR does not say which', async () => {
    const all = (scope: string) => scope.replace(/ user\/\S+/g, '');
    expect(await missing(all, { user: 'RelatedPerson/r1', patient: undefined })).toBe(
      'The EHR does not say which patient this is about: it has to grant launch/patient.',
    );
  });

  test('a patient who is not on the FHIR server', async () => {
    expect(await visit(launchUrl({ patient: 'p9' }))).toEqual([422, null, 'subject-not-found']);
  });

  test.each(['../Observation/x', 'p1?x', '', 'a'.repeat(65)])(
    'a patient that is no id: %p',
    async (patient) => {
      const [status] = await visit(launchUrl({ patient: patient || { id: 'p1' } }));
      expect(status).toBe(401);
    },
  );
});

describe('a session that is not one’s own', () => {
  test('what a browser had before it signed in opens nothing afterwards (fixation)', async () => {
    const attacker = site.newBrowser();
    await attacker.visit(launchUrl());
    const planted = attacker.cookies.get('__Host-axspa') ?? '';
    const victim = site.newBrowser();
    victim.cookies.set('__Host-axspa', planted);
    await victim.visit(launchUrl({ user: 'Practitioner/d2' }));
    expect(victim.cookies.get('__Host-axspa')).not.toBe(planted);
    expect(await isSignedIn(victim)).toBe(true);
    expect(await isSignedIn(attacker)).toBe(false);
  });

  test.each([
    ['made up', (_: Browser) => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA'],
    ['changed by a letter', (browser: Browser) => changed(browser.cookies.get('__Host-axspa') ?? '')],
    ['sealed for another use', (browser: Browser) => browser.cookies.get('__Host-axspa-launch') ?? ''],
    ['empty', (_: Browser) => ''],
  ])('a cookie that is %s', async (_name, make) => {
    const browser = site.newBrowser();
    await browser.visit(launchUrl());
    expect(await isSignedIn(browser)).toBe(true);
    browser.cookies.set('__Host-axspa', make(browser));
    expect(await isSignedIn(browser)).toBe(false);
  });

  test.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another page of the same domain', { 'Sec-Fetch-Site': 'same-site' }],
    ['an old browser, from elsewhere', { 'Sec-Fetch-Site': '', Origin: 'https://evil.example' }],
    ['an old browser, that does not say', { 'Sec-Fetch-Site': '', Origin: 'null' }],
    ['whoever says nothing of themselves', { 'Sec-Fetch-Site': '' }],
  ])('is not used by %s (CSRF)', async (_name, said) => {
    const browser = site.newBrowser();
    await browser.visit(launchUrl());
    const headers = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
    const ask = (path: string, body?: object) =>
      browser.step(
        `${PUBLIC_URL}/${path}`,
        { ...headers, ...(body && { 'Content-Type': 'application/fhir+json' }) },
        { method: 'POST', ...(body && { body: JSON.stringify(body) }) },
      );
    expect((await ask('fhir/QuestionnaireResponse', D1)).status).toBe(403);
    expect((await ask('launch/logout')).status).toBe(403);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

/** Of its tag, the first: the last one holds bits that count for nothing. */
const changed = (text: string) =>
  text.replace(/\.(.)([^.]*)$/, (_, one, rest) => `.${one === 'A' ? 'B' : 'A'}${rest}`);

describe('what a person is told', () => {
  const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  test('in words, without a script, and nothing that came with the request', async () => {
    const inside = '<script>alert(1)</script>';
    const url = `${PUBLIC_URL}/launch?${new URLSearchParams({ iss: `https://x/${inside}`, launch: inside })}`;
    const { status, headers, text } = await site.newBrowser().visit(url, HTML);
    expect([status, headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(text).toContain('Open the questionnaire from your health record system or patient portal.');
    expect(text).not.toMatch(/alert|<script|style=|https?:/);
  });

  test.each([
    ['de', 'Sie sind nicht angemeldet'],
    ['es', 'No ha iniciado sesión'],
    ['en', 'You are not signed in'],
    ['fr', 'You are not signed in'],
  ])('in %s', async (language, title) => {
    const { text } = await site
      .newBrowser()
      .visit(`${PUBLIC_URL}/callback?state=x&code=y`, { ...HTML, 'Accept-Language': language });
    expect(text).toContain(`<h1>${title}</h1>`);
  });

  test('which grants are missing', async () => {
    ehr.faults.grant = () => 'openid fhirUser launch user/Patient.rs user/Observation.rs';
    const { text } = await site.newBrowser().visit(launchUrl(), HTML);
    expect(text).toContain('user/QuestionnaireResponse.rs');
  });
});
