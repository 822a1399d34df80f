/** Responses that somebody else stores on the FHIR server: scored where they stand, once, whatever happens between. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { Problem } from '../../src/fhir/outcome.js';
import { adoptResponse } from '../../src/operations/adopt-response.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import { readDeliveryStatus } from '../../src/operations/delivery-status.js';
import { explainResponse } from '../../src/operations/explain-response.js';
import { extractResponse } from '../../src/operations/extract-response.js';
import { readResource } from '../../src/operations/read-resources.js';
import { readHistory } from '../../src/operations/read-versions.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { toResponse } from '../support/contract-responses.js';
import type { Json } from '../support/embedded-fixture.js';
import * as rows from '../support/simulated-rows.js';
import { type Closers, closeAll, startSite } from '../support/site.js';
import {
  all,
  FLAGGED,
  observationsOf,
  SAFE,
  store,
  theirs,
  UUID,
  unscored,
  verdictIn,
  versions,
} from '../support/site-calls.js';

const closers: Closers = [];
afterEach(() => closeAll(closers));

const start = (row = rows.HAPI_LIKE) => startSite({ row }, closers);

describe('a response that is stored on the FHIR server', () => {
  test.each([
    ['an id of words', 'bp-1', {}],
    ['a UUID', UUID, {}],
    [
      'an identifier of its own',
      'bp-2',
      { identifier: { system: 'https://ehr.example.org/forms', value: '77' } },
    ],
  ])('is scored where it stands: %s', async (_name, id, more) => {
    const site = await start();
    await store(site, theirs(id, SAFE, more));
    await site.intake.round();
    const observations = await observationsOf(site, id);
    expect(verdictIn(observations, 'nice-ng65')).toBe('met');
    expect(observations.length).toBeGreaterThan(20);
    for (const one of observations) expect([one.id, one.id.length <= 64]).toEqual([one.id, true]);
    const reference = `QuestionnaireResponse/${id}`;
    expect(await all(site, `Provenance?target=${reference}`)).toMatchObject([
      { entity: [{ what: { reference } }, {}] },
    ]);
    // Theirs stays as it is, and there is no copy of it.
    expect(await all(site, 'QuestionnaireResponse')).toMatchObject([{ id, meta: { versionId: '1' } }]);
    expect(site.audited).toMatchObject([
      { operation: 'extract', reference: `QuestionnaireResponse/${id}`, patient: 'Patient/p1', status: 200 },
    ]);
  });

  test('is scored once, however often it is found, and our own writes are left alone', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    const own = await submitResponse(toResponse(SAFE, 'ours'), site.ports);
    await site.intake.round();
    const after = await versions(site);
    expect(after).toContain('QuestionnaireResponse/bp-1/1');
    for (let round = 0; round < 5; round += 1) await site.intake.round();
    // The next process knows nothing but what is on disk.
    await site.nextIntake().round();
    for (const id of ['bp-1', own.response.id ?? '']) {
      expect(await adoptResponse(id, null, site.ports)).toMatchObject({ state: 'known' });
    }
    expect(await versions(site)).toEqual(after);
    expect(site.logged).toEqual([]);
  });

  test('changed there: amended under the same ids, with what is gone entered in error', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    const before = await observationsOf(site, 'bp-1');
    const { 'nsaid-response': _gone, ...fewer } = SAFE;
    await store(site, theirs('bp-1', fewer));
    await site.intake.round();
    const after = await observationsOf(site, 'bp-1');
    expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
    const states = new Map(after.map(({ id, status }) => [id.split('.')[1], status]));
    expect(states.get('nsaid-good-response')).toBe('entered-in-error');
    expect(states.get('nice-ng65')).toBe('amended');
    expect(await all(site, 'Provenance?target=QuestionnaireResponse/bp-1')).toHaveLength(2);
    const settled = await versions(site);
    await site.intake.round();
    expect(await versions(site)).toEqual(settled);
  });

  test('withdrawn there: everything that followed from it is entered in error', async () => {
    const site = await start();
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await store(site, theirs('bp-1', SAFE, { status: 'entered-in-error' }));
    await site.intake.round();
    const states = (await observationsOf(site, 'bp-1')).map(({ status }) => status);
    expect([...new Set(states)]).toEqual(['entered-in-error']);
  });

  test('a draft with an emergency raises its Task and the alert; without one, nothing', async () => {
    const site = await start();
    await store(site, theirs('draft', SAFE, { status: 'in-progress' }));
    await store(site, theirs('flagged', FLAGGED, { status: 'in-progress' }));
    await site.intake.round();
    await site.round();
    expect(await observationsOf(site, 'draft')).toEqual([]);
    expect(await observationsOf(site, 'flagged')).toMatchObject([{ status: 'preliminary' }]);
    expect(await all(site, 'Task')).toMatchObject([{ status: 'requested', priority: 'stat' }]);
    expect(site.pager.told).toHaveLength(1);
    // Completed, with another patient's name on it: the flags are theirs now.
    await store(site, theirs('flagged', FLAGGED, { subject: { reference: 'Patient/p2' } }));
    await site.intake.round();
    const tasks = await all(site, 'Task');
    expect(tasks.map(({ for: { reference } }) => reference).sort()).toEqual(['Patient/p1', 'Patient/p2']);
    const observations = await observationsOf(site, 'flagged');
    const of = (patient: string) =>
      observations.filter(({ subject }) => subject.reference === `Patient/${patient}`);
    expect(of('p1')).toMatchObject([{ status: 'entered-in-error' }]);
    expect(verdictIn(of('p2'), 'nice-ng65')).toBe('met');
    // Each has its own, so that erasing one takes nothing from the other.
    site.outbox.erase('Patient/p1');
    expect(site.database.all('SELECT DISTINCT subject FROM entry')).toEqual([{ subject: 'Patient/p2' }]);
  });

  test('of another Questionnaire is none of our business', async () => {
    const site = await start();
    await store(site, theirs('other', SAFE, { questionnaire: 'https://example.org/Questionnaire/x|1' }));
    await site.intake.round();
    expect(await versions(site)).toEqual(['QuestionnaireResponse/other/1']);
    expect(await unscored(site)).toEqual([]);
  });
});

describe('what cannot be scored as it is', () => {
  test.each([
    ['an answer missing', { item: undefined }, 'answer-required'],
    [
      'no version',
      { questionnaire: 'https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening' },
      'questionnaire-version-missing',
    ],
    [
      'a version that is not served',
      { questionnaire: 'https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening|0.1' },
      'questionnaire-version-unknown',
    ],
    ['no date', { authored: undefined }, 'element-required'],
  ])('is told and listed, once: %s', async (_name, wrong, code) => {
    const site = await start();
    const { authored: _dated, ...undated } = theirs('bp-1');
    await store(site, {
      ...('authored' in wrong ? undated : theirs('bp-1')),
      ...wrong,
    } as QuestionnaireResponse);
    await store(site, theirs('bp-2'));
    for (let round = 0; round < 3; round += 1) await site.intake.round();
    const told = (await unscored(site)).map(([reference, first]) => [reference, first]);
    expect(told).toEqual([['QuestionnaireResponse/bp-1', code]]);
    expect(site.logged).toEqual([{ code, state: 'unscored' }]);
    // It holds up nobody else.
    expect(await observationsOf(site, 'bp-2')).not.toEqual([]);
    await store(site, theirs('bp-1'));
    await site.intake.round();
    expect(await unscored(site)).toEqual([]);
    expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
  });

  test('another response under an identifier that is taken; the same one is only a copy', async () => {
    const site = await start();
    const ours = toResponse(SAFE, 'taken');
    const { response } = await submitResponse(ours, site.ports);
    const change = { ...toResponse({ ...SAFE, 'pain-intensity': 9 }, 'taken'), status: 'amended' as const };
    await amendResponse({ id: response.id ?? '', body: change, ifMatch: 'W/"1"' }, site.ports);
    await store(site, { ...ours, id: 'copy' });
    await store(site, { ...toResponse(FLAGGED, 'taken'), id: 'other' });
    await site.intake.round();
    expect(await unscored(site)).toEqual([['QuestionnaireResponse/other', 'identifier-in-use']]);
    expect(await observationsOf(site, 'copy')).toEqual([]);
  });
});

describe('the facade', () => {
  async function adopted() {
    const site = await start();
    await store(site, theirs(UUID));
    await site.intake.round();
    return site;
  }

  test('knows it by the name that it has on the FHIR server', async () => {
    const site = await adopted();
    expect(await readResource('QuestionnaireResponse', UUID, site.ports)).toMatchObject({ id: UUID });
    const history = await readHistory(UUID, site.ports);
    expect(history.entry).toMatchObject([{ resource: { id: UUID, meta: { versionId: '1' } } }]);
    const { parameter } = await readDeliveryStatus(UUID, site.ports);
    expect(parameter).toContainEqual({ name: 'status', valueCode: 'written' });
  });

  test('explains it, and extracts what was written', async () => {
    const site = await adopted();
    const { parameter } = await readDeliveryStatus(UUID, site.ports);
    const reference = parameter?.find(({ name }) => name === 'response')?.valueReference?.reference ?? '';
    const input = {
      body: await readResource('QuestionnaireResponse', UUID, site.ports),
      storedId: reference.split('/')[1] ?? '',
    };
    expect((await explainResponse(input, site.ports)).response).toMatchObject({ id: UUID, versionId: '1' });
    const extracted = await extractResponse(input, site.ports);
    const bundle = extracted.parameter?.[0]?.resource as Json;
    const written = await observationsOf(site, UUID);
    const byId = (list: Json[]) => [...list].sort((one, other) => (one.id < other.id ? -1 : 1));
    const bare = written.map(({ meta: { versionId: _v, lastUpdated: _l, ...meta }, ...rest }: Json) => ({
      meta,
      ...rest,
    }));
    expect(byId(bundle.entry.map(({ resource }: Json) => resource))).toEqual(byId(bare));
  });

  test('amends it in its place', async () => {
    const site = await adopted();
    const body = theirs(UUID, { ...SAFE, 'pain-intensity': 9 }, { status: 'amended' });
    const { response, version } = await amendResponse({ id: UUID, body, ifMatch: 'W/"1"' }, site.ports);
    expect([response.id, version]).toEqual([UUID, '2']);
    expect(await all(site, 'QuestionnaireResponse')).toMatchObject([{ id: UUID, status: 'amended' }]);
    const settled = await versions(site);
    await site.intake.round();
    expect(await versions(site)).toEqual(settled);
    // And the EHR changes it once more.
    await store(site, theirs(UUID, FLAGGED, { status: 'amended' }));
    await site.intake.round();
    expect(await all(site, 'Task')).toHaveLength(1);
    expect(
      await amendResponse({ id: UUID, body, ifMatch: 'W/"2"' }, site.ports).catch(
        (error) => error.issues[0].code,
      ),
    ).toBe('version-mismatch');
  });

  test('knows a response that is posted to it as well, by its identifier', async () => {
    const site = await start();
    const identifier = { system: 'https://ehr.example.org/forms', value: '77' };
    const { id: _id, ...body } = theirs('bp-1', SAFE, { identifier });
    await store(site, { ...body, id: 'bp-1' });
    await site.intake.round();
    const settled = await versions(site);
    expect((await submitResponse(body, site.ports)).outcome).toBe('known');
    expect(await versions(site)).toEqual(settled);
  });
});

describe('gaps', () => {
  test('what was stored while the service or the server was away is found', async () => {
    const site = await start();
    await site.intake.round();
    for (let number = 0; number < 130; number += 1) await store(site, theirs(`gap-${number}`));
    await site.intake.round();
    const panels = await all(site, 'Observation?code=axspa-screening-panel&_count=500');
    expect(panels).toHaveLength(130);
  });

  test('two services on one server score it once', async () => {
    const one = await start();
    const other = await startSite({ simulated: one.simulated, at: '2026-05-04T08:00:01.000Z' }, closers);
    await store(one, theirs('bp-1'));
    await Promise.all([one.intake.round(), other.intake.round()]);
    for (let round = 0; round < 3; round += 1) {
      await one.rounds(1);
      await other.rounds(1);
      await Promise.all([one.intake.round(), other.intake.round()]);
    }
    const observations = await observationsOf(one, 'bp-1');
    expect([...new Set(observations.map(({ meta }) => meta.versionId))]).toEqual(['1']);
    expect(await all(one, 'Provenance?target=QuestionnaireResponse/bp-1')).toMatchObject([
      { meta: { versionId: '1' } },
    ]);
    // And a change as well.
    await store(one, theirs('bp-1', FLAGGED));
    await Promise.all([one.intake.round(), other.intake.round()]);
    for (let round = 0; round < 3; round += 1) {
      await one.rounds(1);
      await other.rounds(1);
    }
    expect(await all(one, 'Provenance?target=QuestionnaireResponse/bp-1')).toHaveLength(2);
  });

  test('a service that lost its outbox does not begin anew', async () => {
    const lost = await start();
    await store(lost, theirs('bp-1'));
    await lost.intake.round();
    const settled = await versions(lost);
    const next = await startSite({ simulated: lost.simulated }, closers);
    await next.intake.round();
    expect(await versions(lost)).toEqual(settled);
    await store(lost, theirs('bp-1', FLAGGED));
    await next.intake.round();
    const provenances = await all(lost, 'Provenance?target=QuestionnaireResponse/bp-1');
    expect(provenances.map(({ id }) => id.split('.')[1]).sort()).toEqual(['v1', 'v2']);
  });
});

describe('a server that does not take everything', () => {
  test.each(
    rows.SIMULATED_ROWS.filter(({ name }) => !['hapi-like', 'no-dedupe-blind'].includes(name)).map(
      (row) => [row.name, row] as const,
    ),
  )('our own store holds what follows from it: %s', async (_name, row) => {
    const site = await start(row);
    await store(site, theirs('bp-1'));
    await site.intake.round();
    await site.rounds(3);
    const own = await site.store?.look('Observation', 'code=axspa-screening-panel');
    expect(own).toMatchObject({ state: 'found', resources: [{ status: 'final' }] });
    const settled = await versions(site);
    // What was written to it in parts is not taken for theirs.
    for (let round = 0; round < 3; round += 1) await site.intake.round();
    await site.rounds(1);
    expect(await versions(site)).toEqual(settled);
    expect(await all(site, 'QuestionnaireResponse')).toHaveLength(1);
    for (const one of await all(site, 'Observation?_count=200')) {
      expect(one.derivedFrom).toEqual([{ reference: 'QuestionnaireResponse/bp-1' }]);
    }
    expect(await unscored(site)).toEqual([]);
  });

  test('ours, under an id that it chose, is not taken for theirs', async () => {
    const site = await start(rows.NO_UPDATE_CREATE);
    await submitResponse(toResponse(SAFE, 'ours'), site.ports);
    await site.rounds(2);
    const settled = await versions(site);
    expect(settled.some((one) => one.startsWith('QuestionnaireResponse/'))).toBe(true);
    for (let round = 0; round < 3; round += 1) await site.intake.round();
    await site.rounds(1);
    expect(await versions(site)).toEqual(settled);
    expect([site.logged, await unscored(site)]).toEqual([[], []]);
  });
});

describe('a look that does not see everything', () => {
  /** The site's own server, some of whose reads fail for as long as they are named. */
  async function failing() {
    const site = await start();
    const away = new Set<string>();
    const { read } = site.server;
    const failingRead = async (type: string, id: string) => {
      if (!away.has(id)) return read(type, id);
      throw new Problem({ code: 'fhir-server-unreachable', text: 'The FHIR server could not be read.' });
    };
    Object.assign(site.server, { read: failingRead });
    return { site, away };
  }

  test('a server that stores ours in its own words has not changed it', async () => {
    const site = await start();
    await submitResponse(toResponse(SAFE, 'ours'), site.ports);
    const { read } = site.server;
    Object.assign(site.server, {
      read: async (type: string, id: string) => {
        const found = await read(type, id);
        return found?.resourceType === 'QuestionnaireResponse' ? { ...found, language: 'en' } : found;
      },
    });
    const settled = await versions(site);
    await site.intake.round();
    expect(await versions(site)).toEqual(settled);
    expect(await unscored(site)).toEqual([]);
  });

  test('what could not be decided is found again, and holds up nobody', async () => {
    const { site, away } = await failing();
    away.add('bp-1');
    for (const id of ['bp-1', 'bp-2', 'bp-3']) await store(site, theirs(id));
    for (let round = 0; round < 3; round += 1) await site.intake.round();
    expect(await observationsOf(site, 'bp-2')).not.toEqual([]);
    expect(await observationsOf(site, 'bp-3')).not.toEqual([]);
    site.wait(10);
    expect(await unscored(site)).toEqual([['QuestionnaireResponse/bp-1', 'fhir-server-unreachable']]);
    away.clear();
    await site.intake.round();
    expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
    expect(await unscored(site)).toEqual([]);
  });

  test('found again from the disk by the next process', async () => {
    const { site, away } = await failing();
    // Dated by the server; far enough apart that the last minutes do not reach back to the first.
    const at = (minutes: number) => new Date(Date.UTC(2026, 4, 4, 8, minutes)).toISOString();
    const pages = async function* (_type: string, query: string) {
      const since = new URLSearchParams(query).get('_lastUpdated')?.slice(2) ?? '';
      const dated = [
        { ...theirs('bp-1'), meta: { versionId: '1', lastUpdated: at(0) } },
        { ...theirs('bp-2'), meta: { versionId: '1', lastUpdated: at(30) } },
      ];
      yield dated.filter(({ meta }) => meta.lastUpdated >= since);
    };
    Object.assign(site.server, { pages });
    for (const id of ['bp-1', 'bp-2']) await store(site, theirs(id));
    away.add('bp-1');
    await site.intake.round();
    away.clear();
    site.wait(1);
    await site.nextIntake().round();
    expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
  });

  test('what a server shows later than what it dates after it is found', async () => {
    const { site } = await failing();
    const at = (seconds: number) => new Date(Date.UTC(2026, 4, 4, 8, 0, seconds)).toISOString();
    const shown = [{ ...theirs('bp-2'), meta: { versionId: '1', lastUpdated: at(20) } }];
    const pages = async function* (_type: string, query: string) {
      const since = new URLSearchParams(query).get('_lastUpdated')?.slice(2) ?? '';
      yield shown.filter(({ meta }) => meta.lastUpdated >= since);
    };
    Object.assign(site.server, { pages });
    site.wait(1);
    for (const id of ['bp-1', 'bp-2']) await store(site, theirs(id));
    await site.intake.round();
    // A long transaction: dated when it began, seen when it was over.
    shown.push({ ...theirs('bp-1'), meta: { versionId: '1', lastUpdated: at(10) } });
    await site.intake.round();
    expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
  });

  test('a server that is away is told once, not every five seconds', async () => {
    const site = await start();
    const pages = () => {
      throw new Problem({ code: 'fhir-server-unreachable', text: 'The FHIR server could not be read.' });
    };
    const own = { pages: site.server.pages };
    Object.assign(site.server, { pages });
    for (let round = 0; round < 3; round += 1) await site.intake.round();
    expect(site.logged).toEqual([{ code: 'fhir-server-unreachable', state: 'intake' }]);
    Object.assign(site.server, own);
    await store(site, theirs('bp-1'));
    await site.intake.round();
    expect(await observationsOf(site, 'bp-1')).not.toEqual([]);
  });
});
