import { describe, expect, test } from '@jest/globals';
import { foldString, toIndexEntries, toSortKeys } from '../../../src/embedded/indexing.js';
import { pathsOf } from '../../../src/embedded/search-parameter.js';
import { indexNameOf, SEARCH_PARAMETERS } from '../../../src/embedded/search-parameters.js';
import { SHAPES } from '../../../src/embedded/shapes.js';

const BASE = 'http://127.0.0.1:3001/fhir';
const entriesOf = (resource: { resourceType: string; [key: string]: unknown }) =>
  toIndexEntries(resource.resourceType, resource, BASE);

describe('an Observation', () => {
  const entries = entriesOf({
    resourceType: 'Observation',
    identifier: [{ system: 'urn:a', value: '1' }, { value: '2' }],
    status: 'final',
    category: [{ coding: [{ system: 'urn:c', code: 'survey' }] }],
    code: { coding: [{ system: 'urn:x', code: 'a' }, { code: 'b' }], text: 'not a token' },
    subject: { reference: 'Patient/p1' },
    hasMember: [
      { reference: `${BASE}/Observation/o2` },
      { reference: 'Observation/o3/_history/2' },
      { display: 'none' },
    ],
    effectiveDateTime: '2026-05-04T09:30:00+02:00',
  });

  test('is found by its codes, identifiers and status', () => {
    expect(entries.tokens.map(({ index, system, code }) => `${index} ${system}|${code}`)).toEqual([
      'Observation.identifier urn:a|1',
      'Observation.identifier |2',
      'Observation.status |final',
      'Observation.category urn:c|survey',
      'Observation.code urn:x|a',
      'Observation.code |b',
    ]);
  });

  test('is found by what it refers to; patient and subject share one index', () => {
    expect(entries.references.map(({ index, type, id }) => `${index} ${type}/${id}`)).toEqual([
      'Observation.subject Patient/p1',
      'Observation.hasMember Observation/o2',
      'Observation.hasMember Observation/o3',
    ]);
  });

  test('is found and sorted by its date', () => {
    expect(entries.dates).toHaveLength(1);
    expect(toSortKeys('Observation', entries)).toEqual({ day: Date.UTC(2026, 4, 4, 7, 30), name: '' });
  });
});

test('a canonical is found with and without its version', () => {
  const { tokens } = entriesOf({ resourceType: 'QuestionnaireResponse', questionnaire: 'http://q|1.0.0' });
  expect(tokens.map(({ code }) => code)).toEqual(['http://q|1.0.0', 'http://q']);
});

test('a Period is a range, open where it has no end', () => {
  const [open] = entriesOf({ resourceType: 'Encounter', period: { start: '2026-05-04' } }).dates;
  expect(open).toMatchObject({ low: Date.UTC(2026, 4, 4), high: 1e15 });
  const [ended] = entriesOf({ resourceType: 'Encounter', period: { end: '2026-05-04' } }).dates;
  expect(ended).toMatchObject({ low: -1e15, high: Date.UTC(2026, 4, 5) });
  expect(entriesOf({ resourceType: 'Encounter', period: {} }).dates).toEqual([]);
});

test('names lose case and accents', () => {
  expect(['Müller', 'GARCÍA', 'Straße', 'Ngô', ' a\0b'].map(foldString)).toEqual([
    'muller',
    'garcia',
    'strasse',
    'ngo',
    'a\ufffdb',
  ]);
});

test('elements of a wrong JSON type are not indexed and do no harm', () => {
  const entries = entriesOf({
    resourceType: 'Observation',
    identifier: [null, 5, [], { system: 7, value: {} }],
    status: 5,
    code: { coding: 'x' },
    category: { coding: [null, 3, { code: 4 }] },
    subject: [{ reference: 5 }, 'Patient/p1', { reference: { reference: 'Patient/p1' } }],
    effectiveDateTime: 20260504,
    effectivePeriod: { start: 1, end: null },
    constructor: 'x',
    __proto__: { status: 'final' },
  });
  expect(entries).toEqual({ tokens: [], references: [], dates: [], strings: [] });
});

test('every path is one of elements that R4 defines', () => {
  for (const [type, parameters] of SEARCH_PARAMETERS) {
    for (const path of [...parameters.values()].flatMap(pathsOf)) {
      let kind: string | undefined = type;
      for (const name of path.split('.')) kind = kind && SHAPES.get(kind)?.elements.get(name)?.kind;
      expect([type, path, typeof kind]).toEqual([type, path, 'string']);
    }
  }
});

test('a resource sorts by the first date and the first string of its type only', () => {
  const entries = entriesOf({ resourceType: 'Condition', recordedDate: '2026-05-04' });
  expect(entries.dates).toHaveLength(1);
  expect(toSortKeys('Condition', entries)).toEqual({ day: -1e15, name: '' });
});

test('parameters that share an index have the same paths', () => {
  for (const [type, parameters] of SEARCH_PARAMETERS) {
    const paths = new Map<string, string>();
    for (const parameter of parameters.values()) {
      const index = indexNameOf(type, parameter);
      expect([index, paths.get(index) ?? parameter.path]).toEqual([index, parameter.path]);
      paths.set(index, parameter.path);
      expect(pathsOf(parameter).every((path) => /^[a-z][A-Za-z.]*$/.test(path))).toBe(true);
    }
  }
});
