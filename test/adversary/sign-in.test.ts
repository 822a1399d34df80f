/** Sign-ins that an attacker begins, answers, replays, redirects or leads astray; with a real EHR beside the service. */
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answered, createLedger, NO_TOKEN, NOT_KNOWN, type Refusal } from '../support/adversary.js';
import { PUBLIC_URL } from '../support/http-app.js';
import { type Browser, type SmartSite, startSmartSite } from '../support/smart-app.js';
import type { SmartServer } from '../support/smart-server.js';

const ledger = createLedger('sign-in');
const CLINICIAN = { user: 'Practitioner/d1', patient: 'p1' };
const MINUTE = 60_000;
const UNSAFE: Refusal = [422, 'refused-by-server'];
const AWAY: Refusal = [503, 'fhir-server-unreachable'];

let site: SmartSite;
let ehr: SmartServer;
let other: SmartServer;
let trap: Server;
let trapPort = 0;
/** What the attacker's own server was asked. */
const caught: string[] = [];

beforeAll(async () => {
  trap = createServer((request, response) => {
    caught.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  // Also a hello by TLS is one too many.
  trap.on('clientError', (_error, socket) => {
    caught.push('bytes');
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  const address = trap.address();
  trapPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
  site = await startSmartSite({ hasOther: true });
  if (!site.other) throw new Error('no second EHR');
  ({ ehr, other } = { ehr: site.ehr, other: site.other });
  for (const one of [ehr, other])
    await one.put({ resourceType: 'Patient', id: 'p1', birthDate: '1985-05-04' });
});
afterEach(() => {
  ehr.faults = {};
  other.faults = {};
  // What an EHR said of itself is believed for five minutes.
  site.clock.now = new Date(site.clock.now.getTime() + 6 * MINUTE);
});
afterAll(async () => {
  ledger.print();
  trap.closeAllConnections();
  trap.close();
  await site?.close();
});

const launchUrl = (context: object = {}) => ehr.launchUrl(PUBLIC_URL, { ...CLINICIAN, ...context });
const answeredBy = async (browser: Browser, url: string): Promise<Answered> => {
  const answer = await browser.step(url);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const callbackOf = async (browser: Browser, url = launchUrl()): Promise<URL> => {
  const begun = await browser.step(url);
  const answered = await browser.step(begun.headers.get('location') ?? '');
  return new URL(answered.headers.get('location') ?? '');
};
const isSignedIn = async (browser: Browser) => (await browser.ask('fhir/Patient/p1')).status === 200;
/** The service is there, and signs people in as ever. */
async function plain(): Promise<void> {
  ehr.faults = {};
  site.clock.now = new Date(site.clock.now.getTime() + 6 * MINUTE);
  const browser = site.newBrowser();
  expect((await browser.visit(launchUrl())).page).toBe('/patients/p1?author=Practitioner%2Fd1');
  await ledger.stillAnswers(`${site.app.fhir}/Patient/p1`, { cookie: browser.cookieHeader });
}

test('/launch with an EHR that is none of ours: 400, and nobody is asked anything', async () => {
  const port = trapPort;
  const { host } = new URL(ehr.iss);
  const names = [
    '',
    `http://127.0.0.1:${port}/fhir`,
    `http://localhost:${port}/fhir`,
    `http://[::1]:${port}/fhir`,
    `http://[::ffff:127.0.0.1]:${port}/fhir`,
    `http://2130706433:${port}/fhir`,
    `http://0x7f000001:${port}/fhir`,
    `http://0177.0.0.1:${port}/fhir`,
    `http://127.1:${port}/fhir`,
    `http://0:${port}/fhir`,
    `https://127.0.0.1:${port}/fhir`,
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/fhir',
    'http://metadata.google.internal/fhir',
    'http://localtest.me/fhir',
    'http://127.0.0.1.nip.io/fhir',
    'file:///etc/passwd',
    'gopher://127.0.0.1:25/x',
    'javascript:alert(1)',
    'data:text/html,x',
    `//${host}/fhir`,
    host,
    `${ehr.iss}@127.0.0.1:${port}`,
    `${ehr.iss}#@127.0.0.1:${port}`,
    `${ehr.iss}?x=http://127.0.0.1:${port}`,
    `${ehr.iss}/../../x`,
    `${ehr.iss}/.`,
    `${ehr.iss}%00`,
    `${ehr.iss}\r\nX: y`,
    ` ${ehr.iss}`,
    `${ehr.iss} `,
    `${ehr.iss};x`,
    ehr.iss.replace('127.0.0.1', 'localhost'),
    ehr.iss.replace('http:', 'HTTP:'),
    ehr.iss.replace('/fhir', '/FHIR'),
    ehr.iss.replace('http://', 'http://ehr:secret@'),
    `${ehr.iss},${other.iss}`,
    '__proto__',
  ];
  ehr.requests.length = 0;
  for (const iss of names) {
    const url = `${PUBLIC_URL}/launch?${new URLSearchParams({ iss, launch: 'x' })}`;
    ledger.refused(`iss=${iss}`, await answeredBy(site.newBrowser(), url), NOT_KNOWN, ['169.254', 'passwd']);
  }
  for (const query of [
    '',
    'launch=x',
    `ISS=${ehr.iss}`,
    `iss[]=${ehr.iss}`,
    `iss=${ehr.iss}&iss=${ehr.iss}`,
    `iss=${ehr.iss}&launch=a&launch=b`,
  ]) {
    ledger.refused(query, await answeredBy(site.newBrowser(), `${PUBLIC_URL}/launch?${query}`), NOT_KNOWN);
  }
  expect([caught, ehr.requests]).toEqual([[], []]);
  await plain();
});

/** Every name under which somewhere a redirect was asked for. */
const REDIRECTS = [
  'redirect_uri',
  'redirect',
  'redirect_url',
  'return',
  'returnTo',
  'return_to',
  'next',
  'url',
  'target',
  'target_link_uri',
  'continue',
  'dest',
  'RelayState',
  'post_logout_redirect_uri',
  'client_id',
  'aud',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'response_mode',
  'response_type',
  'authorization_endpoint',
  'questionnaire',
  'subject',
];
const EVIL = [
  'https://evil.example.org',
  '//evil.example.org',
  '/\\evil.example.org',
  'javascript:alert(1)',
  'https:evil.example.org',
];

describe('redirects lead to the EHR, and back to us', () => {
  test('/launch: whatever stands beside the EHR’s name', async () => {
    for (const name of REDIRECTS) {
      for (const value of EVIL) {
        const query = new URLSearchParams({ iss: ehr.iss, launch: value, [name]: value });
        const { headers, status } = await site.newBrowser().step(`${PUBLIC_URL}/launch?${query}`);
        const to = new URL(headers.get('location') ?? '');
        const asked = Object.fromEntries(to.searchParams);
        // The EHR's own word for its launch is passed back to it, whatever it is.
        const told = [...to.searchParams].filter(
          ([one, text]) => one !== 'launch' && text.includes('evil.example'),
        );
        const found = [
          status,
          to.origin,
          asked.redirect_uri,
          asked.client_id,
          asked.aud,
          asked.response_type,
          asked.code_challenge_method,
          told,
        ];
        const wanted = [
          302,
          new URL(ehr.issuer).origin,
          `${PUBLIC_URL}/callback`,
          'axspa',
          ehr.iss,
          'code',
          'S256',
          [],
        ];
        ledger.harmless(`${name}=${value}`, found, wanted);
      }
    }
    await plain();
  });

  test('/callback: whatever stands beside the code', async () => {
    for (const name of REDIRECTS.filter((one) => one !== 'state')) {
      const browser = site.newBrowser();
      const answer = await callbackOf(browser);
      answer.searchParams.set(name, EVIL[0] ?? '');
      const { headers, status } = await browser.step(answer.href);
      ledger.harmless(
        name,
        [status, headers.get('location')],
        [302, `${PUBLIC_URL}/patients/p1?author=Practitioner%2Fd1`],
      );
    }
    await plain();
  });

  test('/callback: a refusal with somebody else’s words tells none of them', async () => {
    for (const error of [
      'access_denied',
      'server_error',
      '<script>alert(1)</script>',
      'https://evil.example.org',
    ]) {
      const browser = site.newBrowser();
      const answer = await callbackOf(browser);
      const state = answer.searchParams.get('state') ?? '';
      const words = {
        error,
        error_description: '<img src=x onerror=alert(1)> evil',
        error_uri: 'https://evil.example.org',
      };
      const url = `${PUBLIC_URL}/callback?${new URLSearchParams({ state, ...words })}`;
      ledger.refused(error, await answeredBy(browser, url), NO_TOKEN, ['evil.example', '<img', '<script']);
      expect(await isSignedIn(browser)).toBe(false);
    }
    await plain();
  });

  test('the EHR’s word for why somebody was sent here leads to a page of ours alone', async () => {
    const contexts: object[] = [
      ...[
        'https://evil.example.org/fhir/QuestionnaireResponse/x',
        '//evil.example.org/QuestionnaireResponse/x',
        'QuestionnaireResponse/../../evil.example.org',
        'QuestionnaireResponse/x?y=evil',
        'QuestionnaireResponse/%2f%2fevil.example.org',
        'QuestionnaireResponse/x\\evil',
        `${PUBLIC_URL}@evil.example.org/QuestionnaireResponse/x`,
      ].map((reference) => ({ reference })),
      ...[
        'javascript:alert(1)',
        'https://evil.example.org/Questionnaire/x',
        '"><script>',
        '&subject=Patient/p2',
        '#/evil',
      ].map((canonical) => ({ canonical })),
      { reference: ['QuestionnaireResponse/x'] },
      { canonical: { toString: 'x' } },
    ];
    for (const context of contexts) {
      const { page } = await site.newBrowser().visit(launchUrl({ fhirContext: [context] }));
      const to = new URL(`https://ours.example.org${page}`);
      const isOurs =
        /^\/(patients\/p1|screen)$/.test(to.pathname) && to.origin === 'https://ours.example.org';
      const about = to.searchParams.getAll('subject').filter((one) => one !== 'Patient/p1');
      ledger.harmless(JSON.stringify(context), [isOurs, about, to.hash], [true, [], '']);
    }
    await plain();
  });
});

describe('what the EHR says of itself', () => {
  const endpoints = (): [string, Refusal][] => [
    [`http://127.0.0.2:${trapPort}/token`, AWAY],
    ['http://ehr.example.org/token', UNSAFE],
    ['http://169.254.169.254/latest', UNSAFE],
    ['http://10.0.0.1/token', UNSAFE],
    ['ftp://ehr.example.org/token', UNSAFE],
    ['file:///etc/passwd', UNSAFE],
    ['javascript:alert(1)', UNSAFE],
    ['https://user:password@ehr.example.org/token', UNSAFE],
    ['https://ehr.example.org/token#x', UNSAFE],
    ['/token', UNSAFE],
    ['https://169.254.169.254/token', AWAY],
    ['https://10.0.0.1/token', AWAY],
    ['https://[::1]/token', AWAY],
    ['https://[::ffff:169.254.169.254]/token', AWAY],
    ['https://[fe80::1]/token', AWAY],
    ['https://[fd00::1]/token', AWAY],
    [`https://localhost:${trapPort}/token`, AWAY],
    [`https://2130706434:${trapPort}/token`, AWAY],
    [`https://0:${trapPort}/token`, AWAY],
  ];
  test('a token endpoint within our networks is not asked', async () => {
    for (const [url, refusal] of endpoints()) {
      site.clock.now = new Date(site.clock.now.getTime() + 6 * MINUTE);
      ehr.faults.configuration = (found) => ({ ...found, token_endpoint: url });
      const browser = site.newBrowser();
      const { status, text, headers } = await browser.visit(launchUrl());
      ledger.refused(url, { status, text, headers }, refusal, ['169.254', '10.0.0.1']);
      expect(await isSignedIn(browser)).toBe(false);
    }
    expect(caught).toEqual([]);
    await plain();
  });

  test('nobody is sent to an address that no browser should open', async () => {
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'http://evil.example.org/',
      'file:///x',
      '/authorize',
      'https://a:b@evil.example.org/',
      'https://evil.example.org/#x',
      1,
      null,
      ['https://x.example.org'],
    ]) {
      site.clock.now = new Date(site.clock.now.getTime() + 6 * MINUTE);
      ehr.faults.configuration = (found) => ({ ...found, authorization_endpoint: url });
      ledger.refused(`${url}`, await answeredBy(site.newBrowser(), launchUrl()), UNSAFE);
    }
    await plain();
  });

  test('keys within our networks are not asked for', async () => {
    for (const url of [
      'https://169.254.169.254/jwks',
      `https://localhost:${trapPort}/jwks`,
      'https://[::1]/jwks',
    ]) {
      site.clock.now = new Date(site.clock.now.getTime() + 6 * MINUTE);
      ehr.faults.configuration = (found) => ({ ...found, jwks_uri: url });
      const { status, text, headers } = await site.newBrowser().visit(launchUrl());
      ledger.refused(url, { status, text, headers }, AWAY);
    }
    expect(caught).toEqual([]);
    await plain();
  });
});

describe('answers that are not to our question', () => {
  test('a state: none, made up, changed, twice, of another browser, of another EHR', async () => {
    const browser = site.newBrowser();
    const answer = await callbackOf(browser);
    const state = answer.searchParams.get('state') ?? '';
    const wrong = [
      '',
      'x',
      'a'.repeat(43),
      state.slice(0, -1),
      `${state}x`,
      state.toUpperCase(),
      ` ${state}`,
      `${state}\0`,
      '__proto__',
      "' OR 1=1 --",
      'a'.repeat(5000),
    ];
    for (const one of wrong) {
      const url = new URL(answer);
      url.searchParams.set('state', one);
      ledger.refused(`state ${one.slice(0, 50)}`, await answeredBy(browser, url.href), NO_TOKEN);
    }
    const doubled = `${answer.href}&state=${state}`;
    ledger.refused('the state twice', await answeredBy(browser, doubled), NOT_KNOWN);
    ledger.refused('in another browser', await answeredBy(site.newBrowser(), answer.href), NO_TOKEN);
    ledger.refused('and after that in its own', await answeredBy(browser, answer.href), NO_TOKEN);
    expect(await isSignedIn(browser)).toBe(false);
    await plain();
  });

  test('replayed: by the same browser, by another, with its cookies, ten at once', async () => {
    const browser = site.newBrowser();
    const answer = await callbackOf(browser);
    const stolen = site.newBrowser();
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    const answers = await Promise.all(Array.from({ length: 10 }, () => answeredBy(browser, answer.href)));
    const refused = answers.filter(({ status }) => status !== 302);
    for (const one of refused) ledger.refused('at once', one, NO_TOKEN);
    ledger.harmless('ten at once', refused.length, 9);
    ledger.refused('again', await answeredBy(browser, answer.href), NO_TOKEN);
    ledger.refused('with its cookies', await answeredBy(stolen, answer.href), NO_TOKEN);
    expect([await isSignedIn(browser), await isSignedIn(stolen)]).toEqual([true, false]);
    await plain();
  });

  test('a code: none, made up, of another sign-in, of another EHR', async () => {
    const theirs = (await callbackOf(site.newBrowser())).searchParams.get('code') ?? '';
    const elsewhere = await site.newBrowser().step(other.launchUrl(PUBLIC_URL, CLINICIAN));
    const atOther = await site.newBrowser().step(elsewhere.headers.get('location') ?? '');
    const fromOther = new URL(atOther.headers.get('location') ?? '').searchParams.get('code') ?? '';
    for (const code of [
      '',
      'x',
      '../x',
      'a'.repeat(5000),
      'x&grant_type=client_credentials',
      theirs,
      fromOther,
    ]) {
      const browser = site.newBrowser();
      const answer = await callbackOf(browser);
      answer.searchParams.set('code', code);
      ledger.refused(`code ${code.slice(0, 40)}`, await answeredBy(browser, answer.href), NO_TOKEN);
      expect(await isSignedIn(browser)).toBe(false);
    }
    await plain();
  });

  test('mixed up: one EHR’s answer to the question that another was asked', async () => {
    const browser = site.newBrowser();
    const honest = await callbackOf(browser);
    const begun = await browser.step(other.launchUrl(PUBLIC_URL, CLINICIAN));
    honest.searchParams.set(
      'state',
      new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '',
    );
    other.requests.length = 0;
    ledger.refused('its state', await answeredBy(browser, honest.href), NO_TOKEN);
    for (const iss of [
      other.issuer,
      other.iss,
      ehr.iss,
      `${ehr.issuer}/`,
      '',
      'https://evil.example.org',
      null,
    ]) {
      ehr.faults.iss = iss;
      const { status, text, headers } = await site.newBrowser().visit(launchUrl());
      ledger.refused(`by the name ${iss}`, { status, text, headers }, NO_TOKEN, ['evil.example']);
    }
    expect(other.requests).toEqual([]);
    await plain();
  });

  test('an id_token that does not hold', async () => {
    const claims: Record<string, object> = {
      'another nonce': { nonce: 'c'.repeat(43) },
      'no nonce': { nonce: undefined },
      'a list of nonces': { nonce: ['x'] },
      'for another client': { aud: 'somebody-else' },
      'for nobody': { aud: undefined },
      'for us and another, asked by the other': { aud: ['axspa', 'somebody-else'], azp: 'somebody-else' },
      'for us and another, asked by nobody': { aud: ['axspa', 'somebody-else'], azp: undefined },
      'of another issuer': { iss: other.issuer },
      'of the issuer with a slash': { iss: `${ehr.issuer}/` },
      'of its FHIR base': { iss: ehr.iss },
      'of nobody': { iss: undefined },
      'run out': { exp: 1_700_000_000 },
      'without an end': { exp: undefined },
      'from the future': { nbf: 4_000_000_000 },
      'about nobody': { sub: undefined },
      'without a time': { iat: undefined },
      'a user of elsewhere': { fhirUser: 'https://evil.example.org/fhir/Practitioner/d1' },
      'a user of the other EHR': { fhirUser: `${other.iss}/Practitioner/d1` },
      'a user who is a device': { fhirUser: 'Device/x' },
      'a user who climbs': { fhirUser: 'Practitioner/../Patient/p1' },
      'a user by two names': { fhirUser: 'Practitioner/d1/Patient/p1' },
    };
    for (const [name, more] of Object.entries(claims)) {
      ehr.faults = { idToken: (told) => ({ ...told, ...more }) };
      const browser = site.newBrowser();
      const { status, text, headers } = await browser.visit(launchUrl());
      ledger.refused(name, { status, text, headers }, NO_TOKEN, ['evil.example']);
      expect(await isSignedIn(browser)).toBe(false);
    }
    for (const signature of ['other-key', 'none', 'hs256'] as const) {
      ehr.faults = { signature };
      const { status, text, headers } = await site.newBrowser().visit(launchUrl());
      ledger.refused(signature, { status, text, headers }, NO_TOKEN);
    }
    await plain();
  });
});
