import { describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Provenance, QuestionnaireResponse, Resource, Task } from 'fhir/r4.js';
import { contentHashIn, toPutBundle, toStored, toTransaction, withdrawn } from '../../../src/fhir/bundle.js';
import type { Identity } from '../../../src/fhir/identity.js';
import { worked } from '../../support/contract-responses.js';
import { observationsOf } from '../../support/fhir-content.js';

const BASE = 'https://w3id.org/axspa-screening';
const IDENTITY: Identity = {
  identifier: { system: `${BASE}/response`, value: 'c0ffee' },
  id: 'r1',
  contentHash: 'c0ffee',
};
const RESPONSE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  id: 'theirs',
  meta: { tag: [{ code: 't' }] },
  questionnaire: 'urn:q|1',
  status: 'completed',
  subject: {
    reference: 'https://fhir.example.org/r4/Patient/p1',
    display: 'Pat',
    extension: [{ url: 'urn:x' }],
  },
  authored: '2026-05-04',
  item: [{ linkId: 'a' }],
};
const observation = (code: string): Observation => ({
  resourceType: 'Observation',
  id: `r1.${code}`,
  status: 'final',
  code: { text: code },
});

describe('stored response', () => {
  test('our id, an identifier, a relative subject; everything else as sent', () => {
    const before = JSON.stringify(RESPONSE);
    expect(toStored(RESPONSE, IDENTITY, 'Patient/p1')).toEqual({
      ...RESPONSE,
      id: 'r1',
      identifier: { system: `${BASE}/response`, value: 'c0ffee' },
      subject: { reference: 'Patient/p1', display: 'Pat', extension: [{ url: 'urn:x' }] },
    });
    expect(JSON.stringify(RESPONSE)).toBe(before);
  });

  test('an identifier that came is kept whole', () => {
    const identifier = {
      use: 'official' as const,
      system: 'urn:clinic',
      value: '7',
      assigner: { display: 'C' },
    };
    expect(toStored({ ...RESPONSE, identifier }, IDENTITY, 'Patient/p1').identifier).toEqual(identifier);
  });

  test('what a server says of its own version is dropped; tags, profiles and security labels stay', () => {
    const kept = {
      profile: ['urn:p'],
      tag: [{ code: 't' }],
      security: [{ code: 'R' }],
      source: 'urn:s',
      extension: [{ url: 'urn:x' }],
    };
    const meta = { versionId: '7', lastUpdated: '2026-05-04T09:30:00Z', ...kept };
    expect(toStored({ ...RESPONSE, meta }, IDENTITY, 'Patient/p1').meta).toEqual(kept);
  });

  test.each<[string, QuestionnaireResponse['meta']]>([
    ['none', undefined],
    ['a version', { versionId: '7' }],
    ['a version and a time', { versionId: '7', lastUpdated: '2026-05-04T09:30:00Z' }],
  ])('with nothing of meta left there is no meta: %s', (_name, meta) => {
    const { meta: _, ...rest } = RESPONSE;
    const response = meta ? { ...rest, meta } : rest;
    expect(toStored(response, IDENTITY, 'Patient/p1')).not.toHaveProperty('meta');
  });

  test('without a subject none is made', () => {
    const { subject: _, ...rest } = RESPONSE;
    expect(toStored(rest, IDENTITY, null)).not.toHaveProperty('subject');
  });
});

const stored = toStored(RESPONSE, IDENTITY, 'Patient/p1');
const making = {
  identity: IDENTITY,
  version: 3,
  recorded: new Date('2026-05-04T07:30:00.250Z'),
  software: { version: '9.8.7', ruleSetVersion: '6.5.4' },
};

function provenanceIn({ entry = [] }: Bundle): Provenance {
  const resource = entry.at(-1)?.resource;
  if (!isProvenance(resource)) throw new Error('the last entry is no Provenance');
  return resource;
}

function isProvenance(resource: Resource | undefined): resource is Provenance {
  return resource?.resourceType === 'Provenance';
}

describe('transaction', () => {
  const bundle = toTransaction(stored, [observation('one'), observation('two')], making, null);

  test('response, Observations, Provenance: each a PUT of its own id', () => {
    expect(bundle).toEqual({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: stored, request: { method: 'PUT', url: 'QuestionnaireResponse/r1' } },
        { resource: observation('one'), request: { method: 'PUT', url: 'Observation/r1.one' } },
        { resource: observation('two'), request: { method: 'PUT', url: 'Observation/r1.two' } },
        { resource: expect.anything(), request: { method: 'PUT', url: 'Provenance/r1.v3' } },
      ],
    });
  });

  test('Provenance, to the letter', () => {
    const type = (code: string, display: string) => ({
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code, display },
      ],
    });
    expect(provenanceIn(bundle)).toEqual({
      resourceType: 'Provenance',
      id: 'r1.v3',
      target: [
        { reference: 'QuestionnaireResponse/r1' },
        { reference: 'Observation/r1.one' },
        { reference: 'Observation/r1.two' },
      ],
      recorded: '2026-05-04T07:30:00.250Z',
      agent: [
        {
          type: type('assembler', 'Assembler'),
          who: {
            identifier: { system: `${BASE}/software`, value: 'axspa-screening|9.8.7' },
            display: 'axspa-screening 9.8.7',
          },
        },
      ],
      entity: [
        {
          role: 'source',
          what: {
            reference: 'QuestionnaireResponse/r1',
            identifier: { system: `${BASE}/content-hash`, value: 'c0ffee' },
          },
        },
        { role: 'source', what: { identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:q|1' } } },
      ],
    });
  });

  test.each<[string, Partial<QuestionnaireResponse>, string[]]>([
    ['neither', {}, []],
    ['an author', { author: { reference: 'Practitioner/7' } }, ['Practitioner/7']],
    ['a source', { source: { reference: 'Patient/p1' } }, ['Patient/p1']],
    [
      'both: the author',
      { author: { reference: 'Practitioner/7' }, source: { reference: 'Patient/p1' } },
      ['Practitioner/7'],
    ],
  ])('agents with %s', (_name, more, authors) => {
    const { agent } = provenanceIn(toTransaction({ ...stored, ...more }, [], making, null));
    expect(agent.map(({ type, who }) => [type?.coding?.[0]?.code, who.reference])).toEqual([
      ['assembler', undefined],
      ...authors.map((reference) => ['author', reference]),
    ]);
  });

  test.each<[string, Partial<QuestionnaireResponse>, unknown]>([
    ['a contained author', { author: { reference: '#a' } }, undefined],
    ['one who is of a type only', { author: { reference: '#a', type: 'Practitioner' } }, undefined],
    ['one elsewhere', { author: { reference: 'https://elsewhere.example.org/Practitioner/7' } }, undefined],
    [
      'a contained one with a name',
      { author: { reference: '#a', display: 'Dr Who' } },
      { display: 'Dr Who' },
    ],
    [
      'one in a version',
      { author: { reference: 'Practitioner/7/_history/3' } },
      { reference: 'Practitioner/7' },
    ],
  ])('author: %s', (_name, more, who) => {
    const { agent } = provenanceIn(toTransaction({ ...stored, ...more }, [], making, null));
    expect(agent.slice(1).map((one) => one.who)).toEqual(who === undefined ? [] : [who]);
  });

  test('without a questionnaire there is no second source', () => {
    const { questionnaire: _, ...rest } = stored;
    const { entity } = provenanceIn(toTransaction(rest, [], making, null));
    expect(entity?.map(({ what }) => what.reference)).toEqual(['QuestionnaireResponse/r1']);
  });

  test.each([1, 2, 3])(
    'version %i carries no condition: what must stand there is said when it is sent',
    (version) => {
      const { entry = [] } = toTransaction(stored, [observation('one')], { ...making, version }, null);
      expect(entry.map(({ request }) => request)).toEqual([
        { method: 'PUT', url: 'QuestionnaireResponse/r1' },
        { method: 'PUT', url: 'Observation/r1.one' },
        { method: 'PUT', url: `Provenance/r1.v${version}` },
      ]);
      expect(entry[0]?.resource).toEqual(stored);
    },
  );

  test('a Task comes last, and is not a target of the Provenance', () => {
    const task: Task = { resourceType: 'Task', id: 'r1.task', status: 'requested', intent: 'order' };
    const { entry = [] } = toTransaction(stored, [observation('one')], making, task);
    expect(entry.at(-1)).toEqual({ resource: task, request: { method: 'PUT', url: 'Task/r1.task' } });
    expect(entry.slice(0, -1)).toEqual(toTransaction(stored, [observation('one')], making, null).entry);
  });

  test('the next version is another Provenance of the same response', () => {
    const next = provenanceIn(toTransaction(stored, [], { ...making, version: 4 }, null));
    expect(next).toMatchObject({ id: 'r1.v4', target: [{ reference: 'QuestionnaireResponse/r1' }] });
  });

  test('with nothing to score, the response and its Provenance remain', () => {
    expect(toTransaction(stored, [], making, null).entry?.map(({ request }) => request?.url)).toEqual([
      'QuestionnaireResponse/r1',
      'Provenance/r1.v3',
    ]);
  });

  test('the hash can be found again', () => {
    expect(contentHashIn(provenanceIn(bundle))).toBe('c0ffee');
    const foreign = { ...provenanceIn(bundle), entity: [] };
    expect(contentHashIn(foreign)).toBeUndefined();
    const { entity: _, ...bare } = foreign;
    expect(contentHashIn(bare)).toBeUndefined();
  });
});

describe('references of a whole transaction', () => {
  /** Every `reference` in it, with duplicates. */
  function referencesIn(node: unknown): string[] {
    if (Array.isArray(node)) return node.flatMap(referencesIn);
    if (typeof node !== 'object' || node === null) return [];
    return Object.entries(node).flatMap(([name, value]) =>
      name === 'reference' && typeof value === 'string' ? [value] : referencesIn(value),
    );
  }
  const more = { author: { reference: 'Practitioner/7' }, encounter: { reference: 'Encounter/e1' } };
  const observations = observationsOf(worked('D4'), more);
  const bundle = toTransaction({ ...stored, ...more }, observations, making, null);

  test('are all literal, relative and without version', () => {
    const references = referencesIn(bundle);
    expect(references.length).toBeGreaterThan(observations.length * 3);
    for (const reference of references) expect(reference).toMatch(/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/);
  });

  test('lead to the bundle itself, or to what exists before it', () => {
    const urls = bundle.entry?.map(({ request }) => request?.url) ?? [];
    const outside = new Set(referencesIn(bundle).filter((reference) => !urls.includes(reference)));
    expect(outside).toEqual(new Set(['Patient/p1', 'Practitioner/7', 'Encounter/e1']));
  });

  test('no entry comes twice, has a fullUrl or a condition', () => {
    const urls = bundle.entry?.map(({ request }) => request?.url) ?? [];
    expect(new Set(urls).size).toBe(urls.length);
    for (const entry of bundle.entry ?? []) {
      expect(Object.keys(entry).sort()).toEqual(['request', 'resource']);
      expect(Object.keys(entry.request ?? {}).sort()).toEqual(['method', 'url']);
    }
  });
});

test('a bundle of Observations alone has no clock in it', () => {
  expect(toPutBundle([observation('one')])).toEqual({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: observation('one'), request: { method: 'PUT', url: 'Observation/r1.one' } }],
  });
});

describe('what a new version withdraws', () => {
  const valued = (code: string, more: Partial<Observation> = {}): Observation => ({
    ...observation(code),
    valueInteger: 7,
    meta: { versionId: '4', lastUpdated: '2026-05-04T08:00:00Z', profile: ['urn:p'] },
    ...more,
  });

  test('what it does not give any more: entered-in-error, with its value, without the server’s meta', () => {
    const { meta: _, ...rest } = valued('gone');
    expect(withdrawn([valued('gone'), valued('kept')], [observation('kept'), observation('new')])).toEqual([
      { ...rest, meta: { profile: ['urn:p'] }, status: 'entered-in-error' },
    ]);
  });

  test('nothing, when it was withdrawn before', () => {
    expect(withdrawn([valued('gone', { status: 'entered-in-error' })], [])).toEqual([]);
  });

  test('everything, when it gives nothing', () => {
    const before = [valued('one'), valued('two', { status: 'preliminary' })];
    expect(withdrawn(before, []).map(({ id, status }) => [id, status])).toEqual([
      ['r1.one', 'entered-in-error'],
      ['r1.two', 'entered-in-error'],
    ]);
  });
});
