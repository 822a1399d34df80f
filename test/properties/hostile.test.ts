/** Nothing that can be sent makes a reader throw: what cannot be read is said. */
import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { readAnswers } from '../../src/fhir/answers.js';
import { inDocumentOrder } from '../../src/fhir/document-order.js';
import { readQuestionnaire } from '../../src/fhir/form.js';
import { DETAILS_CODES, type Issue } from '../../src/fhir/outcome.js';
import { holds, tellsRuns } from '../support/property-draw.js';
import { TERMINOLOGY } from '../support/property-form.js';
import { anything, spoil } from '../support/property-hostile.js';
import { shapeOfQuestionnaire, shapeOfResponse } from '../support/property-read.js';
import { makePair } from '../support/property-response.js';

tellsRuns('hostile');

type Fate = 'no Questionnaire' | 'no form' | 'no response' | 'faults' | 'accepted';

/** As `$validate` does it; says how far it got. Whatever is said must be sayable. */
function read(questionnaire: unknown, response: unknown): Fate {
  const form = shapeOfQuestionnaire(questionnaire);
  if ('issues' in form) return told(form.issues, 'no Questionnaire');
  const made = readQuestionnaire(form.questionnaire, TERMINOLOGY);
  if ('faults' in made) {
    expect(made.faults.length).toBeGreaterThan(0);
    for (const { text } of made.faults) expect(text).not.toBe('');
    return 'no form';
  }
  const shaped = shapeOfResponse(response);
  if ('issues' in shaped) return told(shaped.issues, 'no response');
  const { issues } = readAnswers(shaped.response, { form: made.form, oldestAge: null });
  if (issues.length === 0) return 'accepted';
  expect(inDocumentOrder(issues, shaped.response)).toHaveLength(issues.length);
  return told(issues, 'faults');
}

function told(issues: readonly Issue[], fate: Fate): Fate {
  expect(issues.length).toBeGreaterThan(0);
  for (const { code, text, expression } of issues) {
    expect(DETAILS_CODES).toContain(code);
    expect(text).not.toBe('');
    expect(expression).toMatch(/^(resourceType|Questionnaire(Response)?(\.\w+|\[\d+\])*)$/);
  }
  return fate;
}

/** The fates of many. */
function census(): { count: (fate: Fate) => void; seen: Partial<Record<Fate, number>> } {
  const seen: Partial<Record<Fate, number>> = {};
  return {
    seen,
    count: (fate) => {
      seen[fate] = (seen[fate] ?? 0) + 1;
    },
  };
}

const small: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [{ linkId: 'a', type: 'string' }],
};
const blank: QuestionnaireResponse = { resourceType: 'QuestionnaireResponse', status: 'completed' };

test('any JSON, bare or with the name of a resource', () => {
  const { seen, count } = census();
  holds(400, (draw) => {
    const some = anything(draw);
    const named = (resourceType: string, status: string) =>
      typeof some === 'object' && !Array.isArray(some) ? { ...some, resourceType, status } : some;
    count(read(some, blank));
    count(read(named('Questionnaire', 'active'), blank));
    count(read(small, some));
    count(read(small, named('QuestionnaireResponse', 'completed')));
  });
  expect(seen['no Questionnaire']).toBeGreaterThan(300);
  expect(seen['no response']).toBeGreaterThan(300);
});

test('a right response, spoilt', () => {
  const { seen, count } = census();
  holds(600, (draw) => {
    const { made, response } = makePair(draw);
    count(read(made.questionnaire, spoil(response, draw)));
  });
  for (const fate of ['no response', 'faults', 'accepted'] as const) expect(seen[fate]).toBeGreaterThan(10);
});

test('a right Questionnaire, spoilt', () => {
  const { seen, count } = census();
  holds(600, (draw) => {
    const { made, response } = makePair(draw);
    count(read(spoil(made.questionnaire, draw), response));
  });
  for (const fate of ['no Questionnaire', 'no form', 'accepted'] as const)
    expect(seen[fate]).toBeGreaterThan(10);
});

/** `contained` may be any resource: nothing in it has been looked at before it is read. */
describe('a value set inside the Questionnaire that is none', () => {
  test.each<[string, object]>([
    ['without anything', {}],
    ['compose without include', { compose: {} }],
    ['compose that is a text', { compose: 'all' }],
    ['include that is no list', { compose: { include: {} } }],
    ['an include that is null', { compose: { include: [null] } }],
    ['concepts that are a number', { compose: { include: [{ system: 'urn:x', concept: 5 }] } }],
    ['a concept that is null', { compose: { include: [{ system: 'urn:x', concept: [null] }] } }],
    ['an expansion that is a text', { expansion: 'all' }],
    ['contains that is a text', { expansion: { contains: 'all' } }],
    ['contains with a null', { expansion: { contains: [null] } }],
  ])('%s', (_name, broken) => {
    const questionnaire = {
      ...small,
      contained: [{ resourceType: 'ValueSet', id: 'v', ...broken }],
      item: [{ linkId: 'a', type: 'choice', answerValueSet: '#v' }],
    };
    expect(['no Questionnaire', 'no form']).toContain(read(questionnaire, blank));
  });
});

test.each([
  ['a code that is an object', { system: 'urn:x', concept: [{ code: {} }] }],
  ['a system that is a number', { system: 5, concept: [{ code: 'a' }] }],
])('a value set inside the Questionnaire with %s lists no code that is not there', (_name, include) => {
  const contained = [{ resourceType: 'ValueSet', id: 'v', compose: { include: [include] } }];
  const item = [{ linkId: 'a', type: 'choice', answerValueSet: '#v' }];
  const answer = [{ valueCoding: { system: 'urn:x', code: 'a' } }];
  const fate = read({ ...small, contained, item }, { ...blank, item: [{ linkId: 'a', answer }] });
  expect(['no Questionnaire', 'no form', 'faults']).toContain(fate);
});

describe('elements that nothing is read from', () => {
  test.each<[string, object]>([
    ['a null among extensions', { _derivedFrom: [{ extension: [null] }] }],
    ['extensions that are a number', { _subjectType: [{ extension: 5 }] }],
    ['an extension without a url', { _derivedFrom: [{ extension: [{}] }] }],
    ['a sibling that is a text', { _derivedFrom: 'x' }],
    ['a contact that is a number', { contact: 5 }],
    ['a use context that is null', { useContext: [null] }],
  ])('%s', (_name, more) => {
    expect(['no Questionnaire', 'no form', 'accepted']).toContain(read({ ...small, ...more }, blank));
  });
});

test('lone surrogates, huge texts and many answers, through every check a text can meet', () => {
  const checks = ['[a-z]*', '.*', '(?s).*', '\\p{L}+', '[^x]{2}'];
  const texts = ['\ud800', '\udc00\ud800', 'x'.repeat(1_000_000), '\ud83d'.repeat(10_000), 'a\u2028b'];
  for (const valueString of checks) {
    const url = 'http://hl7.org/fhir/StructureDefinition/regex';
    const item = [
      { linkId: 'a', type: 'string', repeats: true, maxLength: 5, extension: [{ url, valueString }] },
      { linkId: 'b', type: 'string', repeats: true, extension: [{ url, valueString }] },
      { linkId: 'c', type: 'string', enableWhen: [{ question: 'b', operator: '>', answerString: '\udfff' }] },
    ];
    const answer = texts.map((text) => ({ valueString: text }));
    const response = { ...blank, item: ['a', 'b'].map((linkId) => ({ linkId, answer })) };
    expect(['faults', 'accepted']).toContain(read({ ...small, item }, response));
  }
});

test('a control character is a fault of structure, not a text', () => {
  const text = (valueString: string) => ({ ...blank, item: [{ linkId: 'a', answer: [{ valueString }] }] });
  expect(read(small, text('a\u0000b'))).toBe('no response');
  expect(read(small, text('a\tb\nc'))).toBe('accepted');
});

test('200,000 answers to one question', () => {
  const answer = Array.from({ length: 200_000 }, () => ({ valueInteger: 1 }));
  const item = [{ linkId: 'a', type: 'string', repeats: true }];
  const form = readQuestionnaire({ ...small, item: item as Questionnaire['item'] & object }, TERMINOLOGY);
  if ('faults' in form) throw new Error('not read');
  const { issues } = readAnswers({ ...blank, item: [{ linkId: 'a', answer }] }, { ...form, oldestAge: null });
  expect(issues).toHaveLength(200_000);
});
