import { describe, expect, test } from '@jest/globals';
import {
  DETAILS_CODES,
  type DetailsCode,
  type Issue,
  isError,
  MOST_ISSUES,
  Problem,
  statusOf,
  toInformation,
  toOperationOutcome,
} from '../../../src/fhir/outcome.js';

const ISSUES = 'https://w3id.org/axspa-screening/CodeSystem/issues';

/** contract.md §8, row by row. */
const ROWS: [status: number, type: string, codes: string][] = [
  [
    400,
    'structure',
    'not-json wrong-resource-type unknown-element wrong-json-type missing-element nesting-too-deep unknown-parameter',
  ],
  [401, 'login', 'token-invalid'],
  [403, 'forbidden', 'scope-missing invitation-invalid invitation-withdrawn invitation-used'],
  [403, 'expired', 'invitation-expired'],
  [404, 'not-found', 'resource-not-found unknown-route'],
  [405, 'not-supported', 'client-id-not-allowed method-not-allowed'],
  [415, 'not-supported', 'media-type'],
  [409, 'conflict', 'identifier-in-use'],
  [412, 'conflict', 'version-required version-mismatch multiple-matches'],
  [413, 'too-long', 'body-too-long'],
  [
    422,
    'business-rule',
    'questionnaire-unknown questionnaire-version-missing questionnaire-version-unknown identity-changed status-change subject-not-literal subject-not-found refused-by-server answer-not-enabled exclusive-option onset-after-age modifier-unknown',
  ],
  [422, 'required', 'answer-required element-required'],
  [
    422,
    'value',
    'unknown-link-id wrong-order wrong-nesting duplicate-link-id wrong-answer-type too-many-answers out-of-range too-long-answer pattern bad-date',
  ],
  [422, 'code-invalid', 'code-not-in-options'],
  [429, 'throttled', 'rate-limit'],
  [500, 'exception', 'exception'],
  [503, 'transient', 'fhir-server-unreachable store-unavailable'],
];
/** The embedded server's own, as HAPI answers (contract.md §2, "literal references"). */
const EMBEDDED = 'reference-not-found';

const known = (code: string): DetailsCode => {
  const found = DETAILS_CODES.find((one) => one === code);
  if (!found) throw new Error(`no details code ${code}`);
  return found;
};
const issue = (code: string, severity?: Issue['severity']): Issue => ({
  code: known(code),
  text: `says ${code}`,
  ...(severity && { severity }),
});
const rows = ROWS.flatMap(([status, type, codes]) =>
  codes.split(' ').map((code): [string, number, string] => [code, status, type]),
);

describe('table', () => {
  test.each(rows)('%s is %d %s', (code, status, type) => {
    expect(statusOf([issue(code)])).toBe(status);
    expect(toOperationOutcome([issue(code)]).issue[0]?.code).toBe(type);
  });

  test('has no other code', () => {
    expect([...DETAILS_CODES].sort()).toEqual([...rows.map(([code]) => code), EMBEDDED].sort());
  });
});

describe('status', () => {
  test.each(rows.slice(0, -1).map(([code], index) => [code, rows[index + 1]?.[0] ?? ''] as const))(
    '%s comes before %s, whichever is met first',
    (first, second) => {
      const status = statusOf([issue(first)]);
      expect(statusOf([issue(second), issue(first)])).toBe(status);
      expect(statusOf([issue(first), issue(second)])).toBe(status);
    },
  );

  test('of many, the first row decides', () => {
    expect(statusOf(['code-not-in-options', 'version-mismatch', 'not-json'].map((one) => issue(one)))).toBe(
      400,
    );
    expect(statusOf(['exception', 'rate-limit', 'bad-date', 'media-type'].map((one) => issue(one)))).toBe(
      415,
    );
  });

  test('warnings and information do not decide', () => {
    expect(
      statusOf([issue('not-json', 'warning'), issue('bad-date'), issue('scope-missing', 'information')]),
    ).toBe(422);
  });

  test('is 500 where nothing says why', () => {
    expect(statusOf([])).toBe(500);
    expect(statusOf([issue('element-required', 'warning')])).toBe(500);
  });
});

describe('severity', () => {
  test.each([
    [undefined, true],
    ['error', true],
    ['warning', false],
    ['information', false],
  ] as const)('%s', (severity, expected) => expect(isError(issue('bad-date', severity))).toBe(expected));
});

describe('Problem', () => {
  const thrownBy = (issues: readonly Issue[]): unknown => {
    try {
      Problem.throwIfAny(issues);
    } catch (error) {
      return error;
    }
    return 'nothing';
  };

  test('is thrown with all issues, warnings too, in their order', () => {
    const issues = [issue('element-required', 'warning'), issue('bad-date'), issue('not-json')];
    const problem = thrownBy(issues);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toBeInstanceOf(Error);
    expect(problem).toMatchObject({ name: 'Problem', message: 'element-required', issues });
  });

  test('of one, or of one and more', () => {
    expect(new Problem(issue('bad-date')).issues).toEqual([issue('bad-date')]);
    const both = new Problem(issue('bad-date'), [issue('not-json'), issue('pattern', 'warning')]);
    expect(both.issues).toEqual([issue('bad-date'), issue('not-json'), issue('pattern', 'warning')]);
    expect(both.message).toBe('bad-date');
  });

  test.each([
    ['nothing', []],
    ['a warning', [issue('element-required', 'warning')]],
    ['information', [issue('bad-date', 'information'), issue('bad-date', 'warning')]],
  ])('is not thrown for %s', (_name, issues) => {
    expect(thrownBy(issues)).toBe('nothing');
  });
});

describe('OperationOutcome', () => {
  test('says code, text and place of every issue, in the order given', () => {
    const expression = 'QuestionnaireResponse.item[0]';
    expect(toOperationOutcome([{ ...issue('bad-date'), expression }, issue('not-json', 'warning')])).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code: 'value',
          details: { coding: [{ system: ISSUES, code: 'bad-date' }], text: 'says bad-date' },
          diagnostics: 'says bad-date',
          expression: [expression],
        },
        {
          severity: 'warning',
          code: 'structure',
          details: { coding: [{ system: ISSUES, code: 'not-json' }], text: 'says not-json' },
          diagnostics: 'says not-json',
        },
      ],
    });
  });

  test('gives no more than 5000, and counts the rest', () => {
    const many = (length: number) =>
      toOperationOutcome(Array.from({ length }, () => issue('bad-date'))).issue;
    expect(MOST_ISSUES).toBe(5000);
    expect(many(5000)).toHaveLength(5000);
    expect(many(5000).every(({ severity }) => severity === 'error')).toBe(true);
    expect(many(100_000)).toHaveLength(5001);
    expect(many(100_000).at(-1)).toEqual({
      severity: 'information',
      code: 'informational',
      details: { text: 'There are 95000 more.' },
      diagnostics: 'There are 95000 more.',
    });
  });

  test.each([
    [undefined, 'information'],
    ['information', 'information'],
    ['warning', 'warning'],
  ] as const)('may only inform: %s', (given, severity) => {
    expect(toInformation('valid', given)).toEqual({
      resourceType: 'OperationOutcome',
      issue: [{ severity, code: 'informational', details: { text: 'valid' }, diagnostics: 'valid' }],
    });
  });
});
