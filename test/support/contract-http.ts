/** FHIR over HTTP as a caller sees it; nothing here knows the service's code. */
import { createHash } from 'node:crypto';
import type { Bundle, FhirResource, Observation, OperationOutcome, Parameters } from 'fhir/r4.js';

export const FHIR_JSON = 'application/fhir+json';

export type Reply<T> = { status: number; headers: Headers; text: string; body: T };
export type Sent = { method?: string; body?: unknown; headers?: Record<string, string> };

/** One exchange. A string body goes as it is, anything else as JSON; `body` of the reply is trusted to be T. */
export async function send<T>(url: string, sent: Sent = {}): Promise<Reply<T>> {
  const { method = sent.body === undefined ? 'GET' : 'POST', body, headers = {} } = sent;
  const init: RequestInit = {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': FHIR_JSON }), ...headers },
    signal: AbortSignal.timeout(30_000),
  };
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await fetch(url, init);
  const text = await reply.text();
  const isJson = /json/.test(reply.headers.get('content-type') ?? '');
  return {
    status: reply.status,
    headers: reply.headers,
    text,
    body: (isJson && text !== '' ? JSON.parse(text) : undefined) as T,
  };
}

/** A GET that must succeed. */
export async function read<T>(url: string): Promise<T> {
  const reply = await send<T>(url);
  if (reply.status !== 200) throw new Error(`GET ${url}: ${reply.status} ${reply.text.slice(0, 500)}`);
  return reply.body;
}

export function resourcesOf<T extends FhirResource>(bundle: Bundle, type: T['resourceType']): T[] {
  return (bundle.entry ?? [])
    .map((entry) => entry.resource)
    .filter((resource): resource is T => resource?.resourceType === type);
}

/** Every Observation that was derived from a response, by id, from a facade's or a server's FHIR base. */
export async function observationsOf(fhirBase: string, responseId: string): Promise<Observation[]> {
  const bundle = await read<Bundle>(
    `${fhirBase}/Observation?derived-from=QuestionnaireResponse/${responseId}&_count=200`,
  );
  return resourcesOf<Observation>(bundle, 'Observation').sort((a, b) =>
    (a.id ?? '') < (b.id ?? '') ? -1 : 1,
  );
}

/** The code after the response's id: `r….nice-ng65` → `nice-ng65`. */
export const shortCode = (observation: Observation) => observation.id?.split('.').slice(1).join('.') ?? '';

export async function count(fhirBase: string, type: string): Promise<number> {
  const bundle = await read<Bundle>(`${fhirBase}/${type}?_summary=count`);
  if (bundle.total === undefined) throw new Error(`no total in ${type}?_summary=count`);
  return bundle.total;
}

/** Born in 1970: older than every onset age in the worked cases. */
export async function putPatient(fhirBase: string, id: string, more: object = {}): Promise<void> {
  const patient = { resourceType: 'Patient', id, birthDate: '1970-03-02', ...more };
  const reply = await send(`${fhirBase}/Patient/${id}`, { method: 'PUT', body: patient });
  if (reply.status !== 200 && reply.status !== 201) {
    throw new Error(`PUT Patient/${id}: ${reply.status} ${reply.text.slice(0, 500)}`);
  }
}

export type Fault = { severity: string; type: string; code: string; system: string; expression: string };

/** The issues of an OperationOutcome, flat. */
export function faultsOf(outcome: OperationOutcome): Fault[] {
  if (outcome?.resourceType !== 'OperationOutcome') {
    throw new Error(`not an OperationOutcome: ${JSON.stringify(outcome)?.slice(0, 300)}`);
  }
  return outcome.issue.map((issue) => ({
    severity: issue.severity,
    type: issue.code,
    code: issue.details?.coding?.[0]?.code ?? '',
    system: issue.details?.coding?.[0]?.system ?? '',
    expression: issue.expression?.[0] ?? '',
  }));
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** JSON with sorted keys, no white space. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** contract.md §1: `r` and the first 31 hex of the hash of the response key. */
export const responseId = (system: string, value: string) => `r${sha256(`${system}|${value}`).slice(0, 31)}`;

/** Every value of a key, at any depth. */
export function valuesOf(key: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((inner) => valuesOf(key, inner));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key ? [inner] : []),
    ...valuesOf(key, inner),
  ]);
}

/** What `$delivery-status` says; `outcome` is its first details code. */
export type DeliveryTold = Partial<
  Record<'status' | 'queuedAt' | 'nextAttempt' | 'location' | 'plan' | 'outcome', string>
> & { version?: number; attempts?: number };

export function deliveryIn({ parameter = [] }: Parameters): DeliveryTold {
  const entries = parameter.map(({ name, resource, ...value }) => [
    name,
    resource ? faultsOf(resource as OperationOutcome)[0]?.code : Object.values(value)[0],
  ]);
  return Object.fromEntries(entries);
}

export const deliveryOf = async (fhirBase: string, id: string): Promise<DeliveryTold> =>
  deliveryIn(await read<Parameters>(`${fhirBase}/QuestionnaireResponse/${id}/$delivery-status`));

/** Waits until it is so, asking every 100 ms; fails when it is not in time. */
export async function until(ms: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not so within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
