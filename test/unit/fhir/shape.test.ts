import { describe, expect, test } from '@jest/globals';
import { createShapeReader } from '../../../src/fhir/shape.js';

const readShape = createShapeReader();
const Q = 'QuestionnaireResponse';
const HEAD = { resourceType: Q, status: 'completed' };

/** `[details code, expression]` of every issue; none for a body that is accepted. */
function faultsIn(body: unknown): (readonly [string, string | undefined])[] {
  const shaped = readShape(body);
  return 'issues' in shaped ? shaped.issues.map(({ code, expression }) => [code, expression] as const) : [];
}
const answering = (answer: unknown) => ({ ...HEAD, item: [{ linkId: 'a', answer: [answer] }] });
const A = `${Q}.item[0].answer[0]`;
const EXTENSION = [{ url: 'https://example.org/e', valueString: 'kept' }];

describe('resource type', () => {
  test.each([
    ['an array', []],
    ['an array of a response', [HEAD]],
    ['a string', Q],
    ['null', null],
    ['undefined', undefined],
    ['a number', 42],
    ['true', true],
    ['an empty object', {}],
    ['another type', { resourceType: 'Questionnaire', status: 'active' }],
    ['a type in another case', { resourceType: 'questionnaireresponse', status: 'completed' }],
    ['null as the type', { resourceType: null, status: 'completed' }],
    ['a list of types', { resourceType: [Q], status: 'completed' }],
  ])('%s is none of ours', (_name, body) => {
    expect(faultsIn(body)).toEqual([['wrong-resource-type', 'resourceType']]);
  });
});

describe('accepted and untouched', () => {
  const everything = {
    ...HEAD,
    id: 'x',
    _status: { id: 's1' },
    meta: {
      versionId: '7',
      lastUpdated: '2026-05-04T09:30:00Z',
      profile: ['https://example.org/p'],
      tag: [{ code: 't' }],
    },
    _implicitRules: { extension: EXTENSION },
    language: 'en-GB',
    _language: { extension: EXTENSION },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Hi</div>' },
    contained: [{ resourceType: 'Patient', anything: [{ goes: [null, {}, []] }] }],
    extension: [{ url: 'https://example.org/outer', extension: [{ url: 'inner', valueInteger: 0 }] }],
    modifierExtension: EXTENSION,
    identifier: {
      use: 'official',
      type: { coding: [{ code: 'c' }], text: 't' },
      system: 'urn:x',
      value: 'v',
      _value: { extension: EXTENSION },
      period: { start: '2026', end: '2026-05' },
      assigner: { display: 'Clinic' },
    },
    basedOn: [{ reference: 'CarePlan/1' }],
    partOf: [{ reference: 'Procedure/1' }],
    questionnaire: 'https://example.org/q|1',
    _questionnaire: { extension: EXTENSION },
    subject: { reference: 'Patient/1', type: 'Patient', display: 'Pat', extension: EXTENSION },
    encounter: { reference: 'Encounter/1' },
    authored: '2026-05-04T09:30:00.123+02:00',
    _authored: { extension: EXTENSION },
    author: { identifier: { value: '9' } },
    source: { reference: 'Patient/1' },
    item: [
      {
        id: 'i1',
        linkId: 'a',
        _linkId: { extension: EXTENSION },
        definition: 'https://example.org/d#a',
        text: 'Question?',
        _text: { extension: EXTENSION },
        extension: EXTENSION,
        modifierExtension: EXTENSION,
        answer: [
          { valueInteger: 3, _valueInteger: { extension: EXTENSION }, extension: EXTENSION },
          { _valueInteger: { extension: EXTENSION } },
          { extension: EXTENSION },
          { valueCoding: { system: 'urn:x', version: '1', code: 'c', display: 'C', userSelected: false } },
          { valueDate: '2026-02-31', item: [{ linkId: 'b' }] },
          { valueAttachment: { contentType: 'text/plain', size: 1, creation: '2026' } },
          { valueQuantity: { value: 1.5, comparator: '<', unit: 'mg', system: 'urn:x', code: 'mg' } },
          { valueReference: { reference: 'Patient/1' } },
        ],
      },
    ],
  };

  test('everything that R4 defines, as the very object that came', () => {
    const before = JSON.stringify(everything);
    const shaped = readShape(everything);
    expect(shaped).toEqual({ response: everything });
    expect('response' in shaped && shaped.response).toBe(everything);
    expect(JSON.stringify(everything)).toBe(before);
  });

  test.each(['in-progress', 'completed', 'amended', 'entered-in-error', 'stopped'])('status %s', (status) => {
    expect(faultsIn({ ...HEAD, status })).toEqual([]);
  });

  test.each([
    ['valueBoolean', false],
    ['valueDecimal', 0],
    ['valueDecimal', -1.5],
    ['valueInteger', 0],
    ['valueInteger', 2147483647],
    ['valueInteger', -2147483648],
    ['valueDate', '31 February'],
    ['valueDateTime', 'yesterday'],
    ['valueTime', 'noon'],
    ['valueString', ' x '],
    ['valueString', 'a\tb\r\nc'],
    ['valueString', '\u00a0x\u0085'],
    ['valueUri', 'urn:x'],
  ])('%s %j: times are checked with the answers', (name, value) => {
    expect(faultsIn(answering({ [name]: value }))).toEqual([]);
  });

  test.each<[string, object]>([
    ['_id', { _id: { extension: EXTENSION } }],
    ['id and _id', { id: 'x', _id: { id: 'y' } }],
    ['a profile', { meta: { profile: ['urn:p'] } }],
    ['null in meta.profile, with _profile', { meta: { profile: [null], _profile: [{ id: 'a' }] } }],
    [
      'null beside a profile, and in _profile beside an element',
      { meta: { profile: ['urn:p', null], _profile: [null, { extension: EXTENSION }] } },
    ],
  ])('%s', (_name, more) => expect(faultsIn({ ...HEAD, ...more })).toEqual([]));

  test.each(['2026', '2026-05', '2026-05-04', '2024-02-29', '2024-02-29T23:59:59Z'])(
    'authored %s',
    (authored) => {
      expect(faultsIn({ ...HEAD, authored })).toEqual([]);
    },
  );
});

describe('unknown-element', () => {
  test.each([
    'colour',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'Status',
    '_item',
  ])('"%s", at every depth', (name) => {
    const odd = (body: string) => JSON.parse(body.replace('{', `{"${name}":{"a":1},`)) as unknown;
    expect(faultsIn(odd(JSON.stringify(HEAD)))).toEqual([['unknown-element', `${Q}.${name}`]]);
    const item = odd('{"linkId":"a"}');
    expect(faultsIn({ ...HEAD, item: [item] })).toEqual([['unknown-element', `${Q}.item[0].${name}`]]);
    const coding = odd('{"code":"c"}');
    expect(faultsIn(answering({ valueCoding: coding }))).toEqual([
      ['unknown-element', `${A}.valueCoding.${name}`],
    ]);
  });

  test('a value[x] that R4 does not have here', () => {
    expect(faultsIn(answering({ valueRange: { low: { value: 1 } } }))).toEqual([
      ['unknown-element', `${A}.valueRange`],
    ]);
    expect(faultsIn(answering({ valueinteger: 1 }))).toEqual([['unknown-element', `${A}.valueinteger`]]);
  });

  test('a name that FHIRPath cannot say points at its parent, and is not repeated', () => {
    const shaped = readShape({ ...HEAD, 'Jane Doe': 1 });
    expect(shaped).toMatchObject({ issues: [{ code: 'unknown-element', expression: Q }] });
    expect(JSON.stringify(shaped)).not.toContain('Jane');
  });

  test('a resource keeps its own elements: an answer has no linkId, an item no value', () => {
    expect(faultsIn(answering({ linkId: 'a' }))).toEqual([['unknown-element', `${A}.linkId`]]);
    expect(faultsIn({ ...HEAD, item: [{ linkId: 'a', valueInteger: 1 }] })).toEqual([
      ['unknown-element', `${Q}.item[0].valueInteger`],
    ]);
  });
});

describe('missing-element', () => {
  test.each([
    ['status', { resourceType: Q }, `${Q}.status`],
    ['status, though it has a sibling', { resourceType: Q, _status: { id: 's' } }, `${Q}.status`],
    ['linkId', { ...HEAD, item: [{ text: 't' }] }, `${Q}.item[0].linkId`],
    [
      'a nested linkId',
      { ...HEAD, item: [{ linkId: 'a', item: [{ text: 't' }] }] },
      `${Q}.item[0].item[0].linkId`,
    ],
    ['an extension’s url', { ...HEAD, extension: [{ valueInteger: 1 }] }, `${Q}.extension[0].url`],
    ['a contained type', { ...HEAD, contained: [{ id: 'p' }] }, `${Q}.contained[0].resourceType`],
  ])('%s', (_name, body, expression) => {
    expect(faultsIn(body)).toEqual([['missing-element', expression]]);
  });
});

describe('wrong-json-type', () => {
  const wrong = (more: object, expression: string) =>
    expect(faultsIn({ ...HEAD, ...more })).toEqual([['wrong-json-type', expression]]);

  test.each(['done', 'Completed', 'draft', '', null, 7, ['completed']])('status %j', (status) =>
    wrong({ status }, `${Q}.status`),
  );

  test.each([
    '2026-02-31',
    '2026-02-29',
    '1900-02-29',
    '2026-13',
    '2026-02-31T09:30:00Z',
    '2026-05-04T25:00:00Z',
    '2026-05-04T24:00:00Z',
    '2026-05-04T09:30:00',
    '2026-05-04T09:30Z',
    '4 May 2026',
    '',
    20260504,
    null,
    '2026-05-04T09:30:00ZT',
  ])('authored %j', (authored) => wrong({ authored }, `${Q}.authored`));

  test.each([
    ['item', []],
    ['contained', []],
    ['extension', []],
    ['subject', {}],
    ['meta', {}],
    ['_authored', {}],
    ['_authored', null],
    ['item', {}],
    ['item', null],
    ['subject', 'Patient/1'],
    ['subject', [{ reference: 'Patient/1' }]],
    ['subject', null],
    ['questionnaire', 'not a uri'],
    ['questionnaire', ['x']],
    ['questionnaire', ''],
    ['language', ' en'],
    ['id', 5],
    ['text', 'Hello'],
  ])('%s: %j', (name, value) => wrong({ [name]: value }, `${Q}.${name}`));

  test.each([
    ['item', [null], 'item[0]'],
    ['item', ['a'], 'item[0]'],
    ['item', [[{ linkId: 'a' }]], 'item[0]'],
    ['item', [{ linkId: 5 }], 'item[0].linkId'],
    ['item', [{ linkId: '' }], 'item[0].linkId'],
    ['item', [{ linkId: 'a', answer: [] }], 'item[0].answer'],
    ['item', [{ linkId: 'a', answer: {} }], 'item[0].answer'],
    ['item', [{ linkId: 'a', item: [] }], 'item[0].item'],
    ['item', [{ linkId: 'a', answer: [{}] }], 'item[0].answer[0]'],
    ['item', [{ linkId: 'a', answer: [null] }], 'item[0].answer[0]'],
    ['subject', { reference: 5 }, 'subject.reference'],
    ['subject', { identifier: {} }, 'subject.identifier'],
    ['identifier', { value: 12345 }, 'identifier.value'],
    ['identifier', { period: { start: '2026-02-31' } }, 'identifier.period.start'],
    ['meta', { profile: 'x' }, 'meta.profile'],
    ['meta', { profile: [] }, 'meta.profile'],
    ['meta', { profile: [5] }, 'meta.profile[0]'],
    ['meta', { profile: ['a b'] }, 'meta.profile[0]'],
    ['meta', { profile: ['urn:p'], _profile: [] }, 'meta._profile'],
    ['meta', { profile: ['urn:p'], _profile: {} }, 'meta._profile'],
    ['meta', { versionId: null }, 'meta.versionId'],
    ['meta', { lastUpdated: '2026-05-04' }, 'meta.lastUpdated'],
    ['extension', [{ url: 'urn:x', valueInteger: null }], 'extension[0].valueInteger'],
    ['extension', [{ url: 'urn:x', valueInteger: 1, valueString: 'x' }], 'extension[0]'],
    ['contained', [5], 'contained[0]'],
  ])('%s: %j', (name, value, path) => wrong({ [name]: value }, `${Q}.${path}`));

  test.each([
    [{ valueInteger: '3' }, 'valueInteger'],
    [{ valueInteger: 3.5 }, 'valueInteger'],
    [{ valueInteger: 2147483648 }, 'valueInteger'],
    [{ valueInteger: -2147483649 }, 'valueInteger'],
    [{ valueInteger: true }, 'valueInteger'],
    [{ valueInteger: null }, 'valueInteger'],
    [{ valueDecimal: '1.5' }, 'valueDecimal'],
    [{ valueBoolean: 'true' }, 'valueBoolean'],
    [{ valueBoolean: 0 }, 'valueBoolean'],
    [{ valueString: 5 }, 'valueString'],
    [{ valueString: '' }, 'valueString'],
    [{ valueString: ' ' }, 'valueString'],
    [{ valueString: ' \t\r\n' }, 'valueString'],
    [{ valueString: 'a\u0000' }, 'valueString'],
    [{ valueString: 'a\u0008b' }, 'valueString'],
    [{ valueString: '\u000bb' }, 'valueString'],
    [{ valueString: 'a\u000c' }, 'valueString'],
    [{ valueString: 'a\u001f' }, 'valueString'],
    [{ valueCoding: { display: ' ' } }, 'valueCoding.display'],
    [{ valueDate: ' ' }, 'valueDate'],
    [{ valueDate: 20260504 }, 'valueDate'],
    [{ valueDate: '' }, 'valueDate'],
    [{ valueTime: 930 }, 'valueTime'],
    [{ valueUri: 'a b' }, 'valueUri'],
    [{ valueCoding: 'yes' }, 'valueCoding'],
    [{ valueCoding: {} }, 'valueCoding'],
    [{ valueCoding: [{ code: 'c' }] }, 'valueCoding'],
    [{ valueCoding: { code: 5 } }, 'valueCoding.code'],
    [{ valueCoding: { code: ' c' } }, 'valueCoding.code'],
    [{ valueCoding: { system: null } }, 'valueCoding.system'],
  ])('%j', (answer, path) => {
    expect(faultsIn(answering(answer))).toEqual([['wrong-json-type', `${A}.${path}`]]);
  });

  test.each([
    [{ valueInteger: 1, valueString: 'x' }],
    [{ valueInteger: 1, valueDecimal: 1 }],
    [{ valueInteger: 1, _valueString: { extension: EXTENSION } }],
    [{ _valueInteger: { extension: EXTENSION }, _valueString: { extension: EXTENSION } }],
  ])('two value[x]: %j', (answer) => {
    expect(faultsIn(answering(answer))).toEqual([['wrong-json-type', A]]);
  });
});

describe('nesting', () => {
  /** A response with `depth` items one in the other. */
  function nested(depth: number, innermost: object = {}): object {
    let item: object = { linkId: 'a', ...innermost };
    for (let level = 1; level < depth; level += 1) item = { linkId: 'a', item: [item] };
    return { ...HEAD, item: [item] };
  }
  const TOO_DEEP = [['nesting-too-deep', Q]];

  test('50 levels are read, 51 are not', () => {
    expect(faultsIn(nested(50))).toEqual([]);
    expect(faultsIn(nested(51))).toEqual(TOO_DEEP);
  });

  test('an answer is a level, and so is its Coding', () => {
    expect(faultsIn(nested(48, { answer: [{ valueCoding: { code: 'c' } }] }))).toEqual([]);
    expect(faultsIn(nested(49, { answer: [{ valueCoding: { code: 'c' } }] }))).toEqual(TOO_DEEP);
  });

  test('extensions and contained resources nest, too', () => {
    let node: object = { url: 'urn:x', valueInteger: 1 };
    for (let level = 0; level < 50; level += 1) node = { url: 'urn:x', extension: [node] };
    expect(faultsIn({ ...HEAD, extension: [node] })).toEqual(TOO_DEEP);
    expect(faultsIn({ ...HEAD, contained: [{ resourceType: 'Basic', extension: [node] }] })).toEqual(
      TOO_DEEP,
    );
  });

  test('10,000 levels do not end the call stack', () => {
    expect(faultsIn(nested(10_000))).toEqual(TOO_DEEP);
    const lists = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) as unknown;
    expect(faultsIn({ ...HEAD, item: lists })).toEqual(TOO_DEEP);
  });

  test('breadth is not depth', () => {
    const item = Array.from({ length: 2_000 }, () => ({ linkId: 'a', answer: [{ valueInteger: 1 }] }));
    expect(faultsIn({ ...HEAD, item })).toEqual([]);
  });
});

describe('all at once', () => {
  const body = {
    resourceType: Q,
    colour: 'red',
    status: 'done',
    subject: {},
    item: [
      { text: 'no linkId', answer: [] },
      {
        linkId: 'b',
        answer: [
          { valueInteger: '3' },
          { valueInteger: 1, valueString: 'x' },
          { valueCoding: { code: 'c', shade: 1 } },
        ],
        item: [null],
      },
    ],
    authored: '2026-02-31',
  };

  test('in document order, each at its element', () => {
    expect(faultsIn(body)).toEqual([
      ['unknown-element', `${Q}.colour`],
      ['wrong-json-type', `${Q}.status`],
      ['wrong-json-type', `${Q}.subject`],
      ['missing-element', `${Q}.item[0].linkId`],
      ['wrong-json-type', `${Q}.item[0].answer`],
      ['wrong-json-type', `${Q}.item[1].answer[0].valueInteger`],
      ['wrong-json-type', `${Q}.item[1].answer[1]`],
      ['unknown-element', `${Q}.item[1].answer[2].valueCoding.shade`],
      ['wrong-json-type', `${Q}.item[1].item[0]`],
      ['wrong-json-type', `${Q}.authored`],
    ]);
  });

  test('every fault has a sentence, and none repeats what was sent', () => {
    const shaped = readShape({
      ...body,
      status: 'Sekret-1',
      authored: 'Sekret-2',
      item: [{ linkId: 'b', answer: [{ valueInteger: 'Sekret-3' }, { valueCoding: 'Sekret-4' }] }],
    });
    const texts = 'issues' in shaped ? shaped.issues.map(({ text }) => text) : [];
    expect(texts).toHaveLength(6);
    for (const text of texts) expect(text).toMatch(/^(?!.*Sekret).{10,}\.$/);
  });

  test('a second reading knows nothing of the first', () => {
    expect(faultsIn({ resourceType: Q })).toHaveLength(1);
    expect(faultsIn(HEAD)).toEqual([]);
    expect(faultsIn({ resourceType: Q })).toEqual([['missing-element', `${Q}.status`]]);
  });
});
