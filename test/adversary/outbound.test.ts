/** Callers and a hostile FHIR server name addresses: no request leaves but to the configured server, below its base. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { FhirResource } from 'fhir/r4.js';
import { createLedger, type Refusal } from '../support/adversary.js';
import { send } from '../support/contract-http.js';
import { QUESTIONNAIRE, toResponse, worked } from '../support/contract-responses.js';
import { type App, startApp } from '../support/http-app.js';
import { PATIENT, readBundle, searchset, toTransactionResponse } from '../support/http-fhir.js';

const ledger = createLedger('outbound');
const AWAY: Refusal = [503, 'fhir-server-unreachable'];
type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let trap: Server;
let hostile: Server;
let app: App;
let trapUrl = '';
let origin = '';
/** What the trap was asked, and the configured server outside its base. */
const caught: string[] = [];
/** How the configured server answers now. */
let answer: Answer;

const portOf = (server: Server) => {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
};
const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  trap = createServer((request, response) => {
    caught.push(`trap ${request.method} ${request.url}`);
    response.end('{}');
  });
  hostile = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (!/^\/fhir(\/|\?|$)/.test(request.url ?? '')) caught.push(`outside ${request.method} ${request.url}`);
    answer(request, response, Buffer.concat(chunks).toString());
  });
  await Promise.all([listen(trap), listen(hostile)]);
  trapUrl = `http://127.0.0.1:${portOf(trap)}`;
  origin = `http://127.0.0.1:${portOf(hostile)}`;
  app = await startApp({ fhirBaseUrl: `${origin}/fhir`, timeoutMs: 1500 });
});
beforeEach(() => {
  answer = wellBehaved();
});
afterAll(async () => {
  ledger.print();
  await app?.close();
  for (const server of [trap, hostile]) {
    server.closeAllConnections();
    server.close();
  }
});

function reply(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
  response.end(JSON.stringify(body));
}

const NOT_FOUND = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] };

/** Has the patient, and takes what it is sent; `more` of a transaction's answer is what a test makes of it. */
function wellBehaved(
  more: (body: string) => object = (body) => toTransactionResponse(readBundle(body)),
): Answer {
  return ({ method, url = '' }, response, body) => {
    if (method === 'POST') return reply(response, 200, more(body));
    if (url === '/fhir/Patient/p1') return reply(response, 200, PATIENT);
    if (url.includes('?')) return reply(response, 200, searchset([]));
    return reply(response, 404, NOT_FOUND);
  };
}

/** Nothing went anywhere else, and the service is there. */
async function nothingLeft(): Promise<void> {
  expect(caught.splice(0)).toEqual([]);
  await ledger.stillAnswers(`${app.root}/livez`);
}

test('links to a next page that lead off the server: 503, not followed', async () => {
  const base = `${origin}/fhir`;
  const links = [
    trapUrl,
    `${trapUrl}/fhir/Observation?x=1`,
    `//${trapUrl.slice('http://'.length)}/fhir?x=1`,
    `${origin}@${trapUrl.slice('http://'.length)}/?x=1`,
    `${base}@${trapUrl.slice('http://'.length)}/?x=1`,
    `${base}.evil.example.org/?x=1`,
    `${base}/../admin?x=1`,
    `${base}/Observation/../../admin?x=1`,
    `${base}//admin?x=1`,
    `${base}/%2e%2e/admin?x=1`,
    `${base}\\..\\admin?x=1`,
    `${base}/Observation/1?x=1`,
    `${origin}/admin?x=1`,
    '/admin?x=1',
    '../admin?x=1',
    'http://169.254.169.254/latest/meta-data/?x=1',
    'http://[::1]/?x=1',
    'http://2130706433/?x=1',
    'file:///etc/passwd?x=1',
    'javascript:alert(1)?x',
    'gopher://127.0.0.1:25/?x',
    'data:application/json,{}?x',
    ` ${trapUrl}/?x`,
    '',
  ];
  for (const url of links) {
    answer = (_request, response) =>
      reply(response, 200, searchset([], { link: [{ relation: 'next', url }] }));
    ledger.refused(url, await send(`${app.fhir}/Observation?code=x`), AWAY, ['admin', 'evil.example']);
    const quiet = (['first', 'previous', 'last'] as const).map((relation) => ({ relation, url }));
    answer = (_request, response) => reply(response, 200, searchset([], { link: quiet }));
    const { status, body } = await send<{ link?: object[] }>(`${app.fhir}/Observation?code=x`);
    ledger.harmless(`${url}, by other names`, [status, body.link], [200, undefined]);
  }
  await nothingLeft();
});

test('redirects: not followed, whatever is asked', async () => {
  for (const status of [300, 301, 302, 303, 307, 308]) {
    for (const location of [
      `${trapUrl}/fhir/Patient/p1`,
      `//${trapUrl.slice('http://'.length)}/`,
      `${origin}/admin`,
      '/admin',
    ]) {
      answer = (_request, response) => reply(response, status, {}, { location });
      const name = `${status} to ${location}`;
      ledger.refused(`${name}: reading`, await send(`${app.fhir}/Patient/p1`), AWAY);
      ledger.refused(`${name}: searching`, await send(`${app.fhir}/Observation?code=x`), AWAY);
      const body = toResponse(worked('D1'), `redirect-${status}-${location}`);
      const sent = await send(`${app.fhir}/QuestionnaireResponse`, { body });
      // Taken, and kept here until the server is itself again.
      ledger.harmless(`${name}: writing`, sent.status, 202);
    }
  }
  await nothingLeft();
});

test('locations of what was written: nothing is read there', async () => {
  const locations = [
    `${trapUrl}/fhir/QuestionnaireResponse/x/_history/1`,
    `//${trapUrl.slice('http://'.length)}/QuestionnaireResponse/x/_history/1`,
    'QuestionnaireResponse/../../admin/_history/1',
    'QuestionnaireResponse/..%2f..%2fadmin/_history/1',
    '../admin',
    'Patient/p2/_history/1',
    'QuestionnaireResponse/x?y=/_history/1',
  ];
  for (const [index, location] of locations.entries()) {
    answer = wellBehaved((body) => {
      const answered = toTransactionResponse(readBundle(body));
      const entry = answered.entry?.map(({ response }) => ({ response: { ...response, location } }));
      return { ...answered, entry };
    });
    const body = toResponse(worked('D1'), `location-${index}`);
    const { headers, status } = await send(`${app.fhir}/QuestionnaireResponse`, { body });
    const path = new URL(headers.get('location') ?? '').pathname.replace(/^.*\/fhir\//, '');
    for (const one of [path, path.replace(/\/_history.*/, ''), path.replace(/\/1$/, '')]) {
      await send(`${app.fhir}/${one}`);
    }
    ledger.harmless(location, [[201, 202].includes(status), caught.splice(0)], [true, []]);
  }
  await nothingLeft();
});

/** Addresses wherever FHIR lets one stand in a response. */
function bodies(): Record<string, object> {
  const url = `${trapUrl}/fhir/Patient/p1`;
  const first = toResponse(worked('D1'), 'body');
  const item = [{ linkId: 'other-symptoms', answer: [{ valueAttachment: { url } }] }];
  return {
    'a subject': { ...first, subject: { reference: url } },
    'a subject on the link-local network': {
      ...first,
      subject: { reference: 'http://169.254.169.254/Patient/p1' },
    },
    'an author': { ...first, author: { reference: url } },
    'a source': { ...first, source: { reference: url } },
    'what it is based on': { ...first, basedOn: [{ reference: url }], partOf: [{ reference: url }] },
    'an encounter': { ...first, encounter: { reference: url } },
    'a Questionnaire': { ...first, questionnaire: `${trapUrl}/Questionnaire|1` },
    'a Questionnaire of ours, elsewhere': { ...first, questionnaire: `${trapUrl}/${QUESTIONNAIRE}|1.0.0` },
    'a profile': { ...first, meta: { profile: [url], source: url } },
    'an extension': { ...first, extension: [{ url, valueUrl: url }] },
    'a contained resource': {
      ...first,
      contained: [
        { resourceType: 'Binary', id: 'b', contentType: 'text/html', securityContext: { reference: url } },
      ],
    },
    'an attachment': { ...first, item },
    'a narrative': {
      ...first,
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><img src="${url}" alt=""/></div>`,
      },
    },
    'an identifier': { ...first, identifier: { system: url, value: 'body', assigner: { reference: url } } },
  };
}

test('addresses in a body: nobody is asked there', async () => {
  for (const [name, body] of Object.entries(bodies())) {
    for (const operation of ['', '/$validate', '/$explain', '/$extract', '/$advice', '/$delivery-plan']) {
      const { status } = await send(`${app.fhir}/QuestionnaireResponse${operation}`, { body });
      ledger.harmless(`${name}${operation}`, [status < 500, caught.splice(0)], [true, []]);
    }
  }
  await nothingLeft();
});

test('addresses in a Questionnaire that comes along: nobody is asked there', async () => {
  const url = `${trapUrl}/x`;
  const question = { linkId: 'a', type: 'choice', text: 'a' };
  const items: object[] = [
    { ...question, answerValueSet: url },
    { ...question, answerValueSet: 'http://169.254.169.254/ValueSet/x' },
    { ...question, definition: `${url}#a` },
    {
      ...question,
      extension: [
        {
          url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-subQuestionnaire',
          valueCanonical: url,
        },
      ],
    },
    {
      ...question,
      extension: [
        {
          url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-answerExpression',
          valueExpression: { language: 'application/x-fhir-query', expression: url },
        },
      ],
    },
  ];
  for (const item of items) {
    const questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      url,
      derivedFrom: [url],
      item: [item],
    };
    const response = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: url,
      item: [],
    };
    const parameter = [
      { name: 'resource', resource: response as unknown as FhirResource },
      { name: 'questionnaire', resource: questionnaire },
    ];
    const { status } = await send(`${app.fhir}/QuestionnaireResponse/$validate`, {
      body: { resourceType: 'Parameters', parameter },
    });
    ledger.harmless(JSON.stringify(item).slice(0, 80), [status < 500, caught.splice(0)], [true, []]);
  }
  await nothingLeft();
});
