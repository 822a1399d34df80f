import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  OperationOutcome,
  Task,
} from 'fhir/r4.js';
import { faultsOf, read, send } from '../../support/contract-http.js';
import { toResponse, worked } from '../../support/contract-responses.js';
import type { App } from '../../support/http-app.js';
import { QUEUED, routes, STORED, startProfileApp } from '../../support/profile-app.js';
import { capabilityStatement, operationDefinitions, profiles } from '../../support/profile-resources.js';

const statement = capabilityStatement();
const [rest] = statement.rest ?? [];
const resources = rest?.resource ?? [];
const types = resources.map(({ type }) => type);

/** Not FHIR resources: the statement itself, whether the service is alive and ready, and its numbers. */
const BESIDE = ['GET /livez', 'GET /readyz', 'GET /metrics', 'GET /metadata'];

/** Served by GET alone: what it takes and gives is about the outbox, not about a resource that could be sent. */
const GET_ONLY = ['delivery-status'];

/** What every search takes, whatever the type; stated in words. */
const RESULT = ['_sort', '_count', '_offset', '_include', '_summary', '_total', '_format', '_pretty'];

const ROUTE: Record<string, string> = {
  create: 'POST /{type}',
  read: 'GET /{type}/:id',
  vread: 'GET /{type}/:id/_history/:version',
  update: 'PUT /{type}/:id',
  'history-instance': 'GET /{type}/:id/_history',
  'search-type': 'GET /{type}',
};

function statedRoutes({ type, interaction = [], operation = [] }: CapabilityStatementRestResource): string[] {
  return [
    ...interaction.map(({ code }) => (ROUTE[code] ?? `unknown ${code} of {type}`).replace('{type}', type)),
    // R4 http.html: a search is served by GET and by POST.
    ...interaction.filter(({ code }) => code === 'search-type').map(() => `POST /${type}/_search`),
    ...operation.flatMap(({ definition }) => operationRoutes(definition, type)),
  ];
}

/** What changes something is a POST; of anything else an instance may be asked by GET as well. */
function operationRoutes(definition: string, type: string): string[] {
  const found = operationDefinitions.find(({ url }) => url === definition);
  const name = `$${found?.code}`;
  const post = GET_ONLY.includes(found?.code ?? '') ? [] : ['POST'];
  const methods = found?.affectsState === false ? ['GET', ...post] : post;
  return [
    ...(found?.type ? post.map((method) => `${method} /${type}/${name}`) : []),
    ...(found?.instance ? methods.map((method) => `${method} /${type}/:id/${name}`) : []),
  ];
}

const system = (rest?.operation ?? []).map(({ name }) => `GET /$${name}`);
const stated = [...resources.flatMap(statedRoutes), ...system].sort();
let app: App;

beforeAll(async () => {
  app = await startProfileApp();
});

afterAll(() => app.close());

/** What the routes that change something take; a new response for every other. */
const BODIES: Record<string, (url: string) => Promise<object>> = {
  'PUT /QuestionnaireResponse/:id': async () => ({ ...STORED, status: 'amended' }),
  'PUT /Task/:id': async (url) => ({ ...(await read<Task>(url)), status: 'received' }),
  'POST /Patient/:id/$invite': async () => ({ resourceType: 'Parameters' }),
  'POST /QuestionnaireResponse/:id/$drop': async () => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'reason', valueString: 'sent by hand' }],
  }),
};

/** A route, called: with an id that is there, and what is taken where a body is. */
async function call(route: string) {
  const [method = '', pattern = ''] = route.split(' ');
  const type = pattern.split('/')[1] ?? '';
  const id = pattern.endsWith('/$drop') ? QUEUED.id : idOf(type);
  const url = app.fhir + pattern.replace(':id', id).replace(':version', '1');
  if (method === 'GET') return send<OperationOutcome>(url);
  if (pattern.endsWith('/_search')) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return send<OperationOutcome>(url, { method, body: '_count=1', headers });
  }
  const body = (await BODIES[route]?.(url)) ?? toResponse(worked('D1'), `a response for ${route}`);
  return send<OperationOutcome>(url, { method, body, headers: { 'if-match': 'W/"1"' } });
}

/** An authored resource by its own id; anything else is on the FHIR server. */
function idOf(type: string): string {
  const authored: Record<string, string | undefined> = {
    Questionnaire: 'axspa-back-pain-screening',
    CodeSystem: 'findings',
    ValueSet: 'findings',
    StructureDefinition: 'panel-observation',
    OperationDefinition: 'explain',
    Patient: 'p1',
    Observation: `${STORED.id}.red-flag-urgency`,
    Provenance: `${STORED.id}.v1`,
    Task: `${STORED.id}.task`,
  };
  return authored[type] ?? STORED.id;
}

describe('the CapabilityStatement', () => {
  test('is served with what is authored, and with where it is served', async () => {
    const { body } = await send<CapabilityStatement>(`${app.fhir}/metadata`);
    expect(body).toMatchObject({ ...statement, kind: 'instance', software: { version: expect.any(String) } });
    expect(body.implementation?.url).toMatch(/\/fhir$/);
  });

  test('says JSON, no patch, and who is let in', () => {
    expect(statement.format).toEqual(['application/fhir+json']);
    expect(statement.patchFormat).toBeUndefined();
    expect(rest?.security).toMatchObject({
      cors: false,
      description: expect.stringMatching(/bearer token with SMART scopes/),
    });
    expect(rest?.security?.service).toBeUndefined();
  });

  test('says what an update changes, and where history is kept', () => {
    const updated = resources.filter(({ interaction = [] }) =>
      interaction.some(({ code }) => code === 'update'),
    );
    expect(updated.map(({ type, updateCreate }) => [type, updateCreate])).toEqual([
      ['QuestionnaireResponse', false],
      ['Task', false],
    ]);
    expect(updated.map(({ versioning }) => versioning)).toEqual(['versioned-update', 'versioned']);
    expect(updated[1]?.documentation).toMatch(/only status may change/);
    for (const { interaction = [], readHistory = false } of resources) {
      expect(readHistory).toBe(interaction.some(({ code }) => code === 'history-instance'));
    }
  });

  test('states a type once, and each thing of it once', () => {
    for (const names of [
      types,
      ...resources.map(({ interaction = [] }) => interaction.map(({ code }) => code)),
      ...resources.map(({ searchParam = [] }) => searchParam.map(({ name }) => name)),
      ...resources.map(({ operation = [] }) => operation.map(({ name }) => name)),
    ]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('names operations and profiles that are authored', () => {
    const named = resources.flatMap(({ supportedProfile = [] }) => supportedProfile);
    expect(named.sort()).toEqual(profiles.map(({ url }) => url).sort());
    const operations = [rest, ...resources].flatMap((one) => one?.operation ?? []);
    for (const { name, definition } of operations) {
      expect(operationDefinitions.find(({ url }) => url === definition)?.code).toBe(name);
    }
  });
});

describe('what is stated is served', () => {
  test.each(stated)('%s', async (route) => {
    const reply = await call(route);
    expect([reply.status, reply.text.slice(0, 300)]).toEqual([
      route === 'POST /QuestionnaireResponse' ? 201 : 200,
      expect.any(String),
    ]);
  });

  test('the languages of the Questionnaire', async () => {
    const { documentation = '' } = resources.find(({ type }) => type === 'Questionnaire') ?? {};
    const [, ...languages] = /: ([a-z]{2}), ([a-z]{2}) or ([a-z]{2})\./.exec(documentation) ?? [];
    expect(languages).toHaveLength(3);
    for (const language of languages) {
      const url = `${app.fhir}/Questionnaire/${idOf('Questionnaire')}`;
      const reply = await send(url, { headers: { 'accept-language': language } });
      expect(reply.headers.get('content-language')).toBe(language);
    }
  });

  test('conditional create', async () => {
    expect(resources.find(({ type }) => type === 'QuestionnaireResponse')?.conditionalCreate).toBe(true);
    const reply = await send(`${app.fhir}/QuestionnaireResponse`, {
      body: toResponse(worked('D2'), 'conditional'),
      headers: { 'if-none-exist': 'identifier=https://clinic.example.org/screenings|conditional' },
    });
    expect(reply.status).toBe(201);
  });
});

describe('what is served is stated', () => {
  test('every route is stated, or refuses', async () => {
    const all = await routes();
    expect(new Set(all).size).toBe(all.length);
    const silent = all.filter((route) => !stated.includes(route) && !BESIDE.includes(route));
    const replies = await Promise.all(silent.map(call));
    expect(replies.map(({ status }, index) => [silent[index], status])).toEqual(
      silent.map((route) => [route, 405]),
    );
    expect([...stated, ...BESIDE].filter((route) => !all.includes(route))).toEqual([]);
  });

  test.each(types)('%s: nothing else', async (type) => {
    const others = ['DELETE', 'PATCH', 'PUT'].map((method) => `${method} /${type}/:id`);
    for (const route of others.filter((one) => !stated.includes(one))) {
      expect([route, (await call(route)).status]).toEqual([route, 405]);
    }
  });
});

describe.each(resources)(
  'the search parameters of $type',
  ({ type, searchParam = [], searchInclude = [] }) => {
    const names = searchParam.map(({ name }) => name);

    test('are those that a refused search names', async () => {
      const { status, body } = await send<OperationOutcome>(`${app.fhir}/${type}?no-such-thing=1`);
      expect(status).toBe(400);
      expect(faultsOf(body).map(({ code }) => code)).toEqual(['unknown-parameter']);
      const [, known = ''] = /known are: (.*)\.$/.exec(body.issue[0]?.diagnostics ?? '') ?? [];
      const served = known.split(', ').filter((name) => !RESULT.includes(name));
      expect(served.sort()).toEqual([...names].sort());
    });

    test.each(names)('%s', async (name) => {
      expect((await send(`${app.fhir}/${type}?${name}=2026`)).status).toBe(200);
    });

    test('have a definition of FHIR', () => {
      for (const { definition } of searchParam) {
        expect(definition).toMatch(/^http:\/\/hl7\.org\/fhir\/SearchParameter\/[A-Za-z]+-[a-z-]+$/);
      }
    });

    test('and includes', async () => {
      for (const include of searchInclude) {
        expect((await send(`${app.fhir}/${type}?_include=${include}`)).status).toBe(200);
      }
    });
  },
);
