import { describe, expect, test } from '@jest/globals';
import type { Bundle, FhirResource, Observation, Provenance, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { toPutBundle } from '../../../src/fhir/bundle.js';
import {
  conditionOf,
  identifiersOf,
  type Step,
  toSteps,
  withoutId,
  withReferences,
} from '../../../src/fhir/delivery-plan.js';
import { FULL, NAMED_PROFILES, type WriteProfile } from '../../../src/fhir/write-profile.js';

const observation = (code: string, more: Partial<Observation> = {}): Observation => ({
  resourceType: 'Observation',
  id: `r1.${code}`,
  identifier: [{ system: 'urn:obs', value: `r1.${code}` }],
  status: 'final',
  category: [{ coding: [{ code: 'survey' }] }],
  code: { text: code },
  subject: { reference: 'Patient/p1' },
  derivedFrom: [{ reference: 'QuestionnaireResponse/r1' }],
  ...more,
});
const RESPONSE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  id: 'r1',
  identifier: { system: 'urn:clinic', value: 'a b&c' },
  status: 'completed',
  subject: { reference: 'Patient/p1' },
};
const FLAGS = observation('red-flag-urgency');
const NIGHT = observation('night-pain');
const CALIN = observation('calin-1977');
const PANEL = observation('axspa-screening-panel', {
  hasMember: [
    { reference: 'Observation/r1.red-flag-urgency' },
    { reference: 'Observation/r1.night-pain', display: 'Night pain' },
  ],
});
const PROVENANCE: Provenance = {
  resourceType: 'Provenance',
  id: 'r1.v1',
  target: [
    { reference: 'QuestionnaireResponse/r1' },
    { reference: 'Observation/r1.night-pain', display: 'Night pain' },
  ],
  recorded: '2026-05-04T08:00:00.000Z',
  agent: [{ who: { display: 'us' } }],
  entity: [{ role: 'source', what: { reference: 'QuestionnaireResponse/r1' } }],
};
const TASK: Task = {
  resourceType: 'Task',
  id: 'r1.task',
  identifier: [{ system: 'urn:task', value: 'r1.task' }],
  status: 'requested',
  intent: 'order',
  focus: { reference: 'Observation/r1.red-flag-urgency' },
  for: { reference: 'Patient/p1' },
};
/** In the order of an entry, which is not the order of writing. */
const ALL = toPutBundle([RESPONSE, NIGHT, CALIN, FLAGS, PANEL, PROVENANCE, TASK]);
const NAMES = [
  'QuestionnaireResponse/r1',
  'Observation/r1.night-pain',
  'Observation/r1.calin-1977',
  'Observation/r1.red-flag-urgency',
  'Observation/r1.axspa-screening-panel',
  'Provenance/r1.v1',
  'Task/r1.task',
];
const RECORDS: Step = {
  key: 'records',
  target: 'store',
  what: { kind: 'transaction', bundle: ALL, names: NAMES },
};
const DOCUMENT: Step = { key: 'document', target: 'server', what: { kind: 'document' } };

const profile = (more: Partial<WriteProfile> = {}): WriteProfile => ({ ...FULL, name: 'test', ...more });
const stepsFor = (more: Partial<WriteProfile> = {}, hasDocument = true, bundle = ALL) =>
  toSteps(bundle, { hasDocument, standing: null }, profile(more));
const inWords = (steps: readonly Step[]) => steps.map(({ key, target, what }) => [target, key, what.kind]);

function bundleIn(step: Step | undefined): Bundle {
  if (step?.what.kind !== 'transaction') throw new Error('no transaction');
  return step.what.bundle;
}
function resourceIn(steps: readonly Step[], wanted: string): FhirResource {
  const what = steps.find(({ key }) => key === wanted)?.what;
  if (!what || !('resource' in what)) throw new Error(`no ${wanted}`);
  return what.resource;
}

describe('a server that takes everything', () => {
  test('gets the transaction as it is, and nothing else', () => {
    expect(stepsFor()).toEqual([
      { key: 'transaction', target: 'server', what: { kind: 'transaction', bundle: ALL, names: NAMES } },
    ]);
  });

  test('gets no document even if it would take one', () => {
    expect(stepsFor({ document: 'text/html' })).toHaveLength(1);
  });
});

describe('by-identifier', () => {
  const steps = stepsFor(NAMED_PROFILES['by-identifier']);
  /** sha-256 of the name, as a UUID of version 5. */
  const URNS = {
    response: 'urn:uuid:351349dd-9b74-5530-9b91-eb4e7f692213',
    night: 'urn:uuid:e3ea2f51-9b93-5d32-bb1c-89752826e47f',
    flags: 'urn:uuid:db3096a1-256c-5b3e-9877-a9942a4797cb',
  };

  test('our store, one transaction, and the Provenance by itself', () => {
    expect(inWords(steps)).toEqual([
      ['store', 'records', 'transaction'],
      ['server', 'transaction', 'transaction'],
      ['server', 'Provenance/r1.v1', 'find-or-create'],
    ]);
    expect(steps[0]).toEqual(RECORDS);
    expect(steps[1]?.what).toMatchObject({ names: NAMES.filter((name) => name !== 'Provenance/r1.v1') });
    // The server gives it another id; the parts that are noted by then name what it refers to.
    expect(resourceIn(steps, 'Provenance/r1.v1')).toEqual(PROVENANCE);
  });

  test('each by its identifier, without id, under a urn that its name makes', () => {
    const entries = bundleIn(steps[1]).entry ?? [];
    expect(entries.map(({ request }) => [request?.method, request?.url])).toEqual([
      ['PUT', 'QuestionnaireResponse?identifier=urn%3Aclinic%7Ca%20b%26c'],
      ['PUT', 'Observation?identifier=urn%3Aobs%7Cr1.night-pain'],
      ['PUT', 'Observation?identifier=urn%3Aobs%7Cr1.calin-1977'],
      ['PUT', 'Observation?identifier=urn%3Aobs%7Cr1.red-flag-urgency'],
      ['PUT', 'Observation?identifier=urn%3Aobs%7Cr1.axspa-screening-panel'],
      ['PUT', 'Task?identifier=urn%3Atask%7Cr1.task'],
    ]);
    expect(entries.map(({ resource }) => resource?.id)).toEqual(Array(6).fill(undefined));
    expect(JSON.stringify(bundleIn(steps[1]))).not.toContain('"id"');
    const urns = entries.map(({ fullUrl }) => fullUrl);
    expect([urns[0], urns[1], urns[3]]).toEqual([URNS.response, URNS.night, URNS.flags]);
    expect(new Set(urns).size).toBe(6);
    for (const urn of urns) {
      expect(urn).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  test('references within go by urn; those to what was there before stay', () => {
    const resources = (bundleIn(steps[1]).entry ?? []).map(({ resource }) => resource);
    expect(resources[1]).toMatchObject({
      subject: { reference: 'Patient/p1' },
      derivedFrom: [{ reference: URNS.response }],
    });
    expect(resources[4]).toMatchObject({
      hasMember: [{ reference: URNS.flags }, { reference: URNS.night, display: 'Night pain' }],
    });
    expect(resources[5]).toMatchObject({
      focus: { reference: URNS.flags },
      for: { reference: 'Patient/p1' },
    });
    expect(JSON.stringify(resources)).not.toMatch(/"reference":"(Observation|QuestionnaireResponse)\//);
  });

  test('a Task alone is a transaction as well', () => {
    const [, alone, ...others] = stepsFor(NAMED_PROFILES['by-identifier'], true, toPutBundle([TASK]));
    expect(others).toEqual([]);
    // The Observation is not in it: where it is, the ledger says.
    expect(bundleIn(alone).entry?.[0]?.resource).toMatchObject({
      focus: { reference: 'Observation/r1.red-flag-urgency' },
    });
  });
});

describe('observations-individually', () => {
  const ORDER = [
    'QuestionnaireResponse/r1',
    'Observation/r1.red-flag-urgency',
    'Task/r1.task',
    'Observation/r1.night-pain',
    'Observation/r1.calin-1977',
    'Observation/r1.axspa-screening-panel',
    'Provenance/r1.v1',
  ];

  test('by our ids: what is referred to first, what is urgent as early as that allows', () => {
    const steps = stepsFor({ transaction: false });
    expect(steps[0]).toEqual(RECORDS);
    expect(inWords(steps.slice(1))).toEqual(ORDER.map((name) => ['server', name, 'put']));
    expect(steps.slice(1).map(({ what }) => what.kind === 'put' && what.url)).toEqual(ORDER);
    expect(resourceIn(steps, 'QuestionnaireResponse/r1')).toEqual(RESPONSE);
    expect(resourceIn(steps, 'Observation/r1.axspa-screening-panel')).toEqual(PANEL);
  });

  test('by identifier: a conditional PUT without id for each that has one', () => {
    const steps = stepsFor({ transaction: false, identity: 'identifier' });
    expect(inWords(steps.slice(1))).toEqual(
      ORDER.map((name) => ['server', name, name === 'Provenance/r1.v1' ? 'find-or-create' : 'put']),
    );
    expect(steps[2]?.what).toMatchObject({ url: 'Observation?identifier=urn%3Aobs%7Cr1.red-flag-urgency' });
    expect(resourceIn(steps, 'Observation/r1.red-flag-urgency').id).toBeUndefined();
  });

  test.each([true, false])('by searching: each is looked for first (transactions: %p)', (transaction) => {
    const steps = stepsFor({ transaction, identity: 'search' });
    expect(inWords(steps.slice(1))).toEqual(ORDER.map((name) => ['server', name, 'find-or-create']));
  });
});

describe('a server that takes a part', () => {
  test('without Provenance and Task: one transaction of the rest, and no document', () => {
    const steps = stepsFor({ provenance: false, task: false, document: 'text/plain' });
    expect(inWords(steps)).toEqual([
      ['store', 'records', 'transaction'],
      ['server', 'transaction', 'transaction'],
    ]);
    expect(bundleIn(steps[1])).toEqual(toPutBundle([RESPONSE, NIGHT, CALIN, FLAGS, PANEL]));
    expect(steps[1]?.what).toMatchObject({ names: NAMES.slice(0, 5) });
  });

  test('without the response: what refers to it says so in words, and a document tells the rest', () => {
    const steps = stepsFor({ questionnaireResponse: false, document: 'text/plain' });
    expect(steps.at(-1)).toEqual(DOCUMENT);
    const [night] = bundleIn(steps[1]).entry ?? [];
    expect(night?.resource).toEqual({
      ...NIGHT,
      derivedFrom: [{ display: 'QuestionnaireResponse/r1' }],
    });
  });

  test('of one category: the others are missing, wherever they are referred to', () => {
    const vital = observation('pain-intensity', { category: [{ coding: [{ code: 'vital-signs' }] }] });
    const bundle = toPutBundle([RESPONSE, NIGHT, vital, PROVENANCE, TASK]);
    const steps = stepsFor({ observationCategories: ['vital-signs'] }, true, bundle);
    const resources = (bundleIn(steps[1]).entry ?? []).map(({ resource }) => resource);
    expect(resources.map((one) => one?.id)).toEqual(['r1', 'r1.pain-intensity', 'r1.v1', 'r1.task']);
    expect(resources[2]).toMatchObject({
      // A name that was given is better than ours.
      target: [{ reference: 'QuestionnaireResponse/r1' }, { display: 'Night pain' }],
    });
    expect(JSON.stringify(resources[2])).not.toContain('Observation/r1.night-pain');
    // The red-flag Observation is no part of this entry: it may be there from an earlier one.
    expect(resources[3]).toMatchObject({ focus: { reference: 'Observation/r1.red-flag-urgency' } });
  });

  test('document-only: our store and one document', () => {
    expect(stepsFor(NAMED_PROFILES['document-only'])).toEqual([RECORDS, DOCUMENT]);
    expect(stepsFor({ ...NAMED_PROFILES['document-only'], transaction: false })).toEqual([RECORDS, DOCUMENT]);
  });

  test('document-only with nothing to say: our store alone', () => {
    expect(stepsFor(NAMED_PROFILES['document-only'], false)).toEqual([RECORDS]);
  });

  test('store-only: our store alone, whatever there is to say', () => {
    expect(stepsFor(NAMED_PROFILES['store-only'])).toEqual([RECORDS]);
  });
});

test.each(Object.entries(NAMED_PROFILES))(
  '%s: the same entry gives the same bytes, and stays as it is',
  (_name, more) => {
    const before = JSON.stringify(ALL);
    const first = JSON.stringify(stepsFor(more));
    expect(JSON.stringify(stepsFor(more, true, JSON.parse(before)))).toBe(first);
    expect(JSON.stringify(ALL)).toBe(before);
  },
);

test.each(Object.entries(NAMED_PROFILES))('%s: our store or the server gets everything', (_name, more) => {
  expect(bundleIn(stepsFor(more)[0])).toEqual(ALL);
});

describe('conditionOf and identifiersOf', () => {
  test.each<[FhirResource, string | null, string[]]>([
    [RESPONSE, 'QuestionnaireResponse?identifier=urn%3Aclinic%7Ca%20b%26c', ['urn:clinic|a b&c']],
    [
      { ...NIGHT, identifier: [{ value: '1' }, { system: 's', value: '2' }] },
      'Observation?identifier=%7C1',
      ['|1', 's|2'],
    ],
    [{ ...NIGHT, identifier: [{ system: 's' }] }, null, []],
    [PROVENANCE, null, []],
  ])('%j', (resource, condition, identifiers) => {
    expect(conditionOf(resource)).toBe(condition);
    expect(identifiersOf(resource)).toEqual(identifiers);
  });
});

test('withoutId takes the id alone', () => {
  const { id: _id, ...rest } = NIGHT;
  expect(JSON.parse(JSON.stringify(withoutId(NIGHT)))).toEqual(rest);
  expect(NIGHT.id).toBe('r1.night-pain');
});

test('withReferences finds them at every depth, and leaves what only looks like one', () => {
  const deep: QuestionnaireResponse = {
    ...RESPONSE,
    contained: [{ ...NIGHT, id: 'c' }],
    extension: [{ url: 'urn:x', valueReference: { reference: 'Observation/x' } }],
    source: { identifier: { value: 'Observation/x' } },
  };
  const seen: string[] = [];
  const copy = withReferences(deep, (text) => {
    seen.push(text);
    return text === 'Observation/x' ? null : `there/${text}`;
  });
  expect([...seen].sort()).toEqual(['Observation/x', 'Patient/p1', 'Patient/p1', 'QuestionnaireResponse/r1']);
  expect(copy).toMatchObject({
    subject: { reference: 'there/Patient/p1' },
    extension: [{ valueReference: { display: 'Observation/x' } }],
    source: { identifier: { value: 'Observation/x' } },
  });
  expect(deep.subject).toEqual({ reference: 'Patient/p1' });
});
