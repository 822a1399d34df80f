import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { readLoosely } from '../../../src/fhir/loose-answers.js';
import { CANONICAL, coding } from '../../support/contract-responses.js';
import { createPorts } from '../../support/http-app.js';

const [form] = (await createPorts()).content.forms;
const NONE = { 'red-flag-emergency': 'none', 'eye-symptoms-now': 'no' };

const answered = (linkId: string, ...codes: string[]): QuestionnaireResponseItem => ({
  linkId,
  answer: codes.map(coding),
});

function read(...item: QuestionnaireResponseItem[]) {
  if (!form) throw new Error('there is a form');
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    questionnaire: CANONICAL,
    item,
  };
  const linkIds = ['red-flag-emergency', 'eye-symptoms-now', 'night-rising-relief', 'not-there'];
  const { given, faulty } = readLoosely(response, linkIds, form, NONE);
  return { given: Object.fromEntries(given), faulty: [...faulty] };
}

describe('answers are found', () => {
  test.each<[string, QuestionnaireResponseItem[]]>([
    ['in their group', [{ linkId: 'safety', item: [answered('red-flag-emergency', 'breathless')] }]],
    ['outside of it', [answered('red-flag-emergency', 'breathless')]],
    ['in another', [{ linkId: 'pain', item: [answered('red-flag-emergency', 'breathless')] }]],
    [
      'under an answer',
      [
        {
          linkId: 'no-such-question',
          answer: [{ valueString: 'x', item: [answered('red-flag-emergency', 'breathless')] }],
        },
      ],
    ],
  ])('%s', (_name, items) => {
    expect(read(...items)).toEqual({ given: { 'red-flag-emergency': ['breathless'] }, faulty: [] });
  });

  test('of a question that is not enabled', () => {
    expect(read(answered('night-rising-relief', 'yes')).given).toEqual({ 'night-rising-relief': 'yes' });
  });

  test('blank is not answered', () => {
    expect(read({ linkId: 'red-flag-emergency' }, { linkId: 'eye-symptoms-now', answer: [{}] })).toEqual({
      given: {},
      faulty: [],
    });
  });
});

describe('a faulty answer is never the reassuring one', () => {
  const doubled = [answered('red-flag-emergency', 'none'), answered('red-flag-emergency', 'leg-weakness')];

  test.each<[string, QuestionnaireResponseItem[], object, string]>([
    [
      'none with something',
      [answered('red-flag-emergency', 'none', 'leg-weakness')],
      { 'red-flag-emergency': ['leg-weakness'] },
      'red-flag-emergency',
    ],
    [
      'none, and something in a second place',
      doubled,
      { 'red-flag-emergency': ['leg-weakness'] },
      'red-flag-emergency',
    ],
    [
      'none with what is no option',
      [answered('red-flag-emergency', 'none', 'no-such-code')],
      {},
      'red-flag-emergency',
    ],
    [
      'no and yes',
      [answered('eye-symptoms-now', 'no', 'yes')],
      { 'eye-symptoms-now': 'yes' },
      'eye-symptoms-now',
    ],
    ['no, twice', [answered('eye-symptoms-now', 'no', 'no')], {}, 'eye-symptoms-now'],
    [
      'of another type',
      [{ linkId: 'eye-symptoms-now', answer: [{ valueBoolean: false }] }],
      {},
      'eye-symptoms-now',
    ],
    [
      'of another code system',
      [
        {
          linkId: 'eye-symptoms-now',
          answer: [{ valueCoding: { system: 'http://other.example.org', code: 'no' } }],
        },
      ],
      {},
      'eye-symptoms-now',
    ],
  ])('%s', (_name, items, given, faulty) => {
    expect(read(...items)).toEqual({ given, faulty: [faulty] });
  });
});
