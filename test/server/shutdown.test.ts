/** SIGTERM under load: what is under way is answered and kept, what comes later is not begun, and the end is orderly. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type Pages, startPages } from '../support/browser-service.js';
import { FHIR_JSON } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';

const AT_ONCE = 50;
/** How long the FHIR server takes for each answer. */
const SLOWLY_MS = 700;

let service: Pages | undefined;
let server: Server | undefined;
afterEach(async () => {
  await service?.stop();
  server?.closeAllConnections();
  server?.close();
}, 30_000);

/** It knows every patient, takes whatever it is sent, and counts who was asked for. */
async function startSlow(): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const isWrite = req.method === 'POST' && chunks.length > 0;
      const [, id] = /\/Patient\/([^/?]+)$/.exec(req.url ?? '') ?? [];
      if (id !== undefined) asked += 1;
      const answer = () => {
        res.writeHead(id !== undefined || isWrite || /metadata$/.test(`${req.url}`) ? 200 : 404, {
          'content-type': FHIR_JSON,
        });
        if (isWrite) res.end(toAnswer(JSON.parse(Buffer.concat(chunks).toString())));
        else if (id !== undefined)
          res.end(JSON.stringify({ resourceType: 'Patient', id, birthDate: '1970' }));
        else res.end(JSON.stringify({ resourceType: 'CapabilityStatement', status: 'active', rest: [] }));
      };
      setTimeout(answer, SLOWLY_MS);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`, asked: () => asked };
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
  const url = `${service.fhir}/QuestionnaireResponse`;
  const sent = Array.from({ length: AT_ONCE }, async (_, index) => {
    const body = JSON.stringify(toResponse(worked('D1'), `under way ${index}`));
    const reply = await fetch(url, { method: 'POST', body, headers: { 'content-type': FHIR_JSON } });
    const answer = (await reply.json()) as { resourceType: string };
    return `${reply.status} ${answer.resourceType}`;
  });
  await until(() => slow.asked() >= AT_ONCE, 10_000);
  expect(slow.asked()).toBeGreaterThanOrEqual(AT_ONCE);
  const code = await service.terminate();
  const answers = await Promise.allSettled(sent);
  const said = answers.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));
  const count = (wanted: RegExp) => said.filter((one) => wanted.test(one)).length;
  console.log(
    `SIGTERM with ${AT_ONCE} requests under way: ${count(/^201 /)} written, ${count(/^202 /)} kept for later, exit ${code}`,
  );
  expect(said.filter((one) => !/^20[12] QuestionnaireResponse$/.test(one))).toEqual([]);
  expect(code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
}, 90_000);
