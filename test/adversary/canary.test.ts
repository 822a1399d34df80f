/**
 * Wherever a caller, a FHIR server or an operator can put a word, a canary is put; then everything that the service
 * printed, at its most talkative, and its audit trail are looked through for it.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Pages, startPages } from '../support/browser-service.js';
import { FHIR_JSON, send } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.js';

const WORD = 'xcanaryx';
let placed = 0;
/** A word of its own for each place; nothing else has it. */
function canary(where: string): string {
  placed += 1;
  return `${WORD}${where}`;
}

/** How a FHIR server fails; it quotes what it was sent, as they do. */
type Mood = 'takes' | 'refuses' | 'breaks' | 'babbles' | 'redirects' | 'hangs up';
let mood: Mood = 'takes';
const servers: Server[] = [];
async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const quote = (text: string) =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: 'processing',
        details: { text },
        diagnostics: `${canary('Server')} ${text}`,
      },
    ],
  });

function startFhirServer(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const sent = Buffer.concat(chunks).toString();
      const answer = (status: number, body: string, type = FHIR_JSON) =>
        response.writeHead(status, { 'content-type': type, 'x-note': canary('Header') }).end(body);
      const said = `${request.url} ${JSON.stringify(request.headers)} ${sent}`;
      if (/\/metadata$/.test(`${request.url}`))
        return answer(
          200,
          JSON.stringify({ resourceType: 'CapabilityStatement', status: 'active', rest: [] }),
        );
      if (mood === 'refuses') return answer(422, quote(said));
      if (mood === 'breaks') return answer(500, `<html>${said}</html>`, 'text/html');
      if (mood === 'babbles') return answer(200, `{"resourceType":"${canary('Babble')}", ${said}`);
      if (mood === 'redirects') return response.writeHead(302, { location: `/${canary('Location')}` }).end();
      if (mood === 'hangs up') return request.socket.destroy();
      return answer(200, JSON.stringify(patient()));
    });
  });
  return listen(server);
}

const patient = () => ({
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1970-03-02',
  name: [{ family: canary('Family'), given: [canary('Given')], text: canary('Name') }],
  identifier: [{ system: 'urn:mrn', value: canary('Mrn') }],
  text: { status: 'generated', div: `<div>${canary('Div')}</div>` },
});

let issuer: TokenIssuer;
let open: Pages;
let guarded: Pages;
beforeAll(async () => {
  issuer = await startTokenIssuer();
  const FHIR_BASE_URL = `${await startFhirServer()}/fhir`;
  const pager = createServer((_request, response) => response.writeHead(500).end(canary('Pager')));
  const env = {
    FHIR_BASE_URL,
    FHIR_TIMEOUT_MS: '2000',
    LOG_LEVEL: 'debug',
    AUDIT_TO: 'file',
    ALERT_URL: `${await listen(pager)}/hook?token=${canary('AlertToken')}`,
    ALERT_SECRET: canary('AlertSecret'),
    SUBSCRIPTION_SECRET: `${canary('SubscriptionSecret')}${'0'.repeat(40)}`,
  };
  open = await startPages({ ...env, WRITE_PROFILE: 'full' });
  guarded = await startPages({ ...env, AUTH_ISSUERS: issuer.trusted, AUTH_AUDIENCE: 'urn:audience' });
}, 120_000);
afterAll(async () => {
  await Promise.all([open?.stop(), guarded?.stop(), issuer?.close()]);
  for (const server of servers) server.close();
}, 30_000);

/** A response with a word in every place that takes one; red flags in it raise an alert. */
function response(identifier: string, more: object = {}): object {
  return {
    ...toResponse(worked('P4'), canary(identifier)),
    text: { status: 'generated', div: `<div>${canary('Narrative')}</div>` },
    contained: [
      { resourceType: 'Patient', id: canary('Contained'), name: [{ text: canary('ContainedName') }] },
    ],
    extension: [{ url: `urn:${canary('ExtensionUrl')}`, valueString: canary('Extension') }],
    meta: {
      tag: [{ code: canary('Tag'), display: canary('TagDisplay') }],
      source: `urn:${canary('Source')}`,
    },
    author: { reference: 'Practitioner/d1', display: canary('Author') },
    source: { reference: 'Patient/p1', display: canary('SourceDisplay') },
    encounter: { reference: 'Encounter/e1', display: canary('Encounter') },
    ...more,
  };
}

/** Bodies that fail, each at another place. */
const broken = (): unknown[] => [
  canary('NotJson'),
  `{"${canary('HalfName')}":`,
  { resourceType: canary('Type') },
  { ...response('UnknownElement'), [canary('Element')]: 1 },
  response('Status', { status: canary('StatusCode') }),
  response('Questionnaire', { questionnaire: `urn:${canary('Canonical')}|1` }),
  response('Subject', { subject: { reference: `Patient/${canary('Patient')}`, display: canary('Subject') } }),
  response('Logical', { subject: { identifier: { value: canary('Identifier') } } }),
  response('Authored', { authored: canary('Date') }),
  response('Script', { text: { status: 'generated', div: `<script>${canary('Script')}</script>` } }),
  response('Item', {
    item: [
      { linkId: canary('LinkId'), text: canary('ItemText'), answer: [{ valueString: canary('Answer') }] },
    ],
  }),
  response('Coding', {
    item: [
      {
        linkId: 'safety',
        item: [
          {
            linkId: 'red-flag-emergency',
            answer: [{ valueCoding: { system: 'urn:x', code: canary('Code'), display: canary('Display') } }],
          },
        ],
      },
    ],
  }),
  response('Modifier', { modifierExtension: [{ url: `urn:${canary('Modifier')}`, valueString: 'x' }] }),
];

const paths = (): string[] => [
  `/${canary('Path')}`,
  `/%zz${canary('Escape')}`,
  `/fhir/${canary('FhirType')}`,
  `/fhir/Patient/${canary('Id')}`,
  `/fhir/Patient?name=${canary('Query')}`,
  `/fhir/Patient?${canary('Parameter')}=x`,
  `/fhir/Observation?patient=${canary('PatientQuery')}&code=${canary('CodeQuery')}`,
  `/fhir/Observation?_page=${Buffer.from(canary('Page')).toString('base64url')}`,
  `/fhir/QuestionnaireResponse/${canary('ResponseId')}/$explain`,
  `/fhir/QuestionnaireResponse/${canary('HistoryId')}/_history/${canary('Version')}`,
  `/fhir/QuestionnaireResponse?identifier=urn:x|${canary('IdentifierQuery')}`,
  `/fhir/Questionnaire?title=${canary('Title')}`,
  `/fhir/$delivery-status?status=${canary('DeliveryStatus')}`,
  `/screen?subject=Patient/${canary('PageQuery')}`,
  `/results/${canary('ResultId')}`,
  `/patients/${canary('HistoryPage')}`,
  `/ui/${canary('File')}`,
  `/launch?iss=https://${canary('Iss')}.example&launch=${canary('Launch')}`,
  `/callback?code=${canary('AuthCode')}&state=${canary('State')}`,
  `/callback?error=${canary('AuthError')}&error_description=${canary('AuthText')}`,
];

const headers = (token: string): Record<string, string>[] => [
  { authorization: `Bearer ${token}` },
  { authorization: `Bearer ${token}${canary('Signature')}` },
  { authorization: `Bearer eyJhbGciOiJub25lIn0.${Buffer.from(canary('Claims')).toString('base64url')}.` },
  { authorization: `Basic ${Buffer.from(canary('Basic')).toString('base64')}` },
  { authorization: canary('Scheme') },
  { cookie: `__Host-axspa=${canary('Cookie')}` },
  {
    'if-match': canary('IfMatch'),
    'if-none-exist': `identifier=${canary('IfNoneExist')}`,
    prefer: canary('Prefer'),
  },
  {
    'user-agent': canary('Agent'),
    referer: `http://x/${canary('Referer')}`,
    origin: `https://${canary('Origin')}.example`,
  },
  {
    'x-forwarded-for': canary('Forwarded'),
    'x-request-id': canary('RequestId'),
    'accept-language': canary('Language'),
  },
  { accept: canary('Accept'), 'x-http-method-override': canary('Override') },
];

async function post(
  service: Pages,
  path: string,
  body: unknown,
  more: Record<string, string> = {},
): Promise<number> {
  const { status } = await send(`${service.fhir}/${path}`, { method: 'POST', body, headers: more });
  return status;
}

/** Bytes that are hardly HTTP. */
function raw({ url }: Pages, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(text));
    socket.setTimeout(5000, () => socket.destroy());
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

test('no word of anybody in any log', async () => {
  const token = await issuer.mint({
    sub: canary('Sub'),
    patient: 'p1',
    scope: 'patient/*.cruds',
    aud: 'urn:audience',
  });
  const statuses = new Map<number, number>();
  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  for (const service of [open, guarded]) {
    const signed = service === guarded ? { authorization: `Bearer ${token}` } : undefined;
    for (const one of ['takes', 'refuses', 'breaks', 'babbles', 'redirects', 'hangs up'] as const) {
      mood = one;
      count(await post(service, 'QuestionnaireResponse', response(`Sent${one.replace(' ', '')}`), signed));
      for (const path of paths()) count((await send(service.url + path, { headers: signed ?? {} })).status);
    }
    mood = 'takes';
    for (const body of broken()) {
      for (const operation of ['', '/$validate', '/$explain', '/$extract', '/$advice'])
        count(await post(service, `QuestionnaireResponse${operation}`, body, signed));
    }
    for (const header of headers(token)) {
      count((await send(`${service.fhir}/Patient/p1`, { headers: header })).status);
      count(await post(service, 'QuestionnaireResponse', response('WithHeader'), header));
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...signed };
    count(await post(service, 'Patient/_search', `name=${canary('Form')}&${canary('FormName')}=1`, form));
    count(await post(service, 'Patient/_search', canary('Text'), { ...form, 'content-type': 'text/plain' }));
    count(
      await post(
        service,
        'QuestionnaireResponse/x/$drop',
        { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: canary('Reason') }] },
        signed,
      ),
    );
    count(
      (
        await send(`${service.fhir}/Task/${canary('TaskId')}`, {
          method: 'PUT',
          body: { resourceType: 'Task', description: canary('Task') },
          headers: signed ?? {},
        })
      ).status,
    );
    count(
      (
        await send(`${service.url}/subscription-hook`, {
          method: 'POST',
          headers: { 'x-subscription-secret': canary('HookSecret'), authorization: canary('HookToken') },
        })
      ).status,
    );
    const packed = new Uint8Array(gzipSync(canary('Packed'))).subarray(0, 15);
    count(
      (
        await fetch(`${service.fhir}/QuestionnaireResponse`, {
          method: 'POST',
          body: packed,
          headers: { 'content-type': FHIR_JSON, 'content-encoding': 'gzip' },
        })
      ).status,
    );
    await raw(
      service,
      `${canary('Method')} /${canary('RawPath')} HTTP/1.1\r\nHost: ${canary('Host')}\r\n\r\n`,
    );
    await raw(service, `GET / HTTP/1.1\r\nHost: x\r\n${canary('RawHeader')}\u0001: 1\r\n\r\n`);
    await raw(service, `GET /?${canary('Long').repeat(4000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await raw(
      service,
      `POST /fhir/QuestionnaireResponse HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${FHIR_JSON}\r\nContent-Length: 999\r\n\r\n{"${canary('Aborted')}`,
    );
  }
  await Promise.all([open.terminate(), guarded.terminate()]);

  let lines = 0;
  const hits: string[] = [];
  for (const service of [open, guarded]) {
    const printed = service.output().split('\n').filter(Boolean);
    lines += printed.length;
    hits.push(
      ...printed.filter((line) => line.includes(WORD) || /eyJ[\w-]{8}|Bearer |__Host-|\?\w+=/.test(line)),
    );
  }
  const seen = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${times} × ${status}`);
  console.log(
    `canary: ${placed} words placed (${seen.join(', ')}), ${lines} lines printed, ${hits.length} hits`,
  );
  expect(hits.map((line) => line.slice(0, 500))).toEqual([]);
  expect([lines > 400, placed > 1000, statuses.has(500)]).toEqual([true, true, false]);
  // The trail is there to say whose data was asked for: ids, and nothing else.
  for (const { dataDir } of [open, guarded]) {
    const trail = readFileSync(join(dataDir, 'audit.ndjson'), 'utf8');
    const told = new Set(trail.match(new RegExp(`${WORD}\\w+`, 'g')) ?? []);
    expect([...told].filter((word) => !IDS.test(word))).toEqual([]);
    expect(trail.split('\n').length).toBeGreaterThan(50);
  }
}, 240_000);

/** Words that stand where an id stands. */
const IDS = new RegExp(`^${WORD}(Id|PatientQuery|ResponseId|HistoryId|Patient|TaskId|Sub)$`);
