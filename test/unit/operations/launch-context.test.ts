/** What an EHR says of a launch and of its user (SMART App Launch 2.2). */
import { describe, expect, test } from '@jest/globals';
import { readScopes } from '../../../src/fhir/scopes.js';
import { isPatient, readLaunchContext, readPerson } from '../../../src/operations/launch-context.js';

const ISS = 'https://ehr.example/fhir';
const NOTHING = { patient: null, encounter: null, response: null, questionnaire: null };
const refused = (code: string) => expect.objectContaining({ issues: [expect.objectContaining({ code })] });
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('the launch context', () => {
  test.each<[string, unknown, object]>([
    ['none', {}, {}],
    ['no object', 'patient', {}],
    ['a patient', { patient: 'p1' }, { patient: 'Patient/p1' }],
    ['an encounter', { encounter: 'e-1.2' }, { encounter: 'Encounter/e-1.2' }],
    ['null', { patient: null, encounter: null, fhirContext: null }, {}],
    ['a response', { fhirContext: [{ reference: 'QuestionnaireResponse/r1' }] }, { response: 'r1' }],
    [
      'an absolute one',
      { fhirContext: [{ reference: `${ISS}/QuestionnaireResponse/r1` }] },
      { response: 'r1' },
    ],
    ['one of elsewhere', { fhirContext: [{ reference: 'https://evil/QuestionnaireResponse/r1' }] }, {}],
    ['one that begins like ours', { fhirContext: [{ reference: `${ISS}x/QuestionnaireResponse/r1` }] }, {}],
    ['one that climbs', { fhirContext: [{ reference: 'QuestionnaireResponse/../Patient/p2' }] }, {}],
    ['a version of one', { fhirContext: [{ reference: 'QuestionnaireResponse/r1/_history/2' }] }, {}],
    [
      'two: the first',
      {
        fhirContext: [{ reference: 'QuestionnaireResponse/r1' }, { reference: 'QuestionnaireResponse/r2' }],
      },
      { response: 'r1' },
    ],
    [
      'a canonical',
      {
        fhirContext: [{ canonical: 'https://x/q|1', type: 'Questionnaire' }],
      },
      { questionnaire: 'https://x/q|1' },
    ],
    [
      'a canonical that says no type',
      { fhirContext: [{ canonical: 'https://x/q' }] },
      { questionnaire: 'https://x/q' },
    ],
    ['a canonical of another type', { fhirContext: [{ canonical: 'https://x/l', type: 'Library' }] }, {}],
    [
      'a Questionnaire by reference',
      { fhirContext: [{ reference: 'Questionnaire/q1' }] },
      { questionnaire: 'Questionnaire/q1' },
    ],
    [
      'a canonical before a reference',
      {
        fhirContext: [{ reference: 'Questionnaire/q1' }, { canonical: 'https://x/q', type: 'Questionnaire' }],
      },
      { questionnaire: 'https://x/q' },
    ],
    ['the first version’s plain texts', { fhirContext: ['QuestionnaireResponse/r1'] }, {}],
    ['a canonical without end', { fhirContext: [{ canonical: 'x'.repeat(1001) }] }, {}],
  ])('%s', (_name, answer, expected) => {
    expect(readLaunchContext(answer, ISS)).toEqual({ ...NOTHING, ...expected });
  });

  test.each([{ patient: '../x' }, { patient: 7 }, { patient: '' }, { encounter: 'a b' }])(
    '%j is refused',
    (answer) => {
      expect(thrown(() => readLaunchContext(answer, ISS))).toEqual(refused('token-invalid'));
    },
  );
});

describe('fhirUser', () => {
  test.each([
    [null, null],
    ['Practitioner/d1', 'Practitioner/d1'],
    [`${ISS}/Practitioner/d1`, 'Practitioner/d1'],
    [`${ISS}/PractitionerRole/r1`, 'PractitionerRole/r1'],
    ['RelatedPerson/r1', 'RelatedPerson/r1'],
    ['Person/x', 'Person/x'],
  ])('%s → %s', (fhirUser, person) => {
    expect(readPerson(fhirUser, ISS)).toBe(person);
  });

  test.each([
    'https://evil.example/fhir/Practitioner/d1',
    `${ISS}.evil.example/Practitioner/d1`,
    `${ISS}/x/Practitioner/d1`,
    'Device/x',
    'Organization/x',
    'practitioner/d1',
    'Practitioner/',
    '',
  ])('%p is nobody who may come in', (fhirUser) => {
    expect(thrown(() => readPerson(fhirUser, ISS))).toEqual(refused('token-invalid'));
  });
});

describe('whether it is a patient', () => {
  test.each([
    ['Patient/p1', 'user/*.cruds patient/*.cruds', true],
    ['RelatedPerson/r1', 'user/*.cruds', true],
    ['Person/x', 'user/*.cruds', true],
    ['Practitioner/d1', 'patient/*.cruds', false],
    ['PractitionerRole/d1', 'user/*.cruds patient/*.cruds', false],
    [null, 'patient/*.cruds', true],
    [null, '', true],
    [null, 'user/*.cruds', false],
  ])('%s with %p: %p', (person, scope, expected) => {
    expect(isPatient(person, readScopes(scope))).toBe(expected);
  });

  test('is not guessed where both were granted to nobody in particular', () => {
    const grants = readScopes('user/*.cruds patient/*.cruds');
    expect(thrown(() => isPatient(null, grants))).toEqual(refused('scope-missing'));
  });
});
