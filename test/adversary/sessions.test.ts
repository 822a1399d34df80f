/** Sessions that are stolen, planted, forged or used from elsewhere: cookies, requests of other sites, frames. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CompactEncrypt } from 'jose';
import { type Answered, createLedger, NO_TOKEN, NOT_YOURS } from '../support/adversary.js';
import { toResponse } from '../support/contract-responses.js';
import { PUBLIC_URL } from '../support/http-app.js';
import { type Browser, type SmartSite, startSmartSite } from '../support/smart-app.js';

const ledger = createLedger('sessions');
const CLINICIAN = { user: 'Practitioner/d1', patient: 'p1' };
const COOKIE = '__Host-axspa';
const CALM = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };
const MINUTE = 60_000;

let site: SmartSite;
let framed: SmartSite;
let serial = 0;

beforeAll(async () => {
  site = await startSmartSite();
  framed = await startSmartSite({ frameAncestors: ['https://ehr.example.org'] });
  for (const { ehr } of [site, framed]) {
    for (const id of ['p1', 'p2']) await ehr.put({ resourceType: 'Patient', id, birthDate: '1985-05-04' });
  }
});
afterAll(async () => {
  ledger.print();
  await site?.close();
  await framed?.close();
});

const launchUrl = (at = site, context: object = {}) =>
  at.ehr.launchUrl(PUBLIC_URL, { ...CLINICIAN, ...context });
const signedIn = async (at = site, context: object = {}): Promise<Browser> => {
  const browser = at.newBrowser();
  expect((await browser.visit(launchUrl(at, context))).status).toBe(302);
  return browser;
};
const isSignedIn = async (browser: Browser) => (await browser.ask('fhir/Patient/p1')).status === 200;
/** With this cookie alone. */
const withCookie = async (cookie: string, path = 'Patient/p1'): Promise<Answered> => {
  const answer = await fetch(`${site.app.fhir}/${path}`, { headers: { cookie } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const plain = async (browser: Browser) => {
  await ledger.stillAnswers(`${site.app.fhir}/Patient/p1`, { cookie: browser.cookieHeader });
};
const body = () => {
  serial += 1;
  return toResponse(CALM, `session-${serial}`);
};

describe('a cookie that is not what the service gave', () => {
  test('changed, cut, joined, of another use, of another key, of any size: 401', async () => {
    const browser = await signedIn();
    const other = await signedIn();
    const value = browser.cookies.get(COOKIE) ?? '';
    const [header = '', , iv = '', text = '', tag = ''] = value.split('.');
    const [, , , otherText = ''] = (other.cookies.get(COOKIE) ?? '').split('.');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const flip = (part: string) => `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`;
    const forged = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ key: 'x' })))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'session-cookie' })
      .encrypt(new Uint8Array(32));
    const values: Record<string, string> = {
      empty: '',
      'made up': 'session',
      'a number': '1',
      null: 'null',
      __proto__: '__proto__',
      'of zeros': forged,
      'with another text': [header, '', iv, otherText, tag].join('.'),
      'with its header changed': [flip(header), '', iv, text, tag].join('.'),
      'with its vector changed': [header, '', flip(iv), text, tag].join('.'),
      'with its text changed': [header, '', iv, flip(text), tag].join('.'),
      'with its tag changed': [header, '', iv, text, flip(tag)].join('.'),
      'without its tag': [header, '', iv, text, ''].join('.'),
      'with half a tag': [header, '', iv, text, tag.slice(0, 10)].join('.'),
      'of no algorithm': [encode({ alg: 'none' }), '', '', encode({ key: 'x' }), ''].join('.'),
      'of a password': [
        encode({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 100_000_000, p2s: 'AAAA' }),
        'AAAA',
        iv,
        text,
        tag,
      ].join('.'),
      'that is packed': [
        encode({ alg: 'dir', enc: 'A256GCM', typ: 'session-cookie', zip: 'DEF' }),
        '',
        iv,
        text,
        tag,
      ].join('.'),
      'with a critical header': [
        encode({ alg: 'dir', enc: 'A256GCM', typ: 'session-cookie', crit: ['x'], x: 1 }),
        '',
        iv,
        text,
        tag,
      ].join('.'),
      'a signed token': `${encode({ alg: 'HS256' })}.${encode({ key: 'x' })}.AAAA`,
      'of the sign-in': browser.cookies.get('__Host-axspa-launch') ?? '',
      doubled: `${value}${value}`,
      'with a space': `${value} x`,
      encoded: encodeURIComponent(value.replaceAll('.', '%2e')),
      'in quotes': `"${value}"`,
      'of eight thousand letters': 'a'.repeat(8000),
      ...Object.fromEntries(
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => [
          `cut at ${tenth} tenths`,
          value.slice(0, (value.length * tenth) / 10),
        ]),
      ),
    };
    for (const [name, one] of Object.entries(values)) {
      ledger.refused(name, await withCookie(`${COOKIE}=${one}`), NO_TOKEN);
    }
    for (const name of [
      'axspa',
      '__Secure-axspa',
      '__host-axspa',
      '__Host-axspa-launch',
      '__Host-axspa ',
      ' __Host-axspa2',
    ]) {
      ledger.refused(`as ${name}`, await withCookie(`${name}=${value}`), NO_TOKEN);
    }
    const many = Array.from({ length: 100 }, () => `${COOKIE}=${forged}`).join('; ');
    ledger.refused('a hundred forged ones', await withCookie(many.slice(0, 12_000)), NO_TOKEN);
    await plain(browser);
  });

  test('each is for this host and https alone, and no script reads it; for frames only where there are some', async () => {
    const flags = 'Path=/; HttpOnly; Secure; ';
    const here = await signedIn();
    const inFrame = await signedIn(framed);
    for (const [browser, same] of [
      [here, 'SameSite=Lax'],
      [inFrame, 'SameSite=None; Partitioned'],
    ] as const) {
      for (const line of browser.setCookies) {
        const [, name, rest] = /^([^=]+)=[\w.-]+; (.*)$/.exec(line) ?? [];
        const isOurs = name?.startsWith('__Host-axspa') && !/domain/i.test(line);
        ledger.harmless(
          `${name}: ${same}`,
          [isOurs, rest?.replace(/; Max-Age=\d+$/, '')],
          [true, `${flags}${same}`],
        );
      }
    }
  });
});

describe('a session that is somebody else’s', () => {
  test('planted before the sign-in: it is not gone on in, and ends', async () => {
    const attacker = await signedIn();
    for (const planted of [attacker.cookies.get(COOKIE) ?? '', 'made-up', '']) {
      const victim = site.newBrowser();
      victim.cookies.set(COOKIE, planted);
      await victim.visit(launchUrl());
      ledger.harmless('another cookie', victim.cookies.get(COOKIE) === planted, false);
      expect(await isSignedIn(victim)).toBe(true);
    }
    ledger.harmless('the attacker’s own', await isSignedIn(attacker), false);
  });

  test('signed out: what was copied before opens nothing', async () => {
    const browser = await signedIn();
    const cookie = browser.cookieHeader;
    expect((await browser.ask('launch/logout', { method: 'POST' })).status).toBe(204);
    ledger.refused('reading', await withCookie(cookie), NO_TOKEN);
    ledger.refused('reading again', await withCookie(cookie, 'QuestionnaireResponse'), NO_TOKEN);
  });

  test('run out: it reads nothing, and saves nothing of another patient', async () => {
    const browser = await signedIn(site, { user: 'Patient/p1' });
    const headers = {
      cookie: browser.cookieHeader,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/fhir+json',
    };
    const start = site.clock.now;
    site.clock.now = new Date(start.getTime() + 61 * MINUTE);
    const sent = async (path: string, method = 'GET', text?: object): Promise<Answered> => {
      const init = { method, headers, ...(text && { body: JSON.stringify(text) }) };
      const answer = await fetch(`${site.app.fhir}/${path}`, init);
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    };
    for (const path of [
      'Patient/p1',
      'Patient',
      'QuestionnaireResponse',
      'Observation',
      'Task',
      'QuestionnaireResponse/x/_history',
      'QuestionnaireResponse/x/$advice',
    ]) {
      ledger.refused(path, await sent(path), NO_TOKEN);
    }
    ledger.refused('a search', await sent('QuestionnaireResponse?patient=p1'), NO_TOKEN);
    ledger.refused('$validate', await sent('QuestionnaireResponse/$validate', 'POST', body()), NO_TOKEN);
    const theirs = { ...body(), subject: { reference: 'Patient/p2' } };
    ledger.refused('another patient’s', await sent('QuestionnaireResponse', 'POST', theirs), NOT_YOURS);
    expect((await sent('QuestionnaireResponse', 'POST', body())).status).toBeLessThan(300);
    site.clock.now = new Date(start.getTime() + 14 * 60 * MINUTE);
    ledger.refused('too late to save', await sent('QuestionnaireResponse', 'POST', body()), NO_TOKEN);
    site.clock.now = start;
  });
});

/** What says where a request comes from, when it is from elsewhere or does not say. */
const ELSEWHERE: Record<string, Record<string, string>> = {
  'a page that does not say': {},
  'another site': { 'Sec-Fetch-Site': 'cross-site' },
  'another site with our origin': { 'Sec-Fetch-Site': 'cross-site', Origin: new URL(PUBLIC_URL).origin },
  'a neighbour': { 'Sec-Fetch-Site': 'same-site' },
  'an address that was typed': { 'Sec-Fetch-Site': 'none' },
  'two words': { 'Sec-Fetch-Site': 'same-origin, cross-site' },
  capitals: { 'Sec-Fetch-Site': 'SAME-ORIGIN' },
  'an empty word': { 'Sec-Fetch-Site': '', Origin: new URL(PUBLIC_URL).origin },
  'an origin': { Origin: 'https://evil.example.org' },
  'no origin': { Origin: 'null' },
  'our origin and more': { Origin: `${new URL(PUBLIC_URL).origin}.evil.example.org` },
  'our origin with a slash': { Origin: `${new URL(PUBLIC_URL).origin}/` },
  'our origin without TLS': { Origin: new URL(PUBLIC_URL).origin.replace('https', 'http') },
  'our origin with a port': { Origin: `${new URL(PUBLIC_URL).origin}:8443` },
  'our address as origin': { Origin: PUBLIC_URL },
  'a referrer of ours': { Referer: `${PUBLIC_URL}/worklist` },
  'a page that says it is a script': { 'X-Requested-With': 'XMLHttpRequest' },
};

test('requests that another site makes with the cookie: 403, and nothing happens', async () => {
  const browser = await signedIn();
  const json = 'application/fhir+json';
  const form = 'application/x-www-form-urlencoded';
  const attacks: [method: string, path: string, type: string, text?: string][] = [
    ['POST', 'fhir/QuestionnaireResponse', json, JSON.stringify(body())],
    ['PUT', 'fhir/QuestionnaireResponse/r00000000000000000000000000000000', json, JSON.stringify(body())],
    [
      'PUT',
      'fhir/Task/r00000000000000000000000000000000.task',
      json,
      '{"resourceType":"Task","status":"completed"}',
    ],
    ['POST', 'fhir/QuestionnaireResponse/x/$deliver', json],
    ['POST', 'fhir/QuestionnaireResponse/x/$drop', json, '{"resourceType":"Parameters"}'],
    ['POST', 'fhir/QuestionnaireResponse/$explain', json, JSON.stringify(body())],
    ['POST', 'fhir/QuestionnaireResponse/$advice', json, JSON.stringify(body())],
    ['POST', 'fhir/QuestionnaireResponse/$validate', json, JSON.stringify(body())],
    ['POST', 'fhir/QuestionnaireResponse/x/$explain', json],
    ['POST', 'fhir/Patient/p1/$invite', json],
    ['POST', 'fhir/Patient/_search', form, 'name=a'],
    ['POST', 'fhir/QuestionnaireResponse/_search', form, 'patient=p1'],
    ['DELETE', 'fhir/QuestionnaireResponse/x', json],
    ['PATCH', 'fhir/QuestionnaireResponse/x', json],
    ['POST', 'launch/logout', json],
    ['POST', 'invitation', json, '{"token":"x"}'],
  ];
  site.ehr.seen.length = 0;
  for (const [from, headers] of Object.entries(ELSEWHERE)) {
    for (const [method, path, type, text] of attacks) {
      const init = { method, ...(text !== undefined && { body: text }) };
      const told = { ...headers, ...(text !== undefined && { 'Content-Type': type }) };
      const answer = await browser.step(`${PUBLIC_URL}/${path}`, told, init);
      const answered = { status: answer.status, headers: answer.headers, text: await answer.text() };
      ledger.refused(`${from}: ${method} ${path}`, answered, NOT_YOURS);
    }
  }
  // Not even read, and nothing was written.
  expect(site.ehr.seen).toEqual([]);
  expect(await isSignedIn(browser)).toBe(true);
  await plain(browser);
}, 60_000);

test('a form of another site is of no type that is read', async () => {
  const browser = await signedIn();
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; x=application/json',
  ]) {
    const answer = await browser.step(
      `${PUBLIC_URL}/fhir/QuestionnaireResponse`,
      { 'Content-Type': type },
      { method: 'POST', body: JSON.stringify(body()) },
    );
    const answered = { status: answer.status, headers: answer.headers, text: await answer.text() };
    ledger.refused(type, answered, [415, 'media-type']);
  }
  await plain(browser);
});

test('no other site is allowed to read what its requests are answered', async () => {
  const browser = await signedIn();
  for (const origin of [
    'https://evil.example.org',
    'null',
    `${new URL(PUBLIC_URL).origin}.evil.example.org`,
  ]) {
    for (const method of ['GET', 'OPTIONS']) {
      const asked = {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      };
      const { headers } = await browser.step(`${PUBLIC_URL}/fhir/Patient/p1`, asked, { method });
      const told = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
      ledger.harmless(
        `${method} from ${origin}`,
        [told, headers.get('cross-origin-resource-policy')],
        [[], 'same-origin'],
      );
    }
  }
});

test('nothing is shown in a frame of another site', async () => {
  const browser = await signedIn();
  const paths = [
    'launch',
    'callback',
    `launch?iss=${site.ehr.iss}`,
    'callback?state=x&code=y',
    'fhir/Patient/p1',
    'fhir/QuestionnaireResponse',
    'fhir/metadata',
    'fhir/nothing',
    'nothing',
    'ui/settings.json',
    'ui/changes',
    'livez',
    'worklist',
    'results/x',
    'patients/p1',
    'screen',
    '',
  ];
  for (const path of paths) {
    for (const accept of ['text/html', 'application/fhir+json']) {
      const { headers } = await browser.step(`${PUBLIC_URL}/${path}`, { Accept: accept });
      const policy = headers.get('content-security-policy') ?? '';
      const found = [
        /frame-ancestors 'none'/.test(policy),
        /unsafe|\*|data:|http/.test(policy),
        headers.get('x-frame-options'),
        headers.get('x-content-type-options'),
      ];
      ledger.harmless(`${path} as ${accept}`, found, [true, false, 'DENY', 'nosniff']);
    }
  }
  // Where frames are allowed, by whom is said, and neither of the clinicians’ pages nor of data.
  for (const [path, isFramed] of [
    ['launch', true],
    ['worklist', false],
    ['patients/p1', false],
    ['fhir/Patient/p1', false],
  ] as const) {
    const { headers } = await framed.newBrowser().step(`${PUBLIC_URL}/${path}`);
    const policy = headers.get('content-security-policy') ?? '';
    const by = /frame-ancestors ([^;]*)/.exec(policy)?.[1];
    ledger.harmless(`framed: ${path}`, by, isFramed ? "'self' https://ehr.example.org" : "'none'");
  }
});
