/** Signing in from an EHR, as SMART App Launch 2.2 says: real servers on both sides, a browser that keeps cookies. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { PUBLIC_URL } from '../support/http-app.js';
import { APP, type SmartSite, type SmartSiteOptions, startSmartSite } from '../support/smart-app.js';

const D1: QuestionnaireResponse = JSON.parse(
  readFileSync(new URL('../golden/submit-d1/request.json', import.meta.url), 'utf8'),
);
const CLINICIAN = { user: 'Practitioner/d1', patient: 'p1' };
const PATIENT = { user: 'Patient/p1', patient: 'p1' };
const MINUTE = 60_000;

let shared: SmartSite;
let site: SmartSite;
beforeAll(async () => {
  shared = await open({});
});
afterEach(async () => {
  if (site !== shared) await site.close();
});
afterAll(() => shared.close());

/** The one that all share, tidied up; one of their own for those who want it otherwise, or write. */
async function start(options?: SmartSiteOptions): Promise<SmartSite> {
  site = options ? await open(options) : shared;
  Object.assign(site.ehr, { faults: {}, expiresIn: 3600 });
  site.ehr.requests.length = 0;
  // What an EHR said of itself is believed for five minutes.
  if (!options) later(6 * MINUTE);
  return site;
}

async function open(options: SmartSiteOptions): Promise<SmartSite> {
  const site = await startSmartSite(options);
  await site.ehr.put({ resourceType: 'Patient', id: 'p1', birthDate: '1985-05-04' });
  await site.ehr.put({ resourceType: 'Patient', id: 'p2', birthDate: '1985-05-04' });
  await site.ehr.put({ resourceType: 'Practitioner', id: 'd1' });
  const visit = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' };
  await site.ehr.put({ resourceType: 'Encounter', id: 'e1', status: 'in-progress', class: visit });
  return site;
}

/** At most five seconds. */
async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 100 && !isSo(); round += 1) await new Promise((go) => setTimeout(go, 50));
  expect(isSo()).toBe(true);
}

const later = (by: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + by);
};

test('an EHR where the service itself has no credentials is told of at start', async () => {
  expect((await start()).warnings).toEqual([]);
  const { warnings } = await start({ hasBackend: false });
  expect(warnings).toEqual([expect.stringContaining('FHIR_CLIENT_ID is not set')]);
});

describe('where somebody arrives', () => {
  test('a clinician with a patient: the patient’s history, as themselves', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    const { status, page } = await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    expect([status, page]).toEqual([302, '/patients/p1?author=Practitioner%2Fd1']);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
  });

  test('a clinician whom the EHR does not let read: told so, and not that it is away', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    ehr.faults.forbids = ({ who, path }) => who === CLINICIAN.user && !path.startsWith('Patient/');
    for (const path of ['QuestionnaireResponse?patient=p1', `QuestionnaireResponse/r${'0'.repeat(31)}`]) {
      const { status, body } = await browser.ask(`fhir/${path}`);
      expect([path, status, JSON.stringify(body)]).toEqual([
        path,
        403,
        expect.stringContaining('scope-missing'),
      ]);
    }
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
  });

  test('a clinician without a patient: the worklist', async () => {
    const { ehr, newBrowser } = await start();
    const { page } = await newBrowser().visit(ehr.launchUrl(PUBLIC_URL, { user: 'Practitioner/d1' }));
    expect(page).toBe('/worklist?author=Practitioner%2Fd1');
  });

  test('a patient: the questions, and never a verdict', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    const { page } = await browser.visit(ehr.launchUrl(PUBLIC_URL, PATIENT));
    expect(page).toBe('/screen?subject=Patient%2Fp1');
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    expect((await browser.ask('fhir/Patient/p2')).status).toBe(403);
    expect((await browser.ask('fhir/QuestionnaireResponse/$explain', { body: D1 })).status).toBe(403);
  });

  test('standalone: whoever is at home at the EHR', async () => {
    const { ehr, newBrowser } = await start();
    ehr.atHome = PATIENT;
    const { page, way } = await newBrowser().visit(
      `${PUBLIC_URL}/launch?${new URLSearchParams({ iss: `${ehr.iss}/` })}`,
    );
    expect(page).toBe('/screen?subject=Patient%2Fp1');
    const asked = new URL(way[1] ?? '').searchParams;
    expect(asked.get('scope')?.split(' ').slice(0, 4)).toEqual([
      'launch/patient',
      'openid',
      'fhirUser',
      'online_access',
    ]);
    expect([asked.get('aud'), asked.has('launch')]).toEqual([`${ehr.iss}/`, false]);
  });

  test.each([
    [
      'a response to look at',
      { reference: 'QuestionnaireResponse/r1' },
      '/results/r1?author=Practitioner%2Fd1',
    ],
    [
      'a Questionnaire by its canonical',
      { canonical: 'https://example.org/q|2', type: 'Questionnaire' },
      '/screen?subject=Patient%2Fp1&author=Practitioner%2Fd1&questionnaire=https%3A%2F%2Fexample.org%2Fq%7C2',
    ],
    [
      'a Questionnaire on the EHR’s server',
      { reference: 'Questionnaire/q1' },
      '/screen?subject=Patient%2Fp1&author=Practitioner%2Fd1&questionnaire=https%3A%2F%2Fexample.org%2Fq1%7C7',
    ],
    [
      'a Questionnaire that is nowhere',
      { reference: 'Questionnaire/q2' },
      '/patients/p1?author=Practitioner%2Fd1',
    ],
    ['something else', { reference: 'ImagingStudy/i1' }, '/patients/p1?author=Practitioner%2Fd1'],
  ])('a clinician who was sent with %s', async (_what, entry, expected) => {
    const { ehr, newBrowser } = await start();
    await ehr.put({
      resourceType: 'Questionnaire',
      id: 'q1',
      status: 'active',
      url: 'https://example.org/q1',
      version: '7',
    });
    const url = ehr.launchUrl(PUBLIC_URL, { ...CLINICIAN, fhirContext: [entry] });
    expect((await newBrowser().visit(url)).page).toBe(expected);
  });

  test('a patient who was sent with a response to go on with', async () => {
    const { ehr, newBrowser } = await start();
    const fhirContext = [{ reference: `${ehr.iss}/QuestionnaireResponse/r1` }];
    const { page } = await newBrowser().visit(ehr.launchUrl(PUBLIC_URL, { ...PATIENT, fhirContext }));
    expect(page).toBe('/screen?subject=Patient%2Fp1&response=r1');
  });
});

describe('how the EHR is asked', () => {
  test('PKCE, state, nonce, aud and the exact redirect', async () => {
    const { ehr, newBrowser } = await start();
    const { way } = await newBrowser().visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    const asked = Object.fromEntries(new URL(way[1] ?? '').searchParams);
    expect(asked).toEqual({
      response_type: 'code',
      client_id: APP,
      redirect_uri: `${PUBLIC_URL}/callback`,
      scope: expect.stringMatching(/^launch openid fhirUser online_access patient\/Patient\.rs /),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      aud: ehr.iss,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      launch: expect.stringMatching(/^launch-\d+$/),
    });
    expect(new Set([asked.state, asked.nonce, asked.code_challenge]).size).toBe(3);
  });

  test.each(['public', 'secret', 'private_key_jwt'] as const)('as a client that is %s', async (auth) => {
    const { ehr, newBrowser } = await start({ auth });
    expect((await newBrowser().visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN))).page).toContain('/patients/p1');
    later(59 * MINUTE);
    expect(ehr.requests).toEqual([
      'GET smart-configuration',
      'GET authorize',
      'POST token authorization_code',
      'GET jwks',
    ]);
  });

  test('in the words of version 1 where it knows no other', async () => {
    const { ehr, newBrowser } = await start();
    ehr.faults.configuration = (found) => ({ ...found, capabilities: ['launch-ehr', 'sso-openid-connect'] });
    const browser = newBrowser();
    const { way, page } = await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    const scope = new URL(way[1] ?? '').searchParams.get('scope') ?? '';
    expect(scope).toContain('user/QuestionnaireResponse.read user/QuestionnaireResponse.write ');
    expect(scope).not.toMatch(/access|\.[cruds]*(?= |$)(?<!read|write)/);
    expect(page).toContain('/patients/p1');
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
  });

  test('for what the configuration says', async () => {
    const scope = 'launch openid fhirUser user/*.cruds';
    const { ehr, newBrowser } = await start({ scope });
    const { way } = await newBrowser().visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    expect(new URL(way[1] ?? '').searchParams.get('scope')).toBe(scope);
  });

  test('the keys by its OpenID configuration where it names none itself', async () => {
    const { ehr, newBrowser } = await start();
    ehr.faults.configuration = ({ jwks_uri: _, ...found }) => found;
    expect((await newBrowser().visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN))).page).toContain('/patients/p1');
    expect(ehr.requests).toContain('GET openid-configuration');
  });
});

describe('what the pages are told', () => {
  const told = async (context: object | null) => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    if (context) await browser.visit(ehr.launchUrl(PUBLIC_URL, { ...CLINICIAN, ...context }));
    const { headers, body } = await browser.ask('ui/settings.json');
    expect(headers.get('cache-control')).toBe('no-store');
    return { ehr, browser, body };
  };

  test('where to sign in, and that nobody is', async () => {
    const { ehr, body } = await told(null);
    expect(body).toMatchObject({ signIn: [{ iss: ehr.iss, name: null }], session: null, clinician: null });
  });

  test('which clinician, about whom, in which encounter', async () => {
    const { body } = await told({ encounter: 'e1' });
    const session = {
      person: 'Practitioner/d1',
      patient: 'Patient/p1',
      encounter: 'Encounter/e1',
      isPatient: false,
    };
    expect(body).toMatchObject({ session, clinician: 'Practitioner/d1' });
  });

  test('no encounter that is not on the FHIR server: nothing could be written in it', async () => {
    const { body } = await told({ encounter: 'e9' });
    expect(body).toMatchObject({ session: { patient: 'Patient/p1', encounter: null } });
  });

  test('which patient; they are nobody’s clinician', async () => {
    const { body } = await told({ user: 'RelatedPerson/r1' });
    const session = { person: 'RelatedPerson/r1', patient: 'Patient/p1', encounter: null, isPatient: true };
    expect(body).toMatchObject({ session, clinician: null });
  });

  test('nothing of somebody whose sign-in has run out', async () => {
    const { ehr, browser } = await told({});
    ehr.faults.refusesRefresh = true;
    later(61 * MINUTE);
    expect((await browser.ask('ui/settings.json')).body).toMatchObject({ session: null, clinician: null });
  });
});

describe('the cookies', () => {
  test('hold nothing that means anything, and no page can read them', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    const [launch = '', session = ''] = browser.setCookies;
    expect(launch).toMatch(
      /^__Host-axspa-launch=[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/,
    );
    expect(session).toMatch(
      /^__Host-axspa=[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(browser.setCookies).toHaveLength(2);
  });

  test('go along in a frame only where framing is configured, apart for each site', async () => {
    const { ehr, newBrowser } = await start({ frameAncestors: ['https://ehr.example'] });
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    for (const one of browser.setCookies) expect(one).toContain('; Secure; SameSite=None; Partitioned');
  });

  test('no token is in an address, a cookie or a log line', async () => {
    const { ehr, app, newBrowser } = await start({});
    const browser = newBrowser();
    const { way, text } = await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    await browser.ask('fhir/Patient/p1');
    const told = [...way, text, ...browser.setCookies, JSON.stringify(app.lines)].join('\n');
    expect(ehr.tokens.size).toBe(2);
    for (const { token } of ehr.tokens.values()) expect(told).not.toContain(token);
    expect(JSON.stringify(app.lines)).not.toMatch(/launch-\d|code=|state=|Practitioner/);
  });
});

test('the EHR sees the person in every read and write', async () => {
  const { ehr, newBrowser } = await start({});
  const browser = newBrowser();
  await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
  ehr.seen.length = 0;
  const { status } = await browser.ask('fhir/QuestionnaireResponse', { body: D1 });
  expect(status).toBe(201);
  expect(ehr.seen.filter(({ method }) => method !== 'GET')).toEqual([
    { who: 'Practitioner/d1', method: 'POST', path: '', status: 200 },
  ]);
  expect(new Set(ehr.seen.map(({ who }) => who))).toEqual(new Set(['Practitioner/d1']));
});

test('nothing that is answered to them stays in the browser for whoever comes after them', async () => {
  const { ehr, newBrowser } = await start();
  const browser = newBrowser();
  await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
  for (const path of ['fhir/Patient/p1', 'fhir/QuestionnaireResponse?subject=Patient/p1']) {
    const { status, headers } = await browser.ask(path);
    expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
  }
});

test('what the EHR does not let a person read is not read for them out of what is kept here', async () => {
  const { ehr, newBrowser } = await start({});
  const browser = newBrowser();
  await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
  const draft = { ...D1, status: 'in-progress' };
  const { body } = await browser.ask('fhir/QuestionnaireResponse', { body: draft });
  const { id } = body as QuestionnaireResponse;
  const paths = ['', '/_history', '/$extract', '/$explain', '/$advice'].map(
    (rest) => `fhir/QuestionnaireResponse/${id}${rest}`,
  );
  ehr.faults.forbids = ({ method, path }) => method === 'GET' && path.startsWith('QuestionnaireResponse');
  for (const path of paths) {
    const asked = await browser.ask(path);
    expect([path, asked.status, JSON.stringify(asked.body)]).toEqual([
      path,
      403,
      expect.stringContaining('"scope-missing"'),
    ]);
    expect(JSON.stringify(asked.body)).not.toContain('linkId');
  }
  // What they may write, they write all the same.
  const change = { method: 'PUT', headers: { 'If-Match': 'W/"1"' }, body: { ...D1, id } };
  expect((await browser.ask(`fhir/QuestionnaireResponse/${id}`, change)).status).toBe(200);
  ehr.faults.forbids = () => false;
  for (const path of paths) expect([path, (await browser.ask(path)).status]).toEqual([path, 200]);
});

test('a person of another EHR is written for by the service, and the operator is told at the start', async () => {
  const { other, ehr, newBrowser, warnings } = await start({ hasOther: true });
  const browser = newBrowser();
  await browser.visit(other?.launchUrl(PUBLIC_URL, CLINICIAN) ?? '');
  ehr.seen.length = 0;
  expect((await browser.ask('fhir/QuestionnaireResponse', { body: D1 })).status).toBe(201);
  expect(new Set(ehr.seen.map(({ who }) => who))).toEqual(new Set(['client axspa-service']));
  expect(other?.seen).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('It must be the same FHIR server under another name')]);
});

describe('tokens that run out', () => {
  test('one is renewed before it does, once for many who ask, and the new refresh token is used next', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    const renewals = () => ehr.requests.filter((one) => one === 'POST token refresh_token').length;
    later(58 * MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    expect(renewals()).toBe(0);
    later(1.5 * MINUTE);
    const all = await Promise.all(Array.from({ length: 10 }, () => browser.ask('fhir/Patient/p1')));
    expect(all.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(renewals()).toBe(1);
    later(59.5 * MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    expect(renewals()).toBe(2);
  });

  test('one that the FHIR server does not take is renewed, and the request made again', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    for (const token of ehr.tokens.values()) if (token.who === CLINICIAN.user) token.isRevoked = true;
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    expect(ehr.requests).toContain('POST token refresh_token');
  });

  test('one that was revoked, and no other to be had: 401 at once, not a server that is away', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    ehr.faults.refusesRefresh = true;
    for (const token of ehr.tokens.values()) if (token.who === CLINICIAN.user) token.isRevoked = true;
    const { status, body } = await browser.ask('fhir/QuestionnaireResponse?patient=p1');
    expect([status, JSON.stringify(body)]).toEqual([401, expect.stringContaining('token-invalid')]);
  });

  test('without another, nothing is read any more, and what is being answered is still saved', async () => {
    const { ehr, newBrowser } = await start({});
    ehr.faults.refusesRefresh = true;
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, PATIENT));
    later(61 * MINUTE);
    const read = await browser.ask('fhir/Patient/p1');
    expect([read.status, read.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Bearer'),
    ]);
    const saved = await browser.ask('fhir/QuestionnaireResponse', { body: D1 });
    expect(saved.status).toBe(201);
    expect(ehr.seen.at(-1)).toMatchObject({ who: 'client axspa-service', method: 'POST', status: 200 });
    const about = { ...D1, subject: { reference: 'Patient/p2' } };
    expect((await browser.ask('fhir/QuestionnaireResponse', { body: about })).status).toBe(403);
    later(60 * MINUTE);
    expect((await browser.ask('fhir/QuestionnaireResponse', { body: D1 })).status).toBe(401);
  });

  test('a clinician saves about the patient they were sent here about alone, and reads nothing by saving', async () => {
    const { ehr, newBrowser } = await start({});
    ehr.faults.refusesRefresh = true;
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    const identifier = { system: 'https://example.org/intakes', value: '7' };
    const stored = await browser.ask('fhir/QuestionnaireResponse', { body: { ...D1, identifier } });
    expect(stored.status).toBe(201);
    later(61 * MINUTE);
    const other = { ...D1, identifier, subject: { reference: 'Patient/p2' } };
    expect((await browser.ask('fhir/QuestionnaireResponse', { body: other })).status).toBe(403);
    const headers = {
      'If-None-Exist': `identifier=${identifier.system}|${identifier.value}`,
      Prefer: 'return=representation',
    };
    const asked = await browser.ask('fhir/QuestionnaireResponse', { body: D1, headers });
    expect([asked.status, asked.body]).toEqual([200, null]);
    const again = await browser.ask('fhir/QuestionnaireResponse', { body: { ...D1, identifier } });
    expect([again.status, again.body]).toEqual([200, expect.objectContaining({ identifier })]);
  });

  test('a clinician without a patient still saves what was being answered', async () => {
    const { ehr, newBrowser } = await start({});
    ehr.faults.refusesRefresh = true;
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, { user: CLINICIAN.user }));
    later(61 * MINUTE);
    expect((await browser.ask('fhir/QuestionnaireResponse', { body: D1 })).status).toBe(201);
  });

  test('a FHIR server that takes none of them ends the sign-in, not the answers', async () => {
    const { ehr, newBrowser } = await start({});
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, PATIENT));
    ehr.faults.refusesRefresh = true;
    for (const token of ehr.tokens.values()) if (token.who === PATIENT.user) token.isRevoked = true;
    const draft = { ...D1, status: 'in-progress' };
    expect((await browser.ask('fhir/QuestionnaireResponse', { body: draft })).status).toBe(202);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(401);
    expect((await browser.ask('fhir/QuestionnaireResponse', { body: D1 })).status).toBe(409);
  });

  test('an authorization server that is away is asked again', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    ehr.faults.isAway = true;
    later(59.5 * MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    later(MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(401);
    ehr.faults.isAway = false;
    later(MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
  });

  test('an hour without a word ends it', async () => {
    const { ehr, newBrowser } = await start();
    ehr.expiresIn = 6 * 3600;
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    later(59 * MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    later(59 * MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(200);
    later(60 * MINUTE);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(401);
  });
});

describe('signing out', () => {
  test('ends the session here, takes the cookie away and tells the EHR', async () => {
    const { ehr, newBrowser } = await start();
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    const before = browser.cookieHeader;
    const out = await browser.ask('launch/logout', { method: 'POST' });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      '__Host-axspa=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0',
    ]);
    expect((await browser.ask('fhir/Patient/p1')).status).toBe(401);
    expect((await browser.ask('fhir/Patient/p1', { headers: { Cookie: before } })).status).toBe(401);
    await until(() => ehr.requests.includes('POST revoke'));
    expect([...ehr.tokens.values()].find(({ who }) => who === CLINICIAN.user)?.isRevoked).toBe(true);
  });

  test('who came in, who went, and who was not let in is in the audit', async () => {
    const { ehr, newBrowser, audited } = await start();
    const before = audited.length;
    const browser = newBrowser();
    await browser.visit(ehr.launchUrl(PUBLIC_URL, CLINICIAN));
    await browser.ask('launch/logout', { method: 'POST' });
    await browser.ask('callback?code=made-up&state=made-up');
    const signings = () => audited.slice(before).filter(({ type }) => type === null);
    await until(() => signings().length === 3);
    expect(
      signings().map(({ interaction, who, patient, status, code }) => ({
        interaction,
        who,
        patient,
        status,
        code,
      })),
    ).toEqual([
      { interaction: 'sign-in', who: CLINICIAN.user, patient: 'Patient/p1', status: 302, code: null },
      { interaction: 'sign-out', who: CLINICIAN.user, patient: 'Patient/p1', status: 204, code: null },
      { interaction: 'sign-in', who: null, patient: null, status: 401, code: 'token-invalid' },
    ]);
  });

  test('nobody who is not signed in', async () => {
    const { newBrowser } = await start();
    const out = await newBrowser().ask('launch/logout', { method: 'POST' });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, null]);
  });
});
