import type { OperationOutcome, Parameters, Resource } from 'fhir/r4.js';

/** How far a response is on its way to the FHIR server, from `$delivery-status`. */
export interface Delivery {
  readonly state: string;
  /** Of the response that is on its way; null when it is not said. */
  readonly version: number | null;
  readonly attempts: number;
  readonly queuedAt: string | null;
  readonly nextAttempt: string | null;
  /** Why the last attempt failed, in the service's words. */
  readonly reason: string | null;
}

/** What is missing is null; a status that is missing is `unknown`, never `written`. */
export function readDelivery({ parameter = [] }: Parameters): Delivery {
  const of = (name: string) => parameter.find((one) => one.name === name);
  const outcome = of('outcome')?.resource;
  const issue = isOutcome(outcome) ? outcome.issue[0] : undefined;
  return {
    state: of('status')?.valueCode ?? 'unknown',
    version: of('version')?.valueInteger ?? null,
    attempts: of('attempts')?.valueInteger ?? 0,
    queuedAt: of('queuedAt')?.valueInstant ?? null,
    nextAttempt: of('nextAttempt')?.valueInstant ?? null,
    reason: issue?.details?.text ?? issue?.diagnostics ?? null,
  };
}

function isOutcome(resource: Resource | undefined): resource is OperationOutcome {
  return resource?.resourceType === 'OperationOutcome';
}

const TEXTS: Readonly<Record<string, string>> = {
  written: 'Yes, written to the record.',
  queued: 'Not yet: saved here, and on its way.',
  refused: 'No: the record’s server refused it. It is saved here only.',
  unknown: 'Nobody knows: the record’s server did not say whether it took it.',
};

/** The answer to "is it in the record?". */
export function deliveryText(state: string): string {
  return TEXTS[state] ?? `State: ${state}.`;
}
