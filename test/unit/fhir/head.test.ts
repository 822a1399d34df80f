import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type HeadContext, readHead, relativeReference, splitCanonical } from '../../../src/fhir/head.js';
import { formOf } from '../../support/fhir-literals.js';

const URL = 'https://forms.example.org/Questionnaire/small';
const Q = 'QuestionnaireResponse';
const two = formOf({ linkId: 'a', type: 'string' });
const three = { ...two, version: '3' };
const other = { ...two, url: `${URL}-and-more`, version: '2' };
const CONTEXT: HeadContext = {
  forms: [other, two, three],
  fhirBaseUrl: 'https://fhir.example.org/r4',
  missing: 'error',
};
const COMPLETE: QuestionnaireResponse = {
  resourceType: Q,
  questionnaire: `${URL}|2`,
  status: 'completed',
  subject: { reference: 'Patient/p1' },
  authored: '2026-05-04',
};

/** `[details code, expression, severity]` of every issue; `undefined` takes an element away. */
function issuesOf(
  more: { [Name in keyof QuestionnaireResponse]?: QuestionnaireResponse[Name] | undefined },
  context: Partial<HeadContext> = {},
) {
  const entries = Object.entries({ ...COMPLETE, ...more }).filter(([, value]) => value !== undefined);
  const response = Object.fromEntries(entries) as unknown as QuestionnaireResponse;
  return readHead(response, { ...CONTEXT, ...context }).issues.map(
    ({ code, expression, severity = 'error' }) => [code, expression, severity],
  );
}

test('a complete head has no issue', () => {
  expect(readHead(COMPLETE, CONTEXT)).toEqual({ form: two, subject: 'Patient/p1', issues: [] });
});

describe('questionnaire', () => {
  const at = `${Q}.questionnaire`;

  test('the version decides which', () => {
    expect(readHead({ ...COMPLETE, questionnaire: `${URL}|3` }, CONTEXT).form).toBe(three);
    expect(readHead({ ...COMPLETE, questionnaire: `${URL}-and-more|2` }, CONTEXT).form).toBe(other);
  });

  test.each([
    ['missing', undefined, 'element-required'],
    ['another', 'https://forms.example.org/Questionnaire/gone|2', 'questionnaire-unknown'],
    ['a part of one', 'https://forms.example.org/Questionnaire/sma|2', 'questionnaire-unknown'],
    ['a relative one', 'Questionnaire/small', 'questionnaire-unknown'],
    ['without version', URL, 'questionnaire-version-missing'],
    ['with an empty version', `${URL}|`, 'questionnaire-version-missing'],
    ['another version', `${URL}|4`, 'questionnaire-version-unknown'],
    ['a part of a version', `${URL}|2.0`, 'questionnaire-version-unknown'],
    ['more than a version', `${URL}|2|3`, 'questionnaire-version-unknown'],
  ])('%s', (_name, questionnaire, code) => {
    expect(issuesOf({ questionnaire })).toEqual([[code, at, 'error']]);
    expect(issuesOf({ questionnaire }, { missing: 'warning' })).toEqual([[code, at, 'error']]);
  });

  test('all after the first bar is the version', () => {
    const piped = { ...two, version: '2|3' };
    const context = { ...CONTEXT, forms: [two, piped] };
    expect(readHead({ ...COMPLETE, questionnaire: `${URL}|2|3` }, context)).toMatchObject({
      form: { version: '2|3' },
      issues: [],
    });
    expect(readHead({ ...COMPLETE, questionnaire: `${URL}|2` }, context).form).toBe(two);
    expect(splitCanonical(`${URL}|2|3`)).toEqual({ url: URL, version: '2|3' });
    expect(splitCanonical(`${URL}|`)).toEqual({ url: URL, version: '' });
    expect(splitCanonical(URL)).toEqual({ url: URL, version: undefined });
    expect(splitCanonical('')).toEqual({ url: '', version: undefined });
  });

  test('one that is not known leaves nothing to read the answers by', () => {
    expect(readHead({ ...COMPLETE, questionnaire: `${URL}|4` }, CONTEXT).form).toBeNull();
  });
});

describe('subject', () => {
  const at = `${Q}.subject`;

  test.each([
    ['Patient/p1', 'Patient/p1'],
    ['Patient/A-1.b', 'Patient/A-1.b'],
    [`Patient/${'x'.repeat(64)}`, `Patient/${'x'.repeat(64)}`],
    ['https://fhir.example.org/r4/Patient/p1', 'Patient/p1'],
  ])('%s', (reference, subject) => {
    expect(readHead({ ...COMPLETE, subject: { reference } }, CONTEXT)).toMatchObject({ subject, issues: [] });
  });

  test.each([
    ['another type', { reference: 'Group/p1' }],
    ['a practitioner', { reference: 'Practitioner/p1' }],
    ['an identifier alone', { identifier: { system: 'urn:x', value: '1' } }],
    ['a display alone', { display: 'Pat' }],
    ['another server', { reference: 'https://elsewhere.example.org/r4/Patient/p1' }],
    ['a server with a longer name', { reference: 'https://fhir.example.org/r4x/Patient/p1' }],
    ['another scheme', { reference: 'http://fhir.example.org/r4/Patient/p1' }],
    ['a version', { reference: 'Patient/p1/_history/2' }],
    ['a contained one', { reference: '#p1' }],
    ['a urn', { reference: 'urn:uuid:6d1f7b0e-0000-4000-8000-000000000000' }],
    ['a search', { reference: 'Patient?identifier=1' }],
    ['no id', { reference: 'Patient/' }],
    ['a long id', { reference: `Patient/${'x'.repeat(65)}` }],
    ['an odd id', { reference: 'Patient/p_1' }],
    ['a way out', { reference: 'Patient/../Patient/p1' }],
    ['a line more', { reference: 'Patient/p1\n' }],
    ['said to be of another type', { reference: 'Patient/p1', type: 'Group' }],
    ['said to be of an odd type', { reference: 'Patient/p1', type: 'patient' }],
    [
      'said to be a profile',
      { reference: 'Patient/p1', type: 'http://hl7.org/fhir/StructureDefinition/Patient' },
    ],
  ])('%s is not literal', (_name, subject) => {
    expect(issuesOf({ subject })).toEqual([['subject-not-literal', at, 'error']]);
    expect(issuesOf({ subject }, { missing: 'warning' })).toEqual([['subject-not-literal', at, 'error']]);
    expect(readHead({ ...COMPLETE, subject }, CONTEXT).subject).toBeNull();
  });

  test('may say that it is a patient', () => {
    expect(issuesOf({ subject: { reference: 'Patient/p1', type: 'Patient' } })).toEqual([]);
  });

  test('missing is an error, or a warning where nobody is meant yet', () => {
    expect(issuesOf({ subject: undefined })).toEqual([['element-required', at, 'error']]);
    expect(issuesOf({ subject: undefined }, { missing: 'warning' })).toEqual([
      ['element-required', at, 'warning'],
    ]);
  });
});

describe('authored', () => {
  const at = `${Q}.authored`;

  test.each(['2026-05-04', '2026-05-04T09:30:00Z'])('%s is to the day', (authored) => {
    expect(issuesOf({ authored })).toEqual([]);
  });

  test.each(['2026', '2026-05'])('%s is not', (authored) => {
    expect(issuesOf({ authored })).toEqual([['element-required', at, 'error']]);
    expect(issuesOf({ authored }, { missing: 'warning' })).toEqual([['element-required', at, 'warning']]);
  });

  test('missing is an error, or a warning where nobody is meant yet', () => {
    expect(issuesOf({ authored: undefined })).toEqual([['element-required', at, 'error']]);
    expect(issuesOf({ authored: undefined, _authored: { id: 'x' } })).toEqual([
      ['element-required', at, 'error'],
    ]);
    expect(issuesOf({ authored: undefined }, { missing: 'warning' })).toEqual([
      ['element-required', at, 'warning'],
    ]);
  });
});

describe('entered in error', () => {
  const status = 'entered-in-error';

  test('may lack questionnaire, subject and authored', () => {
    const none = { questionnaire: undefined, subject: undefined, authored: undefined };
    expect(issuesOf({ status, ...none })).toEqual([]);
    expect(readHead({ resourceType: Q, status }, CONTEXT)).toEqual({ form: null, subject: null, issues: [] });
    expect(issuesOf({ status, authored: '2026' })).toEqual([]);
    expect(issuesOf(none).map(([code]) => code)).toEqual(Array(3).fill('element-required'));
  });

  test('what it has must be right all the same', () => {
    expect(issuesOf({ status, questionnaire: `${URL}|4`, subject: { reference: 'Group/1' } })).toEqual([
      ['questionnaire-version-unknown', `${Q}.questionnaire`, 'error'],
      ['subject-not-literal', `${Q}.subject`, 'error'],
    ]);
    expect(issuesOf({ status, identifier: { system: 'urn:x' }, implicitRules: 'urn:y' })).toHaveLength(2);
    expect(readHead({ ...COMPLETE, status }, CONTEXT)).toEqual({
      form: two,
      subject: 'Patient/p1',
      issues: [],
    });
  });
});

describe('identifier', () => {
  test.each([[{ system: 'urn:x', value: '1' }], [{ value: '1' }], [undefined]])('%j', (identifier) => {
    expect(issuesOf({ identifier })).toEqual([]);
  });

  test.each([[{ system: 'urn:x' }], [{ type: { text: 'MRN' } }]])('%j identifies nothing', (identifier) => {
    expect(issuesOf({ identifier })).toEqual([['element-required', `${Q}.identifier.value`, 'error']]);
  });
});

describe('modifiers', () => {
  const modifierExtension = [{ url: 'urn:x', valueBoolean: true }];
  const modified = { resourceType: 'Basic', modifierExtension };
  const ruled = { resourceType: 'Basic', implicitRules: 'urn:x' };

  test.each<[string, Partial<QuestionnaireResponse>]>([
    ['implicitRules', { implicitRules: 'urn:x' }],
    ['modifierExtension', { modifierExtension }],
    ['item[0].modifierExtension', { item: [{ linkId: 'a', modifierExtension }] }],
    [
      'item[0].item[1].modifierExtension',
      { item: [{ linkId: 'a', item: [{ linkId: 'b' }, { linkId: 'c', modifierExtension }] }] },
    ],
    ['item[0].answer[0].modifierExtension', { item: [{ linkId: 'a', answer: [{ modifierExtension }] }] }],
    [
      'item[0].answer[0].item[0].modifierExtension',
      { item: [{ linkId: 'a', answer: [{ item: [{ linkId: 'b', modifierExtension }] }] }] },
    ],
    ['contained[0].modifierExtension', { contained: [modified] }],
    ['contained[0].implicitRules', { contained: [ruled] }],
  ])('%s', (path, more) => {
    expect(issuesOf(more)).toEqual([['modifier-unknown', `${Q}.${path}`, 'error']]);
    expect(issuesOf(more, { missing: 'warning' })).toEqual([['modifier-unknown', `${Q}.${path}`, 'error']]);
  });

  test('each one, and nothing else is a modifier', () => {
    const extension = [{ url: 'urn:modifierExtension', valueString: 'implicitRules' }];
    expect(
      issuesOf({ modifierExtension, extension, item: [{ linkId: 'implicitRules', modifierExtension }] }),
    ).toEqual([
      ['modifier-unknown', `${Q}.modifierExtension`, 'error'],
      ['modifier-unknown', `${Q}.item[0].modifierExtension`, 'error'],
    ]);
  });
});

test('a modifier inside an element with an odd name is told where its parent is', () => {
  const modifierExtension = [{ url: 'urn:x', valueBoolean: true }];
  const contained = {
    resourceType: 'Basic',
    'Jane Doe': { modifierExtension },
    "a'b": [{ modifierExtension }],
  };
  const told = issuesOf({ contained: [contained] } as Partial<QuestionnaireResponse>);
  expect(told).toEqual([
    ['modifier-unknown', `${Q}.contained[0].modifierExtension`, 'error'],
    ['modifier-unknown', `${Q}.contained[0][0].modifierExtension`, 'error'],
  ]);
  expect(JSON.stringify(told)).not.toMatch(/Jane|a'b/);
});

test('all at once, and never what was sent', () => {
  const response: QuestionnaireResponse = {
    resourceType: Q,
    status: 'completed',
    implicitRules: 'urn:sekret',
    identifier: { system: 'urn:sekret' },
    questionnaire: 'https://sekret.example.org|1',
    subject: { reference: 'Group/sekret', display: 'sekret' },
  };
  const { form, subject, issues } = readHead(response, CONTEXT);
  expect([form, subject]).toEqual([null, null]);
  expect(issues.map(({ code }) => code).sort()).toEqual([
    'element-required',
    'element-required',
    'modifier-unknown',
    'questionnaire-unknown',
    'subject-not-literal',
  ]);
  for (const { text } of issues) expect(text).toMatch(/^(?!.*sekret).{10,}\.$/);
});

describe('relative references', () => {
  test.each([
    ['https://fhir.example.org/r4/Patient/p1', 'Patient/p1'],
    ['https://fhir.example.org/r4', 'https://fhir.example.org/r4'],
    ['https://fhir.example.org/r4x/Patient/p1', 'https://fhir.example.org/r4x/Patient/p1'],
    ['Patient/p1', 'Patient/p1'],
    ['', ''],
  ])('%j is %j', (reference, relative) => {
    expect(relativeReference(reference, 'https://fhir.example.org/r4')).toBe(relative);
  });
});
