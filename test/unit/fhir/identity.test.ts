import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { canonicalJson, identify, sha256 } from '../../../src/fhir/identity.js';

const OURS = 'https://w3id.org/axspa-screening/response';
const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const idOf = (key: string) => `r${digest(key).slice(0, 31)}`;

const RESPONSE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: 'urn:q|1',
  subject: { reference: 'Patient/p1' },
  item: [{ linkId: 'a', answer: [{ valueInteger: 0 }, { valueDecimal: 1.5 }, { valueString: 'ä"\n' }] }],
};
/** The content of RESPONSE, written by hand. */
const CONTENT =
  '{"item":[{"answer":[{"valueInteger":0},{"valueDecimal":1.5},{"valueString":"ä\\"\\n"}],"linkId":"a"}],' +
  '"questionnaire":"urn:q|1","resourceType":"QuestionnaireResponse","status":"completed","subject":{"reference":"Patient/p1"}}';

describe('without an identifier', () => {
  test('the content is the identifier', () => {
    const value = digest(CONTENT);
    expect(identify(RESPONSE)).toEqual({
      identifier: { system: OURS, value },
      id: idOf(`${OURS}|${value}`),
      contentHash: value,
    });
  });

  test('an id is FHIR’s: r and 31 hex, with room for a code', () => {
    expect(identify(RESPONSE).id).toMatch(/^r[0-9a-f]{31}$/);
    expect(`${identify(RESPONSE).id}.${'x'.repeat(31)}`.length).toBe(64);
  });
});

describe('with an identifier', () => {
  test.each([
    [
      'system and value',
      { system: 'urn:clinic', value: '7' },
      { system: 'urn:clinic', value: '7' },
      'urn:clinic|7',
    ],
    ['value alone', { value: '7' }, { value: '7' }, '|7'],
    [
      'more than that',
      { use: 'official' as const, system: 'urn:clinic', value: '7', assigner: { display: 'Clinic' } },
      { system: 'urn:clinic', value: '7' },
      'urn:clinic|7',
    ],
    ['ours', { system: OURS, value: 'abc' }, { system: OURS, value: 'abc' }, `${OURS}|abc`],
  ])('%s names the response', (_name, identifier, expected, key) => {
    expect(identify({ ...RESPONSE, identifier })).toMatchObject({ identifier: expected, id: idOf(key) });
  });

  test('the id follows the identifier alone, the hash the content alone', () => {
    const identifier = { system: 'urn:clinic', value: '7' };
    const [one, other] = [
      identify({ ...RESPONSE, identifier }),
      identify({ ...RESPONSE, identifier, status: 'amended' }),
    ];
    expect(one.id).toBe(other.id);
    expect(one.contentHash).not.toBe(other.contentHash);
  });

  test('system and value do not run into each other', () => {
    const ids = [
      { system: 'urn:a', value: 'b' },
      { system: 'urn:a', value: 'c' },
      { system: 'urn:ab', value: 'b' },
      { value: 'urn:ab' },
    ].map((identifier) => identify({ ...RESPONSE, identifier }).id);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('content', () => {
  const hash = (more: object) => identify({ ...RESPONSE, ...more }).contentHash;

  test.each([
    ['id', { id: 'r1' }],
    ['meta', { meta: { versionId: '7', lastUpdated: '2026-05-04T09:30:00Z' } }],
    ['narrative', { text: { status: 'generated' as const, div: '<div>x</div>' } }],
    ['our own identifier', { identifier: { system: OURS, value: 'abc' } }],
    ['an element that is undefined', { authored: undefined }],
  ])('%s is none of it', (_name, more) => {
    expect(hash(more)).toBe(digest(CONTENT));
  });

  test.each([
    ['an identifier', { identifier: { system: 'urn:clinic', value: '7' } }],
    ['an identifier without system', { identifier: { value: '7' } }],
    ['a status', { status: 'amended' }],
    ['an extension', { extension: [{ url: 'urn:x', valueInteger: 1 }] }],
    ['a contained resource', { contained: [{ resourceType: 'Basic' }] }],
    ['language', { language: 'en' }],
    ['the text of an item', { item: [{ ...RESPONSE.item?.[0], text: 'x' }] }],
    ['an id inside', { item: [{ ...RESPONSE.item?.[0], id: 'x' }] }],
    ['false', { item: [{ linkId: 'a', answer: [{ valueBoolean: false }] }] }],
  ])('%s is part of it', (_name, more) => {
    expect(hash(more)).not.toBe(digest(CONTENT));
  });

  test('the order of members does not matter, at any depth', () => {
    const answer = [{ valueInteger: 0 }, { valueDecimal: 1.5 }, { valueString: 'ä"\n' }];
    const turned: QuestionnaireResponse = {
      item: [{ answer, linkId: 'a' }],
      subject: { reference: 'Patient/p1' },
      questionnaire: 'urn:q|1',
      status: 'completed',
      resourceType: 'QuestionnaireResponse',
    };
    expect(identify(turned)).toEqual(identify(RESPONSE));
  });

  test('the order of answers, their number and every value do', () => {
    const answers = [
      [{ valueInteger: 0 }],
      [{ valueInteger: 1 }],
      [{ valueString: '0' }],
      [{ valueInteger: 0 }, { valueInteger: 1 }],
      [{ valueInteger: 1 }, { valueInteger: 0 }],
      [{ valueInteger: 0 }, { valueInteger: 0 }],
      [{ valueDecimal: 0.1 }],
      [{ valueDecimal: 0.10000000000000002 }],
      [{ valueString: '' }],
      [{ valueString: ' ' }],
    ];
    const hashes = answers.map((answer) => hash({ item: [{ linkId: 'a', answer }] }));
    expect(new Set(hashes).size).toBe(answers.length);
  });

  test('the response is left as it was', () => {
    const before = JSON.stringify(RESPONSE);
    identify(RESPONSE);
    expect(JSON.stringify(RESPONSE)).toBe(before);
  });
});

describe('canonical JSON', () => {
  test.each([
    [
      { b: 1, a: { d: [2, { z: null, y: true }], c: '' } },
      '{"a":{"c":"","d":[2,{"y":true,"z":null}]},"b":1}',
    ],
    [{ B: 1, a: 2, A: 3, '10': 4, '9': 5 }, '{"10":4,"9":5,"A":3,"B":1,"a":2}'],
    [{ 'a b"': 'c\\d' }, '{"a b\\"":"c\\\\d"}'],
    [[[], {}, 'x'], '[[],{},"x"]'],
    [{ kept: 0, gone: undefined }, '{"kept":0}'],
    [1.5, '1.5'],
    [null, 'null'],
  ])('%j', (value, text) => expect(canonicalJson(value)).toBe(text));

  test('a hash is of UTF-8', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256('ä')).toBe(digest('ä'));
  });
});
