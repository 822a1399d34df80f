import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { facts, measures } from '../../../src/scoring/criteria/findings.js';
import { type Answers, BASE, toResponse, worked, workedCases } from '../../support/contract-responses.js';
import { writtenFor } from '../../support/profile-app.js';
import { BROKEN } from '../../support/profile-broken.js';
import { createChecker } from '../../support/profile-checker.js';
import { CONSTRAINTS, FACTS } from '../../support/profile-constraints.js';
import {
  add,
  comparePlaces,
  holdersOf,
  type Loose,
  placeOf,
  remove,
  tellsSlices,
} from '../../support/profile-elements.js';
import { capabilityStatement, codeSets, profileOf, profiles } from '../../support/profile-resources.js';

const IDS = profiles.map(({ id }) => id ?? '');
const elementsOf = (id: string) => profileOf(id).differential?.element ?? [];
const rules = IDS.flatMap((id) => elementsOf(id).flatMap(({ constraint = [] }) => constraint));
const sets = codeSets();

test('there is one profile for each kind of Observation, and one for the Provenance', () => {
  expect(IDS.sort().join(' ')).toBe(
    'criteria-set-observation finding-observation panel-observation red-flag-observation screening-provenance',
  );
});

describe.each(IDS)('%s', (id) => {
  const profile = profileOf(id);
  const elements = elementsOf(id);
  const ids = elements.map((element) => element.id ?? '');

  test('is a constraint on the R4 resource, in force, without a snapshot', () => {
    expect(profile).toMatchObject({
      url: `${BASE}/StructureDefinition/${id}`,
      version: '1.0.0',
      status: 'active',
      date: '2026-11-22',
      fhirVersion: '4.0.1',
      kind: 'resource',
      abstract: false,
      baseDefinition: `http://hl7.org/fhir/StructureDefinition/${profile.type}`,
      derivation: 'constraint',
    });
    expect(profile.snapshot).toBeUndefined();
    expect(profile.description).toMatch(/differential only/i);
  });

  test('ids are distinct, paths are ids without slice names', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toBe(profile.type);
    for (const element of elements) {
      const segments = (element.id ?? '').split('.').map((segment) => segment.split(':'));
      expect(element.path).toBe(segments.map(([name]) => name).join('.'));
      expect(element.sliceName).toBe(segments.at(-1)?.[1]);
    }
  });

  test('elements exist in R4 and stand in its order, a slice after what it slices', () => {
    const places = elements.map((element) => placeOf(element.id ?? '', elements));
    expect(places).not.toContainEqual(expect.arrayContaining([-1]));
    expect([...places].sort(comparePlaces)).toEqual(places);
  });

  test('cardinalities can be met', () => {
    for (const { min = 0, max = '*' } of elements) {
      expect(max === '*' || min <= Number(max)).toBe(true);
    }
  });

  test('an instance can be told from another by the discriminators', () => {
    const sliced = elements.filter(({ slicing }) => slicing);
    expect(sliced.length).toBeGreaterThan(0);
    for (const { slicing, ...element } of sliced) {
      const slices = ids.filter(
        (one) => one.startsWith(`${element.id}:`) && !one.slice(element.id?.length).includes('.'),
      );
      expect(slices.length).toBeGreaterThan(0);
      for (const slice of slices) {
        for (const { path } of slicing?.discriminator ?? []) {
          const at = elements.find((one) => one.id === (path === '$this' ? slice : `${slice}.${path}`));
          expect(Object.keys(at ?? {}).filter((key) => /^(fixed|pattern)/.test(key))).toHaveLength(1);
        }
      }
    }
  });

  test('bindings are to ValueSets that are there', () => {
    for (const { binding } of elements.filter((element) => element.binding)) {
      expect([...sets.keys()]).toContain(binding?.valueSet);
      expect(binding?.strength).toBe('required');
    }
  });

  test('is stated as supported', () => {
    const resources = capabilityStatement().rest?.[0]?.resource ?? [];
    const stated = resources.find(({ type }) => type === profile.type);
    expect(stated?.supportedProfile).toContain(profile.url);
  });
});

describe('constraints', () => {
  test('each has a predicate, and each predicate a constraint', () => {
    const keys = [...new Set(rules.map(({ key }) => key))].sort(compareKeys);
    expect(keys).toEqual(Object.keys(CONSTRAINTS).sort(compareKeys));
    expect(keys).toEqual(keys.map((_, index) => `axspa-${index + 1}`));
  });

  test('one key says the same everywhere, as an error', () => {
    for (const { key, expression, human, severity } of rules) {
      const same = rules.filter((other) => other.key === key);
      expect(same.map((other) => [other.expression, other.human])).toEqual(
        same.map(() => [expression, human]),
      );
      expect(severity).toBe('error');
    }
  });

  test('the facts named are the facts written', () => {
    const { expression = '' } = rules.find(({ key }) => key === 'axspa-17') ?? {};
    const named = [...expression.matchAll(/'([^']+)'/g)].map(([, code]) => code);
    expect(named).toEqual(FACTS);
    expect([...facts, ...measures].sort()).toEqual([...FACTS].sort());
  });
});

/** Who answered, a patient who knows little, and a draft. */
const PRACTITIONER = { author: { reference: 'Practitioner/7' } };
const RESPONSES: Record<string, QuestionnaireResponse> = {
  ...Object.fromEntries(
    Object.entries(workedCases).map(([name, answers]) => [name, toResponse(answers, name)]),
  ),
  'with the 0–10 rating and an author': toResponse(
    { ...worked('D1'), 'pain-intensity': 0 },
    'rated',
    PRACTITIONER,
  ),
  'in encounter, amended': toResponse(worked('D5'), 'amended', {
    status: 'amended',
    encounter: { reference: 'Encounter/3' },
  }),
  'stopped after the safety questions': toResponse(safetyOf('D1'), 'stopped', { status: 'stopped' }),
  'safety questions not sure': toResponse({ ...worked('D2'), 'eye-symptoms-now': 'unknown' }, 'not-sure'),
  'draft with a red flag': toResponse({ 'red-flag-urgent': ['fever'] }, 'draft', { status: 'in-progress' }),
  'draft without': toResponse({ 'red-flag-urgent': ['none'] }, 'quiet', { status: 'in-progress' }),
};

function safetyOf(name: string): Answers {
  return Object.fromEntries(Object.entries(worked(name)).filter(([linkId]) => /^(red|eye)/.test(linkId)));
}

type Written = Observation | Provenance;
const written = new Map<string, Written[]>();
const checkers = new Map(profiles.map((profile) => [profile.id ?? '', createChecker(profile, sets)]));

function profileFor(resource: Written): string {
  if (resource.resourceType === 'Provenance') return 'screening-provenance';
  return resource.meta?.profile?.[0]?.split('/').at(-1) ?? '';
}

function faultsIn(resource: Written, id = profileFor(resource)): string[] {
  const check = checkers.get(id);
  if (!check) throw new Error(`no profile ${id}`);
  return check(resource);
}

beforeAll(async () => {
  for (const [name, response] of Object.entries(RESPONSES)) written.set(name, await writtenFor(response));
});

describe('what the service writes fits', () => {
  test.each(Object.keys(RESPONSES))('%s', (name) => {
    const resources = written.get(name) ?? [];
    expect(resources.filter(({ resourceType }) => resourceType === 'Provenance')).toHaveLength(1);
    expect(resources.map((resource) => [resource.id, faultsIn(resource)])).toEqual(
      resources.map(({ id }) => [id, []]),
    );
  });

  test('and every profile was tried, hundreds of times in all', () => {
    const all = [...written.values()].flat();
    expect([...new Set(all.map(profileFor))].sort()).toEqual([...IDS].sort());
    expect(all.length).toBeGreaterThan(500);
  });
});

/** A copy of the one Observation `code` of a response, or of its Provenance. */
function copyOf(name: string, code: string): Written {
  const found = written
    .get(name)
    ?.find(({ resourceType, id }) =>
      code === 'Provenance' ? resourceType === code : id?.endsWith(`.${code}`),
    );
  if (!found) throw new Error(`${name} gives no ${code}`);
  return structuredClone(found);
}

/** Instances in which everything that is asked for occurs. */
const SPECIMENS: Record<string, [name: string, code: string][]> = {
  'panel-observation': [['D1', 'axspa-screening-panel']],
  'red-flag-observation': [['draft with a red flag', 'red-flag-urgency']],
  'criteria-set-observation': [
    ['D1', 'nice-ng65'],
    ['D1', 'asas-referral-2015'],
  ],
  'finding-observation': [['D1', 'chronic-pain']],
  'screening-provenance': [['with the 0–10 rating and an author', 'Provenance']],
};

describe('what is asked for is missed, what is excluded is found', () => {
  const limits = IDS.flatMap((id) =>
    elementsOf(id).flatMap(({ id: elementId = '', min, max }): [string, string, string][] => [
      ...(min && !tellsSlices(elementId, elementsOf(id)) ? [row(id, elementId, `min ${min}`)] : []),
      ...(max === '0' ? [row(id, elementId, 'max 0')] : []),
    ]),
  );

  test.each(limits)('%s %s: %s', (id, elementId, rule) => {
    const specimens = (SPECIMENS[id] ?? []).map(([name, code]) => copyOf(name, code));
    const resource = specimens.find((one) => holdersOf(one, elementId).length > 0);
    if (!resource) throw new Error(`no specimen has a place for ${elementId}`);
    if (rule === 'max 0') add(resource, elementId);
    else remove(resource, elementId);
    expect(faultsIn(resource, id)).toContain(`${elementId}: ${rule}`);
  });
});

function row(...cells: [string, string, string]): [string, string, string] {
  return cells;
}

describe('broken ones are caught', () => {
  test.each(BROKEN)('%s', (_what, [name, code], change, fault) => {
    const resource = copyOf(name, code);
    expect(faultsIn(resource)).toEqual([]);
    change(resource as unknown as Loose);
    expect(faultsIn(resource).join('\n')).toContain(fault);
  });

  test('by each constraint', () => {
    const tried = BROKEN.map(([, , , fault]) => fault.split(': ')[1] ?? '');
    expect(Object.keys(CONSTRAINTS).filter((key) => !tried.includes(key))).toEqual([]);
  });
});

const numberIn = (key: string) => Number(key.split('-')[1]);
const compareKeys = (one: string, other: string) => numberIn(one) - numberIn(other);
