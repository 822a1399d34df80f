/** contract.md §2, §5, §6: what is kept, copied and said of a response, stored or sent. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type {
  Bundle,
  FhirResource,
  Observation,
  OperationOutcome,
  Parameters,
  Provenance,
  QuestionnaireResponse,
  Reference,
} from 'fhir/r4.js';
import { faultsOf, responseId, send, shortCode } from '../support/contract-http.js';
import { CLINIC, coding, toResponse, without, worked } from '../support/contract-responses.js';
import { type App, startApp } from '../support/http-app.js';
import { answers, hasNoResponse, hasPatient, takesTransaction, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
/** One for each test: the outbox remembers what was accepted. */
let app: App;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

const ID = responseId(CLINIC, 'one');
const D1 = toResponse(worked('D1'), 'one');
const ask = <T>(path: string, body?: unknown) =>
  send<T>(`${app.fhir}/QuestionnaireResponse${path}`, body === undefined ? {} : { body });
const resourcesIn = ({ entry = [] }: Bundle<FhirResource>): FhirResource[] =>
  entry.flatMap(({ resource }) => (resource ? [resource] : []));

/** The Observations of `$extract`. */
async function extracted(path: string, body?: unknown): Promise<Observation[]> {
  const reply = await ask<Parameters>(path, body);
  expect(reply.status).toBe(200);
  return resourcesIn(reply.body.parameter?.[0]?.resource as Bundle<FhirResource>).filter(
    (one): one is Observation => one.resourceType === 'Observation',
  );
}

/** What one POST writes. */
async function written(body: unknown): Promise<FhirResource[]> {
  const sent = takesTransaction();
  const reply = await ask('', body);
  expect([reply.status, sent.length]).toEqual([201, 1]);
  return resourcesIn(sent[0] as Bundle<FhirResource>);
}

describe('of a response that is sent or stored', () => {
  type Explanation = { response: { id: string; versionId: string | null } };
  const stored = { ...D1, id: 'r1', meta: { versionId: '4', lastUpdated: '2026-05-04T08:00:00Z' } };

  test('$explain: a body has no version, whatever it says; a stored one keeps id and version', async () => {
    hasPatient();
    const sent = await ask<Explanation>('/$explain', stored);
    expect([sent.status, sent.body.response]).toMatchObject([200, { id: ID, versionId: null }]);
    answers('QuestionnaireResponse/r1', 200, stored);
    hasPatient();
    const kept = await ask<Explanation>('/r1/$explain');
    expect([kept.status, kept.body.response]).toMatchObject([200, { id: 'r1', versionId: '4' }]);
  });

  test('$extract: Observations derive from the stored id', async () => {
    hasPatient();
    const sent = await extracted('/$extract', stored);
    answers('QuestionnaireResponse/r1', 200, stored);
    hasPatient();
    const kept = await extracted('/r1/$extract');
    const sources = (list: Observation[]) => [
      ...new Set(list.flatMap(({ derivedFrom = [] }) => derivedFrom.map(({ reference }) => reference))),
    ];
    expect(sources(sent)).toContain(`QuestionnaireResponse/${ID}`);
    expect(sources(kept)).toContain('QuestionnaireResponse/r1');
    expect(JSON.stringify(kept)).not.toContain(ID);
    expect(kept.map(shortCode)).toEqual(sent.map(shortCode));
  });
});

describe('entered in error', () => {
  const withdrawn = toResponse(worked('D1'), 'one', { status: 'entered-in-error' });

  test.each<[string, (keyof QuestionnaireResponse)[], boolean]>([
    ['subject', ['subject'], false],
    ['authored', ['authored'], true],
    ['questionnaire', ['questionnaire'], true],
    ['all three', ['subject', 'authored', 'questionnaire'], false],
  ])('may lack %s', async (_name, elements, hasSubject) => {
    hasNoResponse(ID);
    if (hasSubject) hasPatient();
    const [kept] = await written(without(withdrawn, ...elements));
    expect(kept).toEqual({ ...without(withdrawn, ...elements), id: ID });
  });

  test('anything else may not', async () => {
    const reply = await ask<OperationOutcome>(
      '/$extract',
      without(D1, 'subject', 'authored', 'questionnaire'),
    );
    expect([
      reply.status,
      ...faultsOf(reply.body)
        .map(({ expression }) => expression)
        .sort(),
    ]).toEqual([
      422,
      'QuestionnaireResponse.authored',
      'QuestionnaireResponse.questionnaire',
      'QuestionnaireResponse.subject',
    ]);
  });
});

describe('encounter and author in what is written beside the response', () => {
  const identifier = { system: 'https://clinic.example.org/ids', value: '7' };

  test.each<[string, Reference, Reference | undefined]>([
    ['relative', { reference: 'X/1' }, { reference: 'X/1' }],
    ['relative, of one version', { reference: 'X/1/_history/2' }, { reference: 'X/1' }],
    ['below the server’s base', { reference: 'http://fhir.test/fhir/X/1' }, { reference: 'X/1' }],
    ['contained', { reference: '#x' }, undefined],
    ['contained, with a display', { reference: '#x', display: 'seven' }, { display: 'seven' }],
    ['elsewhere', { reference: 'https://other.example.org/X/1' }, undefined],
    [
      'elsewhere, with an identifier',
      { reference: 'https://other.example.org/X/1', identifier },
      { identifier },
    ],
    ['a urn', { reference: 'urn:uuid:6f0f2a4e-6a0b-4b0e-9d1c-0a3a1f6c2b11' }, undefined],
    ['an identifier alone', { identifier }, { identifier }],
  ])('%s', async (_name, source, copy) => {
    const of = (type: string, from: Reference): Reference =>
      JSON.parse(JSON.stringify(from).replaceAll('X/', `${type}/`));
    hasNoResponse(ID);
    hasPatient();
    const contained =
      source.reference === '#x' ? { contained: [{ resourceType: 'Basic', id: 'x' } as FhirResource] } : {};
    const all = await written({
      ...D1,
      ...contained,
      encounter: of('Encounter', source),
      author: of('Practitioner', source),
    });
    const observations = all.filter((one): one is Observation => one.resourceType === 'Observation');
    const provenance = all.find((one): one is Provenance => one.resourceType === 'Provenance');
    expect(observations.length).toBeGreaterThan(10);
    for (const { encounter } of observations) {
      expect(encounter).toEqual(copy && of('Encounter', copy));
    }
    expect(provenance?.agent.slice(1).map(({ who }) => who)).toEqual(copy ? [of('Practitioner', copy)] : []);
  });
});

describe('notes', () => {
  const noteOf = (list: Observation[], code: string) =>
    list.find((one) => shortCode(one) === code)?.note?.[0]?.text ?? '';

  test('of what is not known: what was answered instead', async () => {
    hasPatient();
    const list = await extracted(
      '/$extract',
      toResponse({ ...worked('D1'), 'hla-b27': 'not-tested' }, 'one'),
    );
    const unknown = list.filter(({ note = [] }) =>
      note.some(({ text }) => text.includes('hla-b27 = not-tested')),
    );
    expect(unknown.length).toBeGreaterThan(0);
    for (const { note = [] } of unknown) {
      expect(note[0]?.text).toMatch(/^Not known; answered is: hla-b27 = not-tested\./);
    }
    hasPatient();
    const known = await extracted('/$extract', toResponse({ ...worked('D1'), 'hla-b27': 'positive' }, 'one'));
    expect(JSON.stringify(known)).toContain('From hla-b27 = positive.');
  });

  test('for someone diagnosed already: verdicts, no decision', async () => {
    const answered = worked('D1');
    const plain = toResponse(answered, 'one');
    const diagnosed = structuredClone(plain);
    const features = diagnosed.item?.find(({ linkId }) => linkId === 'features');
    const conditions = features?.item?.find(({ linkId }) => linkId === 'diagnosed-conditions');
    if (!conditions) throw new Error('D1 answers diagnosed-conditions');
    conditions.answer = [coding('axial-spa')];
    hasPatient();
    const advised = noteOf(await extracted('/$extract', plain), 'nice-ng65');
    hasPatient();
    const told = noteOf(await extracted('/$extract', diagnosed), 'nice-ng65');
    expect(advised).toMatch(/\brefer\b/i);
    expect(told).toMatch(/\b(met|not met)\b/);
    expect(told).not.toMatch(/\brefer\b/i);
  });
});

test('more than 5,000 faults are counted, not listed', async () => {
  const faulty = (count: number) => ({
    ...without(D1, 'subject'),
    item: Array.from({ length: count }, (_, index) => ({ linkId: `x${index}` })),
  });
  const left: number[] = [];
  for (const count of [6000, 6100]) {
    for (const operation of ['/$extract', '/$validate']) {
      if (operation === '/$validate') answers(`QuestionnaireResponse/${ID}`, 500);
      const { status, body } = await ask<OperationOutcome>(operation, faulty(count));
      expect([operation, status, body.issue.length]).toEqual([
        operation,
        operation === '/$extract' ? 422 : 200,
        5001,
      ]);
      const last = body.issue.at(-1);
      expect([last?.severity, last?.code]).toEqual(['information', 'informational']);
      left.push(Number(/^There are (\d+) more\.$/.exec(last?.details?.text ?? '')?.[1]));
    }
  }
  const [first = 0, ...others] = left;
  expect(first).toBeGreaterThanOrEqual(1000);
  expect(others).toEqual([first, first + 100, first + 100]);
});
