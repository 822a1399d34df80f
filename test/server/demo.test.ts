/** What a first start shows: invented people whose responses came in as any other, once, however often it starts. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Patient, Practitioner, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { Problem } from '../../src/fhir/outcome.js';
import { Database, migrate } from '../../src/io/database.js';
import { type DemoOptions, seedDemo } from '../../src/io/demo.js';
import { demoCases } from '../../src/io/demo-cases.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import type { Ports } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { type Explanation, setOf } from '../support/contract-explain.js';
import { count, observationsOf, read, resourcesOf, responseId, send } from '../support/contract-http.js';
import { expectedCases, LINK_IDS } from '../support/contract-responses.js';
import { START_TIMEOUT } from '../support/contract-service.js';
import { SET_IDS } from '../support/contract-sets.js';
import { type Fixture, startFixture } from '../support/embedded-fixture.js';
import { createPorts } from '../support/http-app.js';
import { type Service, startService } from './stories/service.js';

const SYSTEM = 'https://w3id.org/axspa-screening/demo';
const TYPES = ['Patient', 'Practitioner', 'QuestionnaireResponse', 'Observation', 'Provenance', 'Task'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is there, oldest first: name, patient, status, author, how long ago. */
const SEEDED: readonly (readonly [string, string, string, string, number])[] = [
  ['improving-1', 'demo-9', 'completed', 'Patient/demo-9', 182 * DAY],
  ['improving-2', 'demo-9', 'completed', 'Patient/demo-9', 91 * DAY],
  ['amended', 'demo-7', 'amended', 'Practitioner/demo-clinician', 7 * DAY],
  ['mechanical', 'demo-2', 'completed', 'Practitioner/demo-clinician', 6 * DAY],
  ['improving-3', 'demo-9', 'completed', 'Practitioner/demo-clinician', 4 * DAY],
  ['three-features', 'demo-5', 'completed', 'Patient/demo-5', 2 * DAY],
  ['classic', 'demo-4', 'completed', 'Patient/demo-4', 26 * HOUR],
  ['many-unknown', 'demo-3', 'completed', 'Patient/demo-3', 5 * HOUR],
  ['draft', 'demo-8', 'in-progress', 'Patient/demo-8', 40 * MINUTE],
  ['emergency', 'demo-6', 'completed', 'Patient/demo-6', 12 * MINUTE],
];

/** Case → the case of clinical.md §11 whose pattern it is, and the urgency. */
const PATTERNS: readonly (readonly [string, string, string])[] = [
  ['classic', 'D1', 'none-reported'],
  ['mechanical', 'D2', 'none-reported'],
  ['three-features', 'D9', 'none-reported'],
  ['many-unknown', 'D8', 'none-reported'],
  ['amended', 'D5', 'none-reported'],
  ['emergency', 'D2', 'emergency'],
  ['improving-1', 'D8', 'none-reported'],
  ['improving-2', 'D1', 'none-reported'],
  ['improving-3', 'P3', 'none-reported'],
];

function expectPattern(explanation: Explanation, pattern: string): void {
  for (const id of SET_IDS) {
    const { verdict, decision, min, max } = setOf(explanation, id);
    expect({ id, verdict, decision, min, max }).toEqual({ id, ...expectedCases[pattern]?.sets[id] });
  }
}

async function responsesOf(fhir: string, query = ''): Promise<QuestionnaireResponse[]> {
  const found = await read<Bundle>(`${fhir}/QuestionnaireResponse?_count=100${query}`);
  const responses = resourcesOf<QuestionnaireResponse>(found, 'QuestionnaireResponse');
  return responses.sort((one, other) => ((one.authored ?? '') < (other.authored ?? '') ? -1 : 1));
}

const nameOf = ({ identifier }: QuestionnaireResponse) => identifier?.value;
const answerTo = ({ item = [] }: QuestionnaireResponse, linkId: string) =>
  item.flatMap(({ item: inside = [] }) => inside).find((one) => one.linkId === linkId)?.answer?.[0];

describe('npm start, with nothing but a folder', () => {
  let service: Service;
  let started = 0;
  const explain = (name: string) =>
    read<Explanation>(`${service.fhir}/QuestionnaireResponse/${responseId(SYSTEM, name)}/$explain`);

  beforeAll(async () => {
    started = Date.now();
    service = await startService({ SEED_DEMO: 'true' });
    console.log(`A first start with the demo answers after ${Date.now() - started} ms`);
  }, START_TIMEOUT);
  afterAll(() => service?.remove());

  test('seeds nine invented people and a clinician', async () => {
    const patients = resourcesOf<Patient>(await read(`${service.fhir}/Patient?_count=50`), 'Patient');
    expect(patients.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((nr) => `demo-${nr}`));
    expect(new Set(patients.map(({ name }) => name?.[0]?.given?.[0])).size).toBe(9);
    expect([...new Set(patients.map(({ name }) => name?.[0]?.family))]).toEqual(['Example']);
    const clinician = await read<Practitioner>(`${service.embeddedUrl}/Practitioner/demo-clinician`);
    expect(clinician.name).toEqual([{ family: 'Example', given: ['Robin'], prefix: ['Dr'] }]);
  });

  test('seeds exactly the responses of the list, as fresh as the first start', async () => {
    const responses = await responsesOf(service.fhir);
    expect(
      responses.map((one) => [nameOf(one), one.subject?.reference, one.status, one.author?.reference]),
    ).toEqual(SEEDED.map(([name, id, status, author]) => [name, `Patient/${id}`, status, author]));
    for (const [index, { identifier, authored, author, source, subject }] of responses.entries()) {
      expect(identifier?.system).toBe(SYSTEM);
      const late = Date.parse(authored ?? '') + (SEEDED[index]?.[4] ?? 0) - started;
      expect([late >= 0, late < MINUTE]).toEqual([true, true]);
      expect(source).toEqual(author?.reference === subject?.reference ? undefined : subject);
    }
  });

  test('leaves demo-1 to README.md: she has no response', async () => {
    expect(await responsesOf(service.fhir, '&subject=Patient/demo-1')).toEqual([]);
    const ng65 = () => read<Bundle>(`${service.fhir}/Observation?patient=demo-1&code=nice-ng65`);
    expect((await ng65()).total).toBe(0);
  });

  test.each(PATTERNS)('%s has the verdicts of %s: %s', async (name, pattern, urgency) => {
    const explanation = await explain(name);
    expectPattern(explanation, pattern);
    expect(explanation.redFlags.urgency).toBe(urgency);
    expect(explanation.warnings).toEqual([]);
  });

  test('the amendment changed a verdict: a test was advised, then it came back', async () => {
    const history = `${service.fhir}/QuestionnaireResponse/${responseId(SYSTEM, 'amended')}/_history/1`;
    const first = await read<QuestionnaireResponse>(history);
    expect([first.status, first.author]).toEqual(['completed', { reference: 'Patient/demo-7' }]);
    const url = `${service.fhir}/QuestionnaireResponse/$explain`;
    const { body } = await send<Explanation>(url, { body: first });
    expectPattern(body, 'D4');
    expect(setOf(body, 'nice-ng65').decision).toBe('test-hla-b27');
    expect(setOf(await explain('amended'), 'nice-ng65').decision).toBe('refer');
    const observations = await observationsOf(service.fhir, responseId(SYSTEM, 'amended'));
    expect(observations.find(({ id }) => id?.endsWith('.nice-ng65'))?.status).toBe('amended');
  });

  test('the history has a line to draw: pain 8, 6, 3', async () => {
    const found = await read<Bundle>(
      `${service.fhir}/Observation?patient=demo-9&code=pain-intensity&_sort=date`,
    );
    const values = resourcesOf<Observation>(found, 'Observation').map(
      (one) => one.valueInteger ?? one.valueQuantity?.value,
    );
    expect(values).toEqual([8, 6, 3]);
  });

  test('the draft has no Observation, and stops after its first questions', async () => {
    const id = responseId(SYSTEM, 'draft');
    expect(await observationsOf(service.fhir, id)).toEqual([]);
    const draft = await read<QuestionnaireResponse>(`${service.fhir}/QuestionnaireResponse/${id}`);
    expect(answerTo(draft, 'onset-speed')).toBeDefined();
    expect(answerTo(draft, 'morning-stiffness')).toBeUndefined();
  });

  test('one emergency, and one Task for it', async () => {
    const tasks = resourcesOf<Task>(await read(`${service.fhir}/Task`), 'Task');
    expect(tasks.map((one) => [one.for?.reference, one.priority, one.status])).toEqual([
      ['Patient/demo-6', 'stat', 'requested'],
    ]);
  });

  test(
    'a second start adds nothing and changes nothing; README.md is still right',
    async () => {
      const state = async () => ({
        counts: await Promise.all(TYPES.map((type) => count(service.embeddedUrl, type))),
        responses: await responsesOf(service.fhir),
      });
      const before = await state();
      await service.stop();
      service = await startService({ SEED_DEMO: 'true' }, service.place);
      expect(await state()).toEqual(before);
      const readme = new URL('../fixtures/response-classic.json', import.meta.url);
      const body = readFileSync(readme, 'utf8');
      expect((await send(`${service.fhir}/QuestionnaireResponse`, { body })).status).toBe(201);
      const found = await read<Bundle>(`${service.fhir}/Observation?patient=demo-1&code=nice-ng65`);
      expect(resourcesOf<Observation>(found, 'Observation').map((one) => one.valueQuantity?.value)).toEqual([
        5,
      ]);
    },
    START_TIMEOUT,
  );
});

describe('in the middle of a first start', () => {
  const WRITES = demoCases.flatMap(({ versions }) => versions).length;
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  type Place = {
    fixture: Fixture;
    ports: Ports;
    options: DemoOptions;
    told: string[];
    clock: { at: number };
  };

  /** `stand` is asked before each write that the demo makes; it throws what the write is answered. */
  async function makePlace(stand: (write: number) => void): Promise<Place> {
    const fixture = await startFixture();
    const database = new Database(':memory:');
    closers.push(
      () => fixture.stop(),
      () => database.close(),
    );
    migrate(database, ':memory:', OUTBOX_STEPS);
    const clock = { at: Date.parse('2026-05-04T08:00:00.000Z') };
    const told: string[] = [];
    let writes = 0;
    const guarded = <Asked extends unknown[], Result>(work: (...asked: Asked) => Promise<Result>) => {
      return async (...asked: Asked): Promise<Result> => {
        writes += 1;
        stand(writes);
        return work(...asked);
      };
    };
    return {
      ...{ fixture, clock, told },
      ports: await createPorts({ fhirBaseUrl: fixture.url, ports: { now: () => new Date(clock.at) } }),
      options: {
        database,
        submit: guarded(submitResponse),
        amend: guarded(amendResponse),
        log: { warn: (_message, { code }) => told.push(code) },
      },
    };
  }

  async function contents({ fixture }: Place) {
    const responses = await responsesOf(fixture.url);
    return {
      responses: responses.map((one) => [nameOf(one), one.status, one.authored]),
      counts: await Promise.all(TYPES.map((type) => count(fixture.url, type))),
    };
  }

  const seed = ({ ports, options }: Place) => seedDemo(ports, options);

  test('every answer of a case is in what is sent', async () => {
    const place = await makePlace(() => undefined);
    await seed(place);
    for (const { name, versions } of demoCases) {
      const [found] = await responsesOf(place.fixture.url, `&identifier=${SYSTEM}|${name}`);
      const sent = (found?.item ?? []).flatMap(({ item = [] }) => item.map(({ linkId }) => linkId));
      expect([name, sent]).toEqual([
        name,
        LINK_IDS.filter((one) => Object.hasOwn(versions.at(-1)?.answers ?? {}, one)),
      ]);
      expect(Object.keys(versions.at(-1)?.answers ?? {}).filter((one) => !LINK_IDS.includes(one))).toEqual(
        [],
      );
    }
  });

  test.each([1, 2, 4, 5, WRITES])(
    'killed at write %i: the next start goes on, with the times of the first',
    async (last) => {
      const whole = await makePlace(() => undefined);
      await seed(whole);
      const cut = await makePlace((write) => {
        if (write === last) throw new Error('killed');
      });
      await expect(seed(cut)).rejects.toThrow('killed');
      expect((await contents(cut)).responses.length).toBeLessThan(demoCases.length + 1);
      cut.clock.at += 3 * DAY;
      await seed(cut);
      expect(await contents(cut)).toEqual(await contents(whole));
      expect(cut.told).toEqual([]);
      cut.clock.at += 3 * DAY;
      await seed(cut);
      expect(await contents(cut)).toEqual(await contents(whole));
    },
  );

  test('a response that is refused is left out and told, the others are there, and nobody tries it again', async () => {
    let isRefused = true;
    const place = await makePlace((write) => {
      if (isRefused && write === 2) throw new Problem({ code: 'code-not-in-options', text: 'no' });
    });
    await seed(place);
    const names = demoCases.map(({ name }) => name).filter((name) => name !== 'improving-2');
    const seeded = async () => (await responsesOf(place.fixture.url)).map(nameOf).sort();
    expect(await seeded()).toEqual(names.sort());
    expect(place.told).toEqual(['code-not-in-options']);
    isRefused = false;
    await seed(place);
    expect(await seeded()).toEqual(names.sort());
  });

  test('a store that takes nothing now: told, no failure, and the next start goes on', async () => {
    const place = await makePlace((write) => {
      if (write === 3) throw new Problem({ code: 'store-unavailable', text: 'full' });
    });
    await seed(place);
    expect(place.told).toEqual(['store-unavailable']);
    expect(await responsesOf(place.fixture.url)).toHaveLength(2);
    await seed(place);
    expect(await responsesOf(place.fixture.url)).toHaveLength(demoCases.length);
  });

  test('where somebody is already, nothing is added', async () => {
    const place = await makePlace(() => undefined);
    await place.fixture.put({ resourceType: 'Patient', id: 'p1' });
    await seed(place);
    expect((await contents(place)).counts).toEqual([1, 0, 0, 0, 0, 0]);
  });
});
