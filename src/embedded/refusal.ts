import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import { toInformation } from '../fhir/outcome.js';

interface Reason {
  readonly status: 409 | 410;
  readonly code: Extract<OperationOutcomeIssue['code'], 'conflict' | 'deleted'>;
  readonly text: string;
  readonly expression?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What only a store says (deleted, still referred to), and what the product's own table of failures therefore
 * does not have. FHIR's issue types tell these apart without a details code.
 */
export class Refusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.code);
    this.name = 'Refusal';
    this.reason = reason;
  }

  toOutcome(): OperationOutcome {
    const { text, code, expression } = this.reason;
    const { issue, ...outcome } = toInformation(text);
    const at = expression === undefined ? {} : { expression: [expression] };
    return { ...outcome, issue: issue.map((one) => ({ ...one, severity: 'error', code, ...at })) };
  }
}
