/**
 * HAPI's own reading of conditions, as measured on HAPI FHIR 8.8.0 (test/server/hapi.test.ts holds the real one to
 * it): `If-None-Match: *` on a PUT is not looked at, `If-Match` on what is not there makes it, and a version that is
 * not the current one is 409.
 */
import type { Json } from './embedded-fixture.js';
import type { Answer, Call } from './simulated-store.js';

/** Whether `Type/id` is there. */
export type IsThere = (path: string) => Promise<boolean>;

/** The call as a server with the standard's conditions would have to be asked to do the same. */
export async function asHapiReads(call: Call, isThere: IsThere): Promise<Call> {
  if (call.method === 'PUT') {
    const { 'if-none-match': _ignored, 'if-match': ifMatch, ...headers } = call.headers;
    const holds = ifMatch !== undefined && (await isThere(call.path));
    return { ...call, headers: { ...headers, ...(holds && { 'if-match': ifMatch }) } };
  }
  const bundle = call.method === 'POST' && call.path === '' ? readBundle(call.body) : null;
  if (!bundle) return call;
  const entry = await Promise.all(
    bundle.entry.map(async (one: Json) => {
      if (one?.request?.method !== 'PUT') return one;
      const { ifNoneMatch: _ignored, ifMatch, ...request } = one.request;
      const holds = ifMatch !== undefined && (await isThere(String(request.url)));
      return { ...one, request: { ...request, ...(holds && { ifMatch }) } };
    }),
  );
  return { ...call, body: Buffer.from(JSON.stringify({ ...bundle, entry })) };
}

/** A condition that does not hold is a conflict. */
export function asHapiAnswers(answer: Answer): Answer {
  return answer.status === 412 ? { ...answer, status: 409 } : answer;
}

function readBundle(body: Buffer): Json | null {
  try {
    const value = JSON.parse(body.toString());
    return Array.isArray(value?.entry) ? value : null;
  } catch {
    return null;
  }
}
