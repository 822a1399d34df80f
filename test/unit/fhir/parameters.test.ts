import { describe, expect, test } from '@jest/globals';
import { Problem } from '../../../src/fhir/outcome.js';
import { readOperationInput } from '../../../src/fhir/parameters.js';

const response = { resourceType: 'QuestionnaireResponse', status: 'completed' };
const questionnaire = { resourceType: 'Questionnaire', status: 'active' };
const parameters = (...parameter: unknown[]) => ({ resourceType: 'Parameters', parameter });
const P = 'Parameters.parameter';

/** `[details code, expression]` of what is thrown. */
function refusedWith(
  body: unknown,
  others?: readonly 'questionnaire'[],
): (readonly [string, string | undefined])[] {
  try {
    readOperationInput(body, others);
  } catch (error) {
    if (error instanceof Problem) return error.issues.map(({ code, expression }) => [code, expression]);
    throw error;
  }
  return [];
}

describe('a body that is no Parameters is the response itself, whatever it is', () => {
  test.each([
    [response],
    [questionnaire],
    [{}],
    [[]],
    [null],
    [undefined],
    ['Parameters'],
    [5],
    [{ resourceType: 'parameters', parameter: [] }],
    [{ resourceType: ['Parameters'] }],
  ])('%j', (body) => {
    expect(readOperationInput(body)).toEqual({ response: body, questionnaire: undefined });
    expect(readOperationInput(body).response).toBe(body);
  });
});

describe('Parameters', () => {
  test.each(['questionnaire-response', 'resource'])('with "%s"', (name) => {
    const read = readOperationInput(parameters({ name, resource: response }));
    expect(read).toEqual({ response, questionnaire: undefined });
    expect(read.response).toBe(response);
  });

  test('with a Questionnaire, in either order, where one is taken', () => {
    const both = [
      { name: 'questionnaire-response', resource: response },
      { name: 'questionnaire', resource: questionnaire },
    ];
    const read = { response, questionnaire };
    expect(readOperationInput(parameters(...both), ['questionnaire'])).toEqual(read);
    expect(readOperationInput(parameters(...both.reverse()), ['questionnaire'])).toEqual(read);
  });

  test('what kind of resource it is, is not asked here', () => {
    expect(readOperationInput(parameters({ name: 'resource', resource: null })).response).toBeNull();
    expect(readOperationInput(parameters({ name: 'resource', resource: 5 })).response).toBe(5);
  });

  test.each<[string, unknown]>([
    ['no list', { resourceType: 'Parameters' }],
    ['an empty list', parameters()],
    ['something that is no list', { resourceType: 'Parameters', parameter: { name: 'resource' } }],
    ['null for a list', { resourceType: 'Parameters', parameter: null }],
  ])('%s: the response is missing', (_name, body) => {
    expect(refusedWith(body)).toEqual([['missing-element', P]]);
  });

  test('a Questionnaire alone: the response is missing', () => {
    const body = parameters({ name: 'questionnaire', resource: questionnaire });
    expect(refusedWith(body, ['questionnaire'])).toEqual([['missing-element', P]]);
  });

  test.each<[string, unknown]>([
    ['another name', { name: 'mode', valueCode: 'create' }],
    ['a Questionnaire where none is taken', { name: 'questionnaire', resource: questionnaire }],
    ['no name', { resource: response }],
    ['a name that is no string', { name: ['resource'], resource: response }],
    ['the name of a method', { name: 'toString', resource: response }],
    ['null', null],
    ['a string', 'resource'],
    ['the same again', { name: 'resource', resource: response }],
  ])('%s is refused, at its place', (_name, parameter) => {
    const body = parameters({ name: 'resource', resource: response }, parameter);
    expect(refusedWith(body)).toEqual([['unknown-parameter', `${P}[1]`]]);
  });

  test('a value is no resource', () => {
    const body = parameters({ name: 'resource', valueString: 'x' });
    expect(refusedWith(body)).toEqual([['missing-element', `${P}[0].resource`]]);
  });

  test('all at once, and never what was sent', () => {
    const body = parameters({ name: 'Sekret' }, { name: 'resource' }, 7, { name: 'resource', resource: {} });
    expect(refusedWith(body)).toEqual([
      ['unknown-parameter', `${P}[0]`],
      ['missing-element', `${P}[1].resource`],
      ['unknown-parameter', `${P}[2]`],
    ]);
    expect(() => readOperationInput(body)).toThrow(
      expect.objectContaining({
        issues: expect.not.arrayContaining([
          expect.objectContaining({ text: expect.stringContaining('Sekret') }),
        ]),
      }),
    );
  });
});
