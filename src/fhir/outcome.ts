import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';

/** CodeSystem of the details codes below; kept here so that `embedded` needs this file alone. */
const ISSUES = 'https://w3id.org/axspa-screening/CodeSystem/issues';

type IssueType = OperationOutcomeIssue['code'];

/**
 * Details code → HTTP status and FHIR issue type (contract.md §8).
 * The order is the order of precedence: of several faults, the first row decides the status.
 */
const DETAILS = {
  'not-json': [400, 'structure'],
  'wrong-resource-type': [400, 'structure'],
  'unknown-element': [400, 'structure'],
  'wrong-json-type': [400, 'structure'],
  'missing-element': [400, 'structure'],
  'nesting-too-deep': [400, 'structure'],
  'unknown-parameter': [400, 'structure'],
  'reference-not-found': [400, 'processing'],
  'token-invalid': [401, 'login'],
  'scope-missing': [403, 'forbidden'],
  'invitation-invalid': [403, 'forbidden'],
  'invitation-withdrawn': [403, 'forbidden'],
  'invitation-used': [403, 'forbidden'],
  'invitation-expired': [403, 'expired'],
  'resource-not-found': [404, 'not-found'],
  'unknown-route': [404, 'not-found'],
  'client-id-not-allowed': [405, 'not-supported'],
  'method-not-allowed': [405, 'not-supported'],
  'media-type': [415, 'not-supported'],
  'identifier-in-use': [409, 'conflict'],
  'version-required': [412, 'conflict'],
  'version-mismatch': [412, 'conflict'],
  'multiple-matches': [412, 'conflict'],
  'body-too-long': [413, 'too-long'],
  'questionnaire-unknown': [422, 'business-rule'],
  'questionnaire-version-missing': [422, 'business-rule'],
  'questionnaire-version-unknown': [422, 'business-rule'],
  'identity-changed': [422, 'business-rule'],
  'status-change': [422, 'business-rule'],
  'subject-not-literal': [422, 'business-rule'],
  'subject-not-found': [422, 'business-rule'],
  'refused-by-server': [422, 'business-rule'],
  'answer-not-enabled': [422, 'business-rule'],
  'exclusive-option': [422, 'business-rule'],
  'onset-after-age': [422, 'business-rule'],
  'modifier-unknown': [422, 'business-rule'],
  'answer-required': [422, 'required'],
  'element-required': [422, 'required'],
  'unknown-link-id': [422, 'value'],
  'wrong-order': [422, 'value'],
  'wrong-nesting': [422, 'value'],
  'duplicate-link-id': [422, 'value'],
  'wrong-answer-type': [422, 'value'],
  'too-many-answers': [422, 'value'],
  'out-of-range': [422, 'value'],
  'too-long-answer': [422, 'value'],
  pattern: [422, 'value'],
  'bad-date': [422, 'value'],
  'code-not-in-options': [422, 'code-invalid'],
  'rate-limit': [429, 'throttled'],
  exception: [500, 'exception'],
  'fhir-server-unreachable': [503, 'transient'],
  'store-unavailable': [503, 'transient'],
} as const satisfies Record<string, readonly [status: number, type: IssueType]>;

export type DetailsCode = keyof typeof DETAILS;

export const DETAILS_CODES: readonly DetailsCode[] = Object.keys(DETAILS).filter(isDetailsCode);

function isDetailsCode(code: string): code is DetailsCode {
  return Object.hasOwn(DETAILS, code);
}

/** One thing wrong with a request, before it becomes FHIR. */
export interface Issue {
  readonly code: DetailsCode;
  /** A sentence for the person who can act. Never patient data. */
  readonly text: string;
  /** FHIRPath of the element at fault; absent when no element is. */
  readonly expression?: string;
  /** Error unless said otherwise. */
  readonly severity?: 'error' | 'warning' | 'information';
}

/** The one deliberate error: a non-empty list of issues. Anything else thrown is a bug. */
export class Problem extends Error {
  readonly issues: readonly [Issue, ...Issue[]];

  constructor(first: Issue, more: readonly Issue[] = []) {
    super(first.code);
    this.name = 'Problem';
    this.issues = [first, ...more];
  }

  /** Throws one Problem with all of them when any is an error. */
  static throwIfAny(issues: readonly Issue[]): void {
    const [first, ...more] = issues;
    if (first && issues.some(isError)) throw new Problem(first, more);
  }
}

/** Whether an issue stands in the way; warnings and information do not. */
export function isError({ severity = 'error' }: Issue): boolean {
  return severity === 'error';
}

/** HTTP status of a failure: that of the first row of contract.md §8 that occurs. */
export function statusOf(issues: readonly Issue[]): number {
  const errors = issues.filter(isError);
  const first = DETAILS_CODES.find((code) => errors.some((issue) => issue.code === code));
  return first === undefined ? 500 : DETAILS[first][0];
}

/** More faults than anyone will read: the rest of them are counted, so that an answer stays of a size to send. */
export const MOST_ISSUES = 5000;

/** Issues → OperationOutcome, in the order given. The only place that builds one. */
export function toOperationOutcome(issues: readonly Issue[]): OperationOutcome {
  const issue = issues.slice(0, MOST_ISSUES).map(toIssue);
  const left = issues.length - issue.length;
  return {
    resourceType: 'OperationOutcome',
    issue: left > 0 ? [...issue, ...toInformation(`There are ${left} more.`).issue] : issue,
  };
}

function toIssue({ code, text, expression, severity }: Issue): OperationOutcomeIssue {
  return {
    severity: severity ?? 'error',
    code: DETAILS[code][1],
    details: { coding: [{ system: ISSUES, code }], text },
    diagnostics: text,
    ...(expression === undefined ? {} : { expression: [expression] }),
  };
}

/** An OperationOutcome that says all is well, or gives one warning without a fault to point at. */
export function toInformation(
  text: string,
  severity: 'information' | 'warning' = 'information',
): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity, code: 'informational', details: { text }, diagnostics: text }],
  };
}
