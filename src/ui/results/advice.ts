import type { Parameters } from 'fhir/r4.js';

/** What the safety answers call for, from `$advice`, whatever else is wrong with the response. */
export interface Advice {
  /** A level, `none-reported`, or null while it is not decided. */
  readonly urgency: string | null;
  /** Whether every safety question has an answer that can be read. */
  readonly isComplete: boolean;
}

/** What is not said is not complete. */
export function readAdvice({ parameter = [] }: Parameters): Advice {
  const of = (name: string) => parameter.find((one) => one.name === name);
  return {
    urgency: of('urgency')?.valueCode ?? null,
    isComplete: of('complete')?.valueBoolean ?? false,
  };
}
