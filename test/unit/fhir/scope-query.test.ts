/** What a scope with a query reaches: the borders of token search (R4), and what is never passed over. */
import { describe, expect, test } from '@jest/globals';
import type { FhirResource, Observation, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { isKnownQuery, matchesScope } from '../../../src/fhir/scope-query.js';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const FINDINGS = 'https://w3id.org/axspa-screening/CodeSystem/findings';
const FORM = 'https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening';

const observation: Observation = {
  resourceType: 'Observation',
  status: 'final',
  category: [
    { coding: [{ system: CATEGORY, code: 'survey' }] },
    { coding: [{ code: 'local' }] },
    { text: 'free' },
  ],
  code: { coding: [{ system: FINDINGS, code: 'low-back-pain' }] },
};
const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: `${FORM}|1.0.0`,
};
const task: Task = { resourceType: 'Task', status: 'requested', intent: 'order', priority: 'stat' };

const matches = (resource: FhirResource, query: string) => matchesScope(resource, new URLSearchParams(query));

describe('a token', () => {
  test.each<[string, boolean]>([
    ['category=survey', true],
    [`category=${CATEGORY}|survey`, true],
    [`category=${encodeURIComponent(`${CATEGORY}|survey`)}`, true],
    ['category=local', true],
    ['category=|local', true],
    // A bar without a system asks for a code that has none.
    ['category=|survey', false],
    [`category=${CATEGORY}|local`, false],
    [`category=${CATEGORY}/|survey`, false],
    [`category=${CATEGORY}|surveys`, false],
    [`category=${CATEGORY}|Survey`, false],
    [`category=${CATEGORY}|`, false],
    [`category=${CATEGORY}`, false],
    ['category=laboratory', false],
    ['category=free', false],
    ['category=surve', false],
    ['category= survey', false],
  ])('%s: %p', (query, expected) => {
    expect(matches(observation, query)).toBe(expected);
  });

  test('a comma is or', () => {
    expect(matches(observation, 'category=laboratory,survey')).toBe(true);
    expect(matches(observation, 'category=survey,laboratory')).toBe(true);
    expect(matches(observation, 'category=laboratory,vital-signs')).toBe(false);
  });

  test('a second parameter is and, of the same name or of another', () => {
    expect(matches(observation, 'category=survey&category=local')).toBe(true);
    expect(matches(observation, 'category=survey&category=laboratory')).toBe(false);
    expect(matches(observation, 'category=survey&code=low-back-pain')).toBe(true);
    expect(matches(observation, 'category=survey&code=night-pain')).toBe(false);
    expect(matches(observation, 'code=night-pain&category=survey')).toBe(false);
  });

  test('of what is not there, nothing', () => {
    const { category: _, ...bare } = observation;
    expect(matches(bare, 'category=survey')).toBe(false);
    expect(matches({ ...bare, code: { text: 'survey' } }, 'code=survey')).toBe(false);
    const { priority: __, ...plain } = task;
    expect(matches(plain, 'priority=stat')).toBe(false);
  });
});

describe('each parameter, of its type alone', () => {
  test.each<[string, FhirResource, string, string]>([
    ['Observation', observation, 'category=survey', 'category=laboratory'],
    ['Observation', observation, `code=${FINDINGS}|low-back-pain`, 'code=night-pain'],
    ['Observation', observation, 'status=final', 'status=amended'],
    ['QuestionnaireResponse', response, 'status=completed', 'status=in-progress'],
    ['QuestionnaireResponse', response, `questionnaire=${FORM}|1.0.0`, `questionnaire=${FORM}|1.0.1`],
    ['QuestionnaireResponse', response, `questionnaire=${FORM}`, `questionnaire=${FORM}-2`],
    ['Task', task, 'status=requested', 'status=completed'],
    ['Task', task, 'priority=stat', 'priority=urgent'],
  ])('%s %#', (type, resource, yes, no) => {
    expect([matches(resource, yes), matches(resource, no)]).toEqual([true, false]);
    expect([
      isKnownQuery(type, new URLSearchParams(yes)),
      isKnownQuery('Patient', new URLSearchParams(yes)),
    ]).toEqual([true, false]);
  });

  test('an identifier by its system and its value, and never by a value that spells both', () => {
    const wanted = 'identifier=https://example.org/intake|7';
    const named = (system: string, value: string) => ({ ...response, identifier: { system, value } });
    expect(matches(named('https://example.org/intake', '7'), wanted)).toBe(true);
    expect(matches(named('https://example.com/other', 'https://example.org/intake|7'), wanted)).toBe(false);
  });

  test('a response without a questionnaire matches none', () => {
    const { questionnaire: _, ...rest } = response;
    expect(matches(rest, `questionnaire=${FORM}`)).toBe(false);
  });

  test('a resource of another type never matches', () => {
    expect(matches(task, 'category=survey')).toBe(false);
    expect(matches(response, 'priority=stat')).toBe(false);
    expect(matches({ resourceType: 'Patient' }, 'status=final')).toBe(false);
  });
});

describe('what is not understood', () => {
  test.each([
    'unknown=1',
    'category:not=laboratory',
    'category:in=x',
    'Category=survey',
    'patient=p1',
    '_id=x',
    'toString=x',
    '__proto__=x',
  ])('%s matches nothing, and is not known', (query) => {
    for (const resource of [observation, response, task]) expect(matches(resource, query)).toBe(false);
    expect(isKnownQuery('Observation', new URLSearchParams(query))).toBe(false);
  });

  test('beside what is understood, all the same', () => {
    expect(matches(observation, 'category=survey&unknown=1')).toBe(false);
    expect(matches(observation, 'unknown=1&category=survey')).toBe(false);
    expect(isKnownQuery('Observation', new URLSearchParams('category=survey&unknown=1'))).toBe(false);
  });

  test('an empty query is none that is known', () => {
    expect(isKnownQuery('Observation', new URLSearchParams('&'))).toBe(false);
  });

  test('nor is one on every type', () => {
    expect(isKnownQuery('*', new URLSearchParams('status=final'))).toBe(false);
  });
});
