import { describe, expect, test } from '@jest/globals';
import type { CapabilityStatement, FhirResource } from 'fhir/r4.js';
import { FULL, isFull, isTaken, readWriteProfile } from '../../../src/fhir/write-profile.js';
import { capabilitiesOf } from '../../support/simulated-capability.js';
import { SIMULATED_ROWS } from '../../support/simulated-rows.js';

const statement = (name: string): CapabilityStatement => {
  const row = SIMULATED_ROWS.find((one) => one.name === name);
  if (!row) throw new Error(`no row ${name}`);
  return capabilitiesOf(row, 'http://ehr.example/fhir');
};

const IN_PARTS = { ...FULL, document: 'text/plain', transaction: false };
const DOCUMENT = {
  ...IN_PARTS,
  name: 'document-only',
  identity: 'search',
  questionnaireResponse: false,
  provenance: false,
  task: false,
  observationCategories: ['vital-signs'],
};

describe('what a server says that it takes', () => {
  test.each([
    ['hapi-like', { ...FULL, createGuard: 'version-0', document: 'text/plain' }],
    ['no-update-create', { ...FULL, name: 'by-identifier', identity: 'identifier', document: 'text/plain' }],
    ['no-transaction', { ...IN_PARTS, name: 'observations-individually' }],
    ['epic-like', DOCUMENT],
    [
      'oracle-like',
      { ...DOCUMENT, observationCategories: ['vital-signs', 'laboratory'], document: 'text/html' },
    ],
    ['athena-like', { ...DOCUMENT, name: 'store-only', observationCategories: [], document: null }],
    ['no-dedupe', { ...IN_PARTS, name: 'observations-individually', identity: 'search' }],
  ])('%s', (name, expected) => {
    const { identity, ...rest } = readWriteProfile(statement(name));
    const { identity: expectedIdentity, ...expectedRest } = expected;
    expect(rest).toEqual(expectedRest);
    // Where neither is written, how it would be recognised does not matter.
    if (name !== 'athena-like') expect(identity).toBe(expectedIdentity);
  });

  test.each([
    ['no statement', null],
    ['a statement without rest', { ...statement('hapi-like'), rest: [] }],
    ['a statement for clients', { ...statement('hapi-like'), rest: [{ mode: 'client' as const }] }],
  ])('%s: everything', (_name, said) => {
    expect(readWriteProfile(said)).toEqual(FULL);
  });

  test('configuration corrects it, and may name it', () => {
    const epic = statement('epic-like');
    expect(readWriteProfile(epic, { document: 'text/html' })).toMatchObject({
      name: 'document-only',
      document: 'text/html',
      questionnaireResponse: false,
    });
    expect(isFull(readWriteProfile(epic, FULL))).toBe(true);
    expect(readWriteProfile(statement('hapi-like'), { transaction: false }).name).toBe(
      'observations-individually',
    );
    expect(readWriteProfile(epic, { name: 'ours' }).name).toBe('ours');
  });
});

describe('what is taken', () => {
  const observation = (code?: string): FhirResource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    ...(code !== undefined && { category: [{ coding: [{ code: 'other' }, { code }] }] }),
  });

  test.each([
    [null, 'survey', true],
    [null, undefined, true],
    [['survey'], 'survey', true],
    [['vital-signs', 'survey'], 'survey', true],
    [['vital-signs'], 'survey', false],
    [['vital-signs'], undefined, false],
    [[], 'survey', false],
  ])('Observations of the categories %j: one of %s: %s', (observationCategories, code, expected) => {
    expect(isTaken(observation(code), { ...FULL, observationCategories })).toBe(expected);
  });

  test('each type by its own word, and no other type', () => {
    const types = ['QuestionnaireResponse', 'Provenance', 'Task', 'Patient'] as const;
    const taken = (profile: typeof FULL) =>
      types.filter((resourceType) => isTaken({ resourceType } as FhirResource, profile));
    expect(taken(FULL)).toEqual(['QuestionnaireResponse', 'Provenance', 'Task']);
    expect(taken({ ...FULL, questionnaireResponse: false })).toEqual(['Provenance', 'Task']);
    expect(taken({ ...FULL, provenance: false, task: false })).toEqual(['QuestionnaireResponse']);
  });
});
