/** The FHIR server that the service writes to, played by nock; every request must be expected and every expectation met. */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { Bundle, BundleEntry, FhirResource, OperationOutcome, Patient } from 'fhir/r4.js';
import nock from 'nock';

export const ORIGIN = 'http://fhir.test';
export const FHIR_BASE = `${ORIGIN}/fhir`;

/** Nobody's name must leave the FHIR server through an error: this text stands for what it may say. */
export const SECRET = 'Mrs Secret, born 1970, MRN 0815';

/** Older than every onset age in the worked cases. */
export const PATIENT: Patient = {
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1970-03-02',
  name: [{ text: SECRET }],
};

type Missed = { host?: string; hostname?: string; path?: string; method?: string };

/** To be called once per test file. Returns what was asked of any server and not expected. */
export function useFhirServer(): string[] {
  const unexpected: string[] = [];
  const onMissed = (...asked: Missed[]) => {
    const { host, hostname, path, method } = { ...asked[0], ...asked[1] };
    const where = `${host ?? hostname}`;
    if (!where.startsWith('127.0.0.1')) unexpected.push(`${method} ${where}${path}`);
  };
  beforeAll(() => {
    nock.disableNetConnect();
    nock.enableNetConnect('127.0.0.1');
    nock.emitter.on('no match', onMissed);
  });
  afterEach(() => {
    nock.abortPendingRequests();
    const done = nock.isDone();
    const unmet = nock.pendingMocks();
    nock.cleanAll();
    expect({ done, unmet, unexpected: unexpected.splice(0) }).toEqual({
      done: true,
      unmet: [],
      unexpected: [],
    });
  });
  afterAll(() => {
    nock.emitter.removeListener('no match', onMissed);
    nock.restore();
  });
  return unexpected;
}

export const server = () => nock(ORIGIN);

const HEADERS = { 'content-type': 'application/fhir+json' };

/** The server answers one GET below its base. */
export function answers(path: string, status: number, body?: FhirResource | string): void {
  server().get(`/fhir/${path}`).reply(status, body, HEADERS);
}

export function hasPatient(patient: Patient = PATIENT): void {
  answers(`Patient/${patient.id}`, 200, patient);
}

export function hasNoResponse(id: string): void {
  answers(`QuestionnaireResponse/${id}`, 404, outcome('not-found'));
}

/** What the server says of a failure: a code, and words that must stay with it. */
export function outcome(code: string): OperationOutcome {
  const issue = { severity: 'error', code, diagnostics: SECRET, details: { text: SECRET } };
  return { resourceType: 'OperationOutcome', issue: [issue] } as OperationOutcome;
}

export function searchset(resources: FhirResource[], more: Partial<Bundle> = {}): Bundle {
  const entry: BundleEntry[] = resources.map((resource) => ({
    fullUrl: `${FHIR_BASE}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode: 'match' },
  }));
  return { resourceType: 'Bundle', type: 'searchset', total: resources.length, ...more, entry };
}

/** The server takes one transaction; what it was sent is in the list then. */
export function takesTransaction(): Bundle[] {
  const sent: Bundle[] = [];
  server()
    .post('/fhir/')
    .reply((_uri, body) => {
      const bundle = readBundle(body);
      sent.push(bundle);
      return [200, toTransactionResponse(bundle), HEADERS];
    });
  return sent;
}

/** What nock gives for a body: text, as it knows nothing of `application/fhir+json`. */
export const readBundle = (body: unknown): Bundle => JSON.parse(String(body));

export function toTransactionResponse({ entry = [] }: Bundle): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction-response',
    entry: entry.map(({ request }) => ({
      response: { status: '201 Created', location: `${request?.url}/_history/1`, etag: 'W/"1"' },
    })),
  };
}
