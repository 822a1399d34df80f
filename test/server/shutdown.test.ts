/** SIGTERM under load: what is under way is answered and kept, what comes later is not begun, and the end is orderly. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type Pages, startPages } from '../support/browser-service.js';
import { FHIR_JSON } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';

/** Answers that were sent in for good, and patients that were read. */
const [SENT, READ] = [10, 40];

let service: Pages | undefined;
let server: Server | undefined;
afterEach(async () => {
  await service?.stop();
  server?.closeAllConnections();
  server?.close();
}, 30_000);

interface Slow {
  readonly url: string;
  /** How many patients it was asked for. */
  asked(): number;
  /** Answers what it was asked, and from now on everything at once. */
  release(): void;
}

/** It knows every patient and takes whatever it is sent; but it answers for none before it is told to. */
async function startSlow(): Promise<Slow> {
  const asked = new Set<string>();
  const held: (() => void)[] = [];
  let isReleased = false;
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const isWrite = req.method === 'POST' && chunks.length > 0;
      const [, id] = /\/Patient\/([^/?]+)$/.exec(req.url ?? '') ?? [];
      if (id !== undefined) asked.add(id);
      const answer = () => {
        res.writeHead(id !== undefined || isWrite || /metadata$/.test(`${req.url}`) ? 200 : 404, {
          'content-type': FHIR_JSON,
        });
        if (isWrite) res.end(toAnswer(JSON.parse(Buffer.concat(chunks).toString())));
        else if (id !== undefined)
          res.end(JSON.stringify({ resourceType: 'Patient', id, birthDate: '1970' }));
        else res.end(JSON.stringify({ resourceType: 'CapabilityStatement', status: 'active', rest: [] }));
      };
      if (isReleased || id === undefined) answer();
      else held.push(answer);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`,
    asked: () => asked.size,
    release: () => {
      isReleased = true;
      for (const answer of held) answer();
    },
  };
}

type Entry = { request: { url: string } };
function toAnswer({ entry = [] }: { entry?: Entry[] }): string {
  const answered = entry.map(({ request }) => ({
    response: { status: '201 Created', location: `${request.url}/_history/1`, etag: 'W/"1"' },
  }));
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry: answered });
}

async function until(isTrue: () => boolean, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  while (!isTrue() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('50 requests under way are answered, and it ends by itself', async () => {
  const slow = await startSlow();
  service = await startPages({
    FHIR_BASE_URL: slow.url,
    WRITE_PROFILE: 'full',
    AUDIT_TO: 'file',
    FHIR_TIMEOUT_MS: '5000',
  });
  const { fhir } = service;
  const ask = async (path: string, init?: RequestInit) => {
    const reply = await fetch(`${fhir}/${path}`, init);
    const { resourceType } = (await reply.json()) as { resourceType: string };
    return `${reply.status} ${resourceType}`;
  };
  const submit = (index: number) => {
    const response = toResponse(worked('D1'), `under way ${index}`);
    const body = JSON.stringify({ ...response, subject: { reference: `Patient/sent-${index}` } });
    return ask('QuestionnaireResponse', { method: 'POST', body, headers: { 'content-type': FHIR_JSON } });
  };
  const underWay = Promise.allSettled([
    ...Array.from({ length: SENT }, (_, index) => submit(index)),
    ...Array.from({ length: READ }, (_, index) => ask(`Patient/read-${index}`)),
  ]);
  await until(() => slow.asked() >= SENT + READ, 30_000);
  expect(slow.asked()).toBe(SENT + READ);
  const ended = service.terminate();
  setTimeout(slow.release, 100);
  const code = await ended;
  const said = (await underWay).map((one) => (one.status === 'fulfilled' ? one.value : `${one.reason}`));
  const count = (wanted: string) => said.filter((one) => one === wanted).length;
  const [written, kept] = [count('201 QuestionnaireResponse'), count('202 QuestionnaireResponse')];
  const read = count('200 Patient');
  console.log(
    `SIGTERM with ${SENT + READ} requests under way: ${read} read, ${written} written, ${kept} kept for later, exit ${code}`,
  );
  expect({ read, sent: written + kept, code }).toEqual({ read: READ, sent: SENT, code: 0 });
  await expect(ask('metadata')).rejects.toThrow();
}, 90_000);
