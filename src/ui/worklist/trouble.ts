import type { Bundle, OperationOutcome, Parameters } from 'fhir/r4.js';
import { getFhir, nextOf } from '../parts/fhir-client.js';

/** A change of a response that has not arrived on the FHIR server. */
export interface Trouble {
  /** Id of the response. */
  readonly response: string;
  readonly state: 'queued' | 'refused' | 'unknown';
  /** FHIR instant; null when it is not said. */
  readonly since: string | null;
  /** The server's reason, in the service's words; null for none. */
  readonly reason: string | null;
}

export interface Troubles {
  readonly list: readonly Trouble[];
  /** There are more than these. */
  readonly isCut: boolean;
}

const STATES = ['refused', 'unknown', 'queued'] as const;

/** null when it cannot be read. */
export async function loadTroubles(): Promise<Troubles | null> {
  const loaded = await Promise.all(STATES.map(loadState));
  if (loaded.some((one) => one === null)) return null;
  const known = loaded.flatMap((one) => one ?? []);
  return {
    list: known.flatMap(({ list }) => list),
    isCut: known.some(({ isCut }) => isCut),
  };
}

async function loadState(state: Trouble['state']): Promise<Troubles | null> {
  const reply = await getFhir<Bundle<Parameters>>(`$delivery-status?status=${state}&_count=50`);
  if (reply.state !== 'done') return null;
  const { entry = [] } = reply.body;
  const list = entry.flatMap(({ resource }) => (resource ? (toTrouble(resource, state) ?? []) : []));
  return { list, isCut: nextOf(reply.body) !== null };
}

/** A Task is of the response that it is named after; null for anything else. */
export function toTrouble({ parameter = [] }: Parameters, state: Trouble['state']): Trouble | null {
  const part = (name: string) => parameter.find((one) => one.name === name);
  const reference = part('response')?.valueReference?.reference ?? '';
  const response = /^(?:QuestionnaireResponse\/(.+)|Task\/(.+)\.task)$/
    .exec(reference)
    ?.slice(1)
    .find(Boolean);
  if (!response) return null;
  const outcome = part('outcome')?.resource;
  const [issue] = isOutcome(outcome) ? outcome.issue : [];
  return {
    response,
    state,
    since: part('queuedAt')?.valueInstant ?? null,
    reason: issue?.details?.text ?? issue?.diagnostics ?? null,
  };
}

function isOutcome(resource: { resourceType: string } | undefined): resource is OperationOutcome {
  return resource?.resourceType === 'OperationOutcome';
}

/** Whether somebody has to do something: what waits will be tried again by itself. */
export function needsSomebody({ state }: Trouble): boolean {
  return state !== 'queued';
}

export function troubleWord({ state }: Trouble): string {
  return {
    queued: 'Waiting for the record server',
    refused: 'Refused by the record server',
    unknown: 'Not known whether it arrived',
  }[state];
}
