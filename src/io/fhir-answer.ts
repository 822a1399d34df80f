import type { Bundle, FhirResource } from 'fhir/r4.js';
import { memberOf } from '../fhir/member.js';

/** What fhir-kit-client hangs on its errors; no field for a failure of the network. */
export interface Answered {
  readonly status?: number;
  readonly data?: unknown;
  readonly headers?: Headers;
}

export function responseIn(error: unknown): Answered {
  if (typeof error !== 'object' || error === null || !('response' in error)) return {};
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('status' in response)) return {};
  const config = 'config' in error ? error.config : null;
  const headers =
    typeof config === 'object' && config !== null && 'headers' in config ? config.headers : null;
  return {
    status: Number(response.status),
    data: 'data' in response ? response.data : undefined,
    ...(headers instanceof Headers && { headers }),
  };
}

/** There is no access token, or the server takes none that there is: nothing was done. */
export class NoToken extends Error {}

/** As it is told where a write waits. */
export const NO_TOKEN = 'no access token';

/** The system's error code; a message could carry a URL with a query. */
export function networkReason(error: unknown): string {
  if (error instanceof NoToken) return NO_TOKEN;
  // By what they hold: an error of another realm is no instance of ours.
  const name = memberOf(error, 'name');
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  const code = memberOf(memberOf(error, 'cause'), 'code');
  return typeof code === 'string' ? code : 'network error';
}

/** A Bundle as far as it is read here: lists of objects, links with a URL. */
export function isBundle(value: unknown): value is Bundle {
  if (!isResourceOf<Bundle>('Bundle', value)) return false;
  const { entry = [], link = [] } = value;
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  return (
    Array.isArray(entry) &&
    entry.every(isObject) &&
    Array.isArray(link) &&
    link.every((one) => isObject(one) && typeof one.url === 'string' && typeof one.relation === 'string')
  );
}

/** Whether JSON from the server is the resource that was asked for. */
export function isResourceOf<T extends FhirResource>(type: string, value: unknown): value is T {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === type
  );
}
