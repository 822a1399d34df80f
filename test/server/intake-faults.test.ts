/** What an EHR, its server and its clock can do to a response that was stored there; each of it was lost once. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Problem } from '../../src/fhir/outcome.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import { dropDelivery } from '../../src/operations/delivery-status.js';
import { readResource } from '../../src/operations/read-resources.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { toResponse } from '../support/contract-responses.js';
import { type Json, send } from '../support/embedded-fixture.js';
import * as rows from '../support/simulated-rows.js';
import { type Closers, closeAll, put, type Site, startSite } from '../support/site.js';
import { all, FLAGGED, observationsOf, SAFE, store, theirs, there, unscored } from '../support/site-calls.js';

const closers: Closers = [];
afterEach(() => closeAll(closers));
const start = (row = rows.HAPI_LIKE) => startSite({ row }, closers);

const RATED = { ...SAFE, 'pain-intensity': 9 };
const amend = (site: Site, id: string, answers = RATED, ifMatch = 'W/"1"') =>
  amendResponse({ id, body: theirs(id, answers, { status: 'amended' }), ifMatch }, site.ports).then(
    ({ outcome }) => outcome,
    (error) => (error instanceof Problem ? error.issues[0].code : String(error)),
  );
const provenances = async (site: Site) =>
  (await all(site, 'Provenance?_count=200')).map(({ id }) => id.split('.')[1]).sort();
const EHR_OBSERVATION = {
  resourceType: 'Observation',
  id: 'ehr-pain',
  status: 'final',
  code: { text: 'pain' },
  subject: { reference: 'Patient/p1' },
  derivedFrom: [{ reference: 'QuestionnaireResponse/bp-1' }],
};

describe('what belongs to somebody else', () => {
  test('a Provenance of theirs does not make a response ours', async () => {
    const site = await start();
    await store(site, theirs('bp-1', FLAGGED));
    await put(`${site.simulated.storeUrl}/Provenance/ehr-1`, {
      resourceType: 'Provenance',
      id: 'ehr-1',
      target: [{ reference: 'QuestionnaireResponse/bp-1' }],
      recorded: '2026-05-04T08:00:00Z',
      agent: [{ who: { display: 'The EHR' } }],
    });
    await site.intake.round();
    expect(await all(site, 'Task')).toHaveLength(1);
  });

  test.each([
    [
      'when payloads have left the outbox',
      async (site: Site) => {
        site.outbox.purge(new Date('2030-01-01'));
        return site;
      },
    ],
    ['when the outbox is lost', (site: Site) => startSite({ simulated: site.simulated }, closers)],
  ])('an Observation of theirs is never withdrawn: %s', async (_name, later) => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await put(`${site.simulated.storeUrl}/Observation/ehr-pain`, EHR_OBSERVATION);
    const next = await later(site);
    await store(site, theirs('bp-1', RATED));
    await next.intake.round();
    expect(await provenances(site)).toEqual(['v1', 'v2']);
    expect(await there(site, 'Observation/ehr-pain')).toMatchObject({
      status: 'final',
      meta: { versionId: '1' },
    });
  });
});

describe('nothing is missed', () => {
  test('patients who may not be read hold up nobody, and are listed', async () => {
    const site = await start();
    const { read } = site.server;
    Object.assign(site.server, {
      read: async (type: string, id: string) => {
        if (type !== 'Patient' || id !== 'p2') return read(type, id);
        throw new Problem({ code: 'fhir-server-unreachable', text: 'HTTP 403' });
      },
    });
    for (let vip = 0; vip < 5; vip += 1) {
      await store(site, theirs(`vip-${vip}`, SAFE, { subject: { reference: 'Patient/p2' } }));
    }
    await store(site, theirs('bp-1', FLAGGED));
    await site.intake.round();
    expect(await all(site, 'Task')).toHaveLength(1);
    site.wait(10);
    expect(await unscored(site)).toHaveLength(5);
    Object.assign(site.server, { read });
    await site.intake.round();
    expect([await unscored(site), (await observationsOf(site, 'vip-3')).length > 20]).toEqual([[], true]);
  });

  test('deleted, and stored anew under another id with the same identifier', async () => {
    const site = await start();
    const identifier = { system: 'https://ehr.example.org/forms', value: '77' };
    await store(site, theirs('bp-1', SAFE, { identifier }));
    await site.intake.round();
    for (const one of [...(await all(site, 'Provenance')), ...(await observationsOf(site, 'bp-1'))]) {
      await send(`${site.simulated.storeUrl}/${one.resourceType}/${one.id}`, { method: 'DELETE' });
    }
    await send(`${site.simulated.storeUrl}/QuestionnaireResponse/bp-1`, { method: 'DELETE' });
    await store(site, theirs('bp-2', FLAGGED, { identifier }));
    await site.intake.round();
    expect(await observationsOf(site, 'bp-2')).not.toEqual([]);
    expect(await all(site, 'Task')).toHaveLength(1);
  });

  test('a read that is behind the search', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    const { read } = site.server;
    const old = await read('QuestionnaireResponse', 'bp-1');
    Object.assign(site.server, {
      read: async (type: string, id: string) => (id === 'bp-1' ? old : id === 'bp-2' ? null : read(type, id)),
    });
    await store(site, theirs('bp-1', FLAGGED));
    await store(site, theirs('bp-2', FLAGGED));
    await site.intake.round();
    site.wait(6);
    expect(await unscored(site)).toEqual([['QuestionnaireResponse/bp-2', 'resource-not-found']]);
    Object.assign(site.server, { read });
    site.wait(1);
    await site.intake.round();
    expect(await all(site, 'Task')).toHaveLength(2);
  });

  test('changed, and changed back, while the change waits', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    const { transact } = site.server;
    const busy = { state: 'retryable', reason: 'HTTP 503', retryAfter: null, isUndone: true };
    Object.assign(site.server, { transact: async () => busy });
    await store(site, theirs('bp-1', RATED));
    await site.intake.round();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    Object.assign(site.server, { transact });
    await site.rounds(2);
    await site.intake.round();
    const rating = (await observationsOf(site, 'bp-1')).find(({ id }) => id.endsWith('.pain-intensity'));
    expect(rating?.status).toBe('entered-in-error');
  });

  test('version numbers that come again, after the server was restored', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await store(site, theirs('bp-1', RATED));
    await site.intake.round();
    const { read } = site.server;
    const meta = { versionId: '2', lastUpdated: '2026-05-04T09:00:00Z' };
    const another = { ...theirs('bp-1', FLAGGED), meta };
    Object.assign(site.server, {
      read: async (type: string, id: string) => (id === 'bp-1' ? another : read(type, id)),
      pages: async function* () {
        yield [another];
      },
    });
    await site.intake.round();
    expect(await all(site, 'Task')).toHaveLength(1);
  });

  test('a date in the future, and whatever no look by date can see', async () => {
    const site = await start();
    const listed: Json[] = [];
    const list = async (id: string, lastUpdated: string) => {
      await store(site, theirs(id));
      listed.push({ ...theirs(id), meta: { versionId: '1', lastUpdated } });
    };
    Object.assign(site.server, {
      pages: async function* (_type: string, query: string) {
        const since = Date.parse(new URLSearchParams(query).get('_lastUpdated')?.slice(2) ?? '');
        yield listed.filter(({ meta }) => Date.parse(meta.lastUpdated) >= since);
      },
    });
    await list('future', '2027-01-01T00:00:00Z');
    await site.intake.round();
    await list('now', '2026-05-04T08:00:30Z');
    await list('imported', '2020-01-01T00:00:00Z');
    await site.intake.round();
    expect(await observationsOf(site, 'now')).not.toEqual([]);
    expect(await observationsOf(site, 'imported')).toEqual([]);
    site.wait(24 * 60);
    await site.intake.round();
    expect(await observationsOf(site, 'imported')).not.toEqual([]);
  });

  test('refused once by the server, then corrected by the EHR', async () => {
    const site = await start();
    const { transact } = site.server;
    const refused = { state: 'refused', reason: 'HTTP 404', isAboutUs: false };
    Object.assign(site.server, { transact: async () => refused });
    await store(site, theirs('bp-1'));
    await store(site, theirs('bp-2'));
    await site.intake.round();
    expect(await unscored(site)).toEqual([
      ['QuestionnaireResponse/bp-2', 'refused-by-server'],
      ['QuestionnaireResponse/bp-1', 'refused-by-server'],
    ]);
    Object.assign(site.server, { transact });
    await store(site, theirs('bp-1', FLAGGED));
    await site.intake.round();
    expect(await all(site, 'Task')).toHaveLength(1);
    site.wait(61);
    await site.intake.round();
    expect(await observationsOf(site, 'bp-2')).not.toEqual([]);
    expect(await unscored(site)).toEqual([]);
  });

  test.each([
    ['no date', { authored: undefined }, FLAGGED],
    ['an answer out of range', {}, { ...FLAGGED, 'pain-intensity': 11 }],
  ])('an emergency in what cannot be scored is told all the same: %s', async (_name, wrong, answers) => {
    const site = await start();
    await store(site, theirs('bp-1', answers, wrong));
    for (let round = 0; round < 3; round += 1) await site.intake.round();
    await site.round();
    expect(await unscored(site)).toHaveLength(1);
    expect(await observationsOf(site, 'bp-1')).toMatchObject([{ status: 'preliminary' }]);
    expect([(await all(site, 'Task')).length, site.pager.told.length]).toEqual([1, 1]);
    // Mended: everything else follows, and nobody is told twice.
    await store(site, theirs('bp-1', FLAGGED));
    await site.intake.round();
    await site.round();
    const statuses = (await observationsOf(site, 'bp-1')).map(({ status }) => status);
    expect([new Set(statuses), statuses.length > 20]).toEqual([new Set(['final']), true]);
    expect([await unscored(site), site.pager.told.length]).toEqual([[], 1]);
  });

  test('an emergency in what was scored before, and cannot be now', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    const before = await observationsOf(site, 'bp-1');
    await store(site, theirs('bp-1', { ...FLAGGED, 'pain-intensity': 11 }));
    await site.intake.round();
    const after = await observationsOf(site, 'bp-1');
    expect(after).toHaveLength(before.length);
    expect(after.filter(({ status }) => status === 'preliminary').map(({ id }) => id.split('.')[1])).toEqual([
      'red-flag-urgency',
    ]);
    expect(after.some(({ status }) => status === 'entered-in-error')).toBe(false);
    expect(await all(site, 'Task')).toHaveLength(1);
  });
});

test('withdrawn there with answers that are wrong: withdrawn, and nobody is told of its flags', async () => {
  const site = await start();
  await store(site, theirs('bp-1'));
  await site.intake.round();
  const wrong = { ...FLAGGED, 'pain-intensity': 11 };
  await store(site, theirs('bp-1', wrong, { status: 'entered-in-error' }));
  await store(site, theirs('bp-2', wrong, { status: 'entered-in-error' }));
  for (let round = 0; round < 2; round += 1) await site.intake.round();
  const statuses = (await observationsOf(site, 'bp-1')).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set(['entered-in-error']));
  expect([await unscored(site), await all(site, 'Task'), site.pager.told]).toEqual([[], [], []]);
});

test('withdrawn there while the patient cannot be read: nobody is told of its flags', async () => {
  const site = await start();
  const { read } = site.server;
  Object.assign(site.server, {
    read: async (type: string, id: string) => {
      if (type !== 'Patient') return read(type, id);
      throw new Problem({ code: 'fhir-server-unreachable', text: 'HTTP 403' });
    },
  });
  await store(site, theirs('bp-1', FLAGGED, { status: 'entered-in-error' }));
  await site.intake.round();
  site.wait(1);
  await site.round();
  expect([await all(site, 'Task'), site.pager.told]).toEqual([[], []]);
});

describe('nothing of theirs is overwritten', () => {
  test('an ETag of the draft does not replace what was completed since', async () => {
    const site = await start();
    await store(site, theirs('bp-1', SAFE, { status: 'in-progress' }));
    const draft = await readResource('QuestionnaireResponse', 'bp-1', site.ports);
    await store(site, theirs('bp-1', FLAGGED));
    await site.intake.round();
    expect(await amend(site, 'bp-1', RATED, `W/"${draft.meta?.versionId}"`)).toBe('version-mismatch');
    expect((await there(site, 'QuestionnaireResponse/bp-1')).status).toBe('completed');
  });

  test('nor does an amendment of what was given up', async () => {
    const site = await start();
    const { transact } = site.server;
    const away = { state: 'retryable', reason: 'HTTP 503', retryAfter: null, isUndone: true };
    Object.assign(site.server, { transact: async () => away });
    await store(site, theirs('bp-1'));
    await site.intake.round();
    Object.assign(site.server, { transact });
    const reason = { name: 'reason', valueString: 'given up' };
    await dropDelivery('bp-1', { resourceType: 'Parameters', parameter: [reason] }, site.ports);
    await store(site, theirs('bp-1', FLAGGED));
    expect(await amend(site, 'bp-1')).toBe('version-mismatch');
    expect(JSON.stringify(await there(site, 'QuestionnaireResponse/bp-1'))).toContain('saddle-numbness');
  });

  test('saved again without a change, it can still be amended', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await store(site, theirs('bp-1', SAFE, { meta: { tag: [{ code: 'seen' }] } }));
    await site.intake.round();
    expect(await amend(site, 'bp-1')).toBe('updated');
  });

  test('the same answers, posted to the service as well: one set, in either order', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    const { id: _first, ...stored } = theirs('bp-1');
    expect((await submitResponse(stored, site.ports)).outcome).toBe('known');
    const { id: _second, ...posted } = theirs('bp-2', RATED);
    await submitResponse(posted, site.ports);
    await store(site, theirs('bp-2', RATED));
    await site.intake.round();
    expect(await all(site, 'Observation?code=axspa-screening-panel')).toHaveLength(2);
  });

  test('an id that looks like ours is only a name', async () => {
    const site = await start();
    const id = `r${'0'.repeat(31)}`;
    await store(site, theirs(id));
    await site.intake.round();
    const before = (await observationsOf(site, id)).map((one) => one.id).sort();
    expect(await amend(site, id)).toBe('updated');
    const after = (await observationsOf(site, id)).filter(({ status }) => status === 'amended');
    expect(before.every((one) => after.some((other) => other.id === one))).toBe(true);
  });
});

describe('a server that does not take everything', () => {
  test('what the EHR changes after an amendment here is seen', async () => {
    const site = await start(rows.ORACLE_LIKE);
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await site.rounds(1);
    expect(await amend(site, 'bp-1')).toBe('updated');
    await site.rounds(1);
    await store(site, theirs('bp-1', FLAGGED, { status: 'amended' }));
    await site.intake.round();
    await site.rounds(1);
    expect(site.pager.told.length).toBeGreaterThan(0);
  });

  test('what was withdrawn here stays withdrawn', async () => {
    const site = await start(rows.ORACLE_LIKE);
    for (const answers of [RATED, SAFE]) await store(site, theirs('bp-1', answers));
    await site.intake.round();
    await site.rounds(1);
    const body = theirs('bp-1', SAFE, { status: 'entered-in-error' });
    await amendResponse({ id: 'bp-1', body, ifMatch: 'W/"2"' }, site.ports);
    await site.rounds(1);
    await site.nextIntake().round();
    await site.rounds(1);
    expect(await readResource('QuestionnaireResponse', 'bp-1', site.ports)).toMatchObject({
      status: 'entered-in-error',
    });
  });

  test.each([rows.NO_UPDATE_CREATE, rows.NO_DEDUPE, rows.NO_TRANSACTION])(
    'an amendment here goes to where it stands: $name',
    async (row) => {
      const site = await start(row);
      await store(site, theirs('bp-1'));
      await site.intake.round();
      await site.rounds(2);
      expect(await amend(site, 'bp-1')).toBe('updated');
      await site.rounds(3);
      expect(await all(site, 'QuestionnaireResponse')).toMatchObject([{ id: 'bp-1', status: 'amended' }]);
    },
  );
});

test('who was erased stays erased, though the response still stands there', async () => {
  const site = await start();
  await store(site, theirs('bp-1'));
  await store(site, theirs('bp-2', SAFE, { authored: undefined }));
  await site.intake.round();
  site.outbox.erase('Patient/p1');
  for (const one of [...(await all(site, 'Provenance')), ...(await observationsOf(site, 'bp-1'))]) {
    await send(`${site.simulated.storeUrl}/${one.resourceType}/${one.id}`, { method: 'DELETE' });
  }
  await store(site, theirs('bp-1', SAFE, { meta: { tag: [{ code: 'saved-again' }] } }));
  site.wait(25 * 60);
  await site.nextIntake().round();
  expect(await observationsOf(site, 'bp-1')).toEqual([]);
  expect(
    site.database.all("SELECT reference FROM found WHERE subject IS NOT NULL OR issues <> '[]'"),
  ).toEqual([]);
});

test('a conflict with nothing there, after an answer was lost, is not for ever', async () => {
  const site = await start();
  const { transact } = site.server;
  const conditions: unknown[] = [];
  let lost = true;
  Object.assign(site.server, {
    transact: async (bundle: Json) => {
      const { request } = bundle.entry.find(({ resource }: Json) => resource.resourceType === 'Provenance');
      conditions.push(request.ifMatch ?? request.ifNoneMatch);
      if (lost) {
        lost = false;
        return { state: 'retryable', reason: 'timeout', retryAfter: null, isUndone: false };
      }
      return request.ifMatch ? { state: 'conflict', reason: 'HTTP 412' } : transact(bundle as never);
    },
  });
  await store(site, theirs('bp-1'));
  await site.intake.round();
  await site.rounds(3);
  expect(conditions).toEqual(['W/"0"', 'W/"0"', '*']);
  expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
});

test('healed later, the audit still says whose it was', async () => {
  const site = await start();
  const { read } = site.server;
  Object.assign(site.server, {
    read: async (type: string, id: string) => (type === 'Patient' ? null : read(type, id)),
  });
  await store(site, theirs('bp-1'));
  await site.intake.round();
  Object.assign(site.server, { read });
  site.wait(61);
  await site.intake.round();
  expect(site.audited).toMatchObject([
    { status: 422, code: 'subject-not-found', patient: 'Patient/p1' },
    { status: 200, code: null, patient: 'Patient/p1' },
  ]);
});

test('ours, and posted again after a loss, is one', async () => {
  const site = await start();
  await submitResponse(toResponse(SAFE, 'ours'), site.ports);
  const next = await startSite({ simulated: site.simulated }, closers);
  await next.intake.round();
  expect(await provenances(site)).toEqual(['v1']);
});

describe('who is in danger is told of, whatever else cannot be done', () => {
  const UNREADABLE = new Problem({ code: 'fhir-server-unreachable', text: 'HTTP 403' });
  const patientsAre = (site: Site, answer: () => null) => {
    const { read } = site.server;
    Object.assign(site.server, {
      read: async (type: string, id: string) => (type === 'Patient' ? answer() : read(type, id)),
    });
    return () => Object.assign(site.server, { read });
  };

  test.each([
    [
      'may not be read',
      () => {
        throw UNREADABLE;
      },
    ],
    ['is not there yet', () => null],
  ])('the patient %s', async (_name, answer) => {
    const site = await start();
    const mend = patientsAre(site, answer);
    await store(site, theirs('bp-1', FLAGGED));
    await site.intake.round();
    site.wait(1);
    await site.round();
    expect(site.pager.told.length).toBeGreaterThan(0);
    mend();
    await site.rounds(1);
    site.wait(15);
    await site.intake.round();
    const statuses = (await observationsOf(site, 'bp-1')).map(({ status }) => status);
    expect([new Set(statuses), statuses.length > 20]).toEqual([new Set(['final']), true]);
    expect(await unscored(site)).toEqual([]);
  });

  test('the server refuses what is written', async () => {
    const site = await start();
    const refused = { state: 'refused', reason: 'HTTP 403', isAboutUs: true };
    Object.assign(site.server, { transact: async () => refused });
    await store(site, theirs('bp-1', FLAGGED));
    await site.intake.round();
    site.wait(1);
    await site.round();
    expect(site.pager.told).toHaveLength(1);
    expect(site.outbox.counts().refused).toBe(1);
  });

  test.each(['', '|0.9'])('the version of the Questionnaire is not served: "%s"', async (version) => {
    const site = await start();
    const questionnaire = `${theirs('bp-1').questionnaire?.split('|')[0]}${version}`;
    await store(site, theirs('bp-1', FLAGGED, { questionnaire }));
    await site.intake.round();
    await site.round();
    expect([(await all(site, 'Task')).length, site.pager.told.length]).toEqual([1, 1]);
    expect(await unscored(site)).toHaveLength(1);
  });

  test('the same flag again, after it was taken back and seen to', async () => {
    const site = await start();
    const wrong = { ...FLAGGED, 'pain-intensity': 11 };
    for (const answers of [wrong, SAFE, wrong]) {
      await store(site, theirs('bp-1', answers));
      await site.intake.round();
      await site.round();
    }
    expect(site.pager.told).toHaveLength(2);
  });

  test('moved to another patient with answers that are wrong: nothing of the two is mixed', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    const subject = { reference: 'Patient/p2' };
    await store(site, theirs('bp-1', { ...FLAGGED, 'pain-intensity': 11 }, { subject }));
    await site.intake.round();
    const of = async (patient: string) =>
      (await observationsOf(site, 'bp-1')).filter((one) => one.subject.reference === `Patient/${patient}`);
    expect(new Set((await of('p1')).map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
    expect(await of('p2')).toMatchObject([{ status: 'preliminary' }]);
    await store(site, theirs('bp-1', FLAGGED, { subject }));
    await site.intake.round();
    expect(new Set((await of('p2')).map(({ status }) => status))).toEqual(new Set(['final']));
    expect(new Set((await of('p1')).map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
  });

  test('moved, and the service that looks has lost its outbox', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await store(site, theirs('bp-1', SAFE, { subject: { reference: 'Patient/p2' } }));
    const next = await startSite({ simulated: site.simulated }, closers);
    await next.intake.round();
    const observations = await observationsOf(site, 'bp-1');
    const told = new Set(observations.map((one) => `${one.subject.reference} ${one.status}`));
    expect(told).toEqual(new Set(['Patient/p1 entered-in-error', 'Patient/p2 final']));
  });

  test('given up here, and stored by the EHR itself', async () => {
    const site = await start();
    const { transact } = site.server;
    const away = { state: 'retryable', reason: 'HTTP 503', retryAfter: null, isUndone: true };
    Object.assign(site.server, { transact: async () => away });
    const identifier = { system: 'https://ehr.example.org/forms', value: '77' };
    const { id: _none, ...posted } = theirs('bp-1', FLAGGED, { identifier });
    const { response } = await submitResponse(posted, site.ports);
    Object.assign(site.server, { transact });
    const reason = { name: 'reason', valueString: 'stored by hand' };
    await dropDelivery(response.id ?? '', { resourceType: 'Parameters', parameter: [reason] }, site.ports);
    await store(site, { ...posted, id: 'bp-1' });
    await site.intake.round();
    expect((await observationsOf(site, 'bp-1')).length).toBeGreaterThan(20);
  });
});

test('a server that searches by date alone', async () => {
  const site = await start();
  const { pages } = site.server;
  const asked: string[] = [];
  Object.assign(site.server, {
    pages: (type: string, query: string) => {
      asked.push([...new URLSearchParams(query).keys()].join());
      if (/questionnaire=|_sort=/.test(query)) {
        throw new Problem({ code: 'unknown-parameter', text: 'not by that' });
      }
      return pages(type, query);
    },
  });
  await store(site, theirs('bp-1'));
  await site.intake.round();
  expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
  expect(asked.slice(0, 3)).toEqual([
    'questionnaire,_lastUpdated,_sort,_count',
    '_lastUpdated,_sort,_count',
    '_lastUpdated,_count',
  ]);
});

test('one that makes the service fail holds up no other', async () => {
  const site = await start();
  const { read } = site.server;
  Object.assign(site.server, {
    read: async (type: string, id: string) => {
      if (id === 'odd') throw new RangeError('Maximum call stack size exceeded');
      return read(type, id);
    },
  });
  await store(site, theirs('bp-1'));
  await store(site, theirs('odd'));
  await site.intake.round();
  expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
  site.wait(10);
  expect(await unscored(site)).toEqual([['QuestionnaireResponse/odd', 'exception']]);
});

test('deleted and stored anew, after its payload has left the outbox', async () => {
  const site = await start();
  const identifier = { system: 'https://ehr.example.org/forms', value: '77' };
  await store(site, theirs('bp-1', SAFE, { identifier }));
  await site.intake.round();
  site.outbox.purge(new Date('2030-01-01'));
  for (const one of [...(await all(site, 'Provenance')), ...(await observationsOf(site, 'bp-1'))]) {
    await send(`${site.simulated.storeUrl}/${one.resourceType}/${one.id}`, { method: 'DELETE' });
  }
  await send(`${site.simulated.storeUrl}/QuestionnaireResponse/bp-1`, { method: 'DELETE' });
  await store(site, theirs('bp-2', FLAGGED, { identifier }));
  await site.intake.round();
  expect(await all(site, 'Task')).toHaveLength(1);
});

test('what the EHR changes while an amendment waits is not overwritten, on a server that chooses ids', async () => {
  const site = await start(rows.NO_UPDATE_CREATE);
  await store(site, theirs('bp-1'));
  await site.intake.round();
  await site.rounds(1);
  await store(site, theirs('bp-1', FLAGGED));
  await amend(site, 'bp-1');
  await site.rounds(2);
  expect(JSON.stringify(await there(site, 'QuestionnaireResponse/bp-1'))).toContain('saddle-numbness');
});
