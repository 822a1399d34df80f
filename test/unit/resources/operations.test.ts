import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationDefinition, OperationOutcome, Parameters } from 'fhir/r4.js';
import { send } from '../../support/contract-http.js';
import { BASE, QUESTIONNAIRE, toResponse, worked } from '../../support/contract-responses.js';
import type { App } from '../../support/http-app.js';
import { QUEUED, routes, STORED, startProfileApp } from '../../support/profile-app.js';
import { capabilityStatement, operationDefinitions } from '../../support/profile-resources.js';

const codes = operationDefinitions.map(({ code }) => code).sort();

function definitionOf(code: string): OperationDefinition {
  const found = operationDefinitions.find((one) => one.code === code);
  if (!found) throw new Error(`no OperationDefinition ${code}`);
  return found;
}

const parametersOf = (code: string, use: 'in' | 'out') =>
  (definitionOf(code).parameter ?? []).filter((parameter) => parameter.use === use);

const response = toResponse(worked('D1'), 'for an operation');
let app: App;

beforeAll(async () => {
  app = await startProfileApp();
});

afterAll(() => app.close());

test('every operation that is served is defined, and every one defined is served', async () => {
  const served = (await routes()).flatMap((route) => /\$([a-z-]+)$/.exec(route)?.[1] ?? []);
  expect([...new Set(served)].sort()).toEqual(codes);
});

test('and stated', () => {
  const [rest] = capabilityStatement().rest ?? [];
  const stated = (rest?.resource ?? []).flatMap(({ type, operation = [] }) =>
    operation.map(({ name }) => [type, name]),
  );
  const defined = operationDefinitions.flatMap(({ resource = [], code }) =>
    resource.map((type) => [type, code]),
  );
  expect(stated.sort()).toEqual(defined.sort());
  const bySystem = operationDefinitions.filter(({ system }) => system).map(({ code }) => code);
  expect((rest?.operation ?? []).map(({ name }) => name)).toEqual(bySystem);
});

describe.each(codes)('%s', (code) => {
  const definition = definitionOf(code);

  test('is in force, and says whether it changes something', () => {
    expect(definition).toMatchObject({
      id: code,
      url: `${BASE}/OperationDefinition/${code}`,
      version: '1.0.0',
      status: 'active',
      kind: 'operation',
      affectsState: ['deliver', 'drop', 'invite'].includes(code),
      resource: [code === 'invite' ? 'Patient' : 'QuestionnaireResponse'],
    });
  });

  test('is served at the levels it says, and at no other; by GET only when it changes nothing', async () => {
    const all = await routes();
    const isServed = (path: string) => all.includes(`GET ${path}`) || all.includes(`POST ${path}`);
    const levels = {
      system: isServed(`/$${code}`),
      type: isServed(`/${definition.resource?.[0]}/$${code}`),
      instance: isServed(`/${definition.resource?.[0]}/:id/$${code}`),
    };
    const { system, type, instance, affectsState } = definition;
    expect(levels).toEqual({ system, type, instance });
    const isRead = all.some((route) => route.startsWith('GET ') && route.endsWith(`/$${code}`));
    expect(isRead).toBe(instance && !affectsState);
  });

  if (definition.type) {
    test('takes the response as its parameter, and bare', async () => {
      const [input] = parametersOf(code, 'in');
      expect(input?.type).toBe('QuestionnaireResponse');
      const parameters = {
        resourceType: 'Parameters',
        parameter: [{ name: input?.name, resource: response }],
      };
      const url = `${app.fhir}/QuestionnaireResponse/$${code}`;
      const [wrapped, bare] = [await send(url, { body: parameters }), await send(url, { body: response })];
      expect([wrapped.status, wrapped.text]).toEqual([200, bare.text]);
    });
  }

  test('names its parameters once, with cardinalities that can be met', () => {
    const parameters = definition.parameter ?? [];
    expect(new Set(parameters.map(({ use, name }) => `${use} ${name}`)).size).toBe(parameters.length);
    for (const { min, max = '' } of parameters) {
      expect(min).toBeLessThanOrEqual(max === '*' ? Number.POSITIVE_INFINITY : Number(max));
    }
  });
});

test('extract gives Parameters, and in them what its definition names', async () => {
  const draft = toResponse({ 'red-flag-urgent': ['none'] }, 'draft', { status: 'in-progress' });
  const url = `${app.fhir}/QuestionnaireResponse/$extract`;
  const outputs = parametersOf('extract', 'out');
  for (const body of [response, draft]) {
    const { parameter = [] } = (await send<Parameters>(url, { body })).body;
    for (const { name, resource } of parameter) {
      expect(outputs.find((one) => one.name === name)?.type).toBe(resource?.resourceType);
    }
    const names = parameter.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual([body === draft ? 'issues' : 'return']);
  }
  expect(definitionOf('extract').base).toBe(
    'http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract',
  );
});

test('explain gives JSON of its own with every member that its definition names', async () => {
  const [output] = parametersOf('explain', 'out');
  expect([output?.name, output?.type, output?.min, output?.max]).toEqual(['return', 'Binary', 1, '1']);
  const url = `${app.fhir}/QuestionnaireResponse/${STORED.id}/$explain`;
  const reply = await send<object>(url, { headers: { accept: 'application/fhir+json' } });
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
  for (const member of Object.keys(reply.body)) expect(output?.documentation).toContain(member);
});

test('advice gives Parameters with what its definition names, of what is stored too', async () => {
  const outputs = parametersOf('advice', 'out').map(({ name, type }) => [name, type]);
  expect(outputs).toEqual([
    ['urgency', 'code'],
    ['complete', 'boolean'],
    ['advice', 'code'],
  ]);
  const reply = await send<Parameters>(`${app.fhir}/QuestionnaireResponse/${STORED.id}/$advice`);
  expect([reply.status, reply.body]).toEqual([
    200,
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'urgency', valueCode: 'emergency' },
        { name: 'complete', valueBoolean: true },
        { name: 'advice', valueCode: 'emergency' },
      ],
    },
  ]);
});

test('validate gives an OperationOutcome, also against a Questionnaire sent along', async () => {
  expect(parametersOf('validate', 'in').map(({ name, min }) => [name, min])).toEqual([
    ['resource', 1],
    ['questionnaire', 0],
  ]);
  expect(parametersOf('validate', 'out').map(({ type }) => type)).toEqual(['OperationOutcome']);
  const questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [{ linkId: 'a', type: 'string', required: true }],
  };
  const body = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource: { resourceType: 'QuestionnaireResponse', status: 'completed' } },
      { name: 'questionnaire', resource: questionnaire },
    ],
  };
  const reply = await send<OperationOutcome>(`${app.fhir}/QuestionnaireResponse/$validate`, { body });
  expect([reply.status, reply.body.resourceType]).toEqual([200, 'OperationOutcome']);
  expect(reply.body.issue.some(({ severity }) => severity === 'error')).toBe(true);
});

describe('what an operation of the delivery gives is what its definition names', () => {
  const reason = { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: 'sent by hand' }] };
  const keyOf = (parameter: object) => Object.keys(parameter).find((key) => key !== 'name') ?? '';

  /** Each parameter with its type: `valueCode` → `code`. */
  const typesIn = ({ parameter = [] }: Parameters) =>
    parameter.map((one) => {
      const type = one.resource?.resourceType ?? keyOf(one).replace(/^value/, '');
      const isPrimitive = !['Reference', 'OperationOutcome'].includes(type);
      return [one.name, isPrimitive ? type.charAt(0).toLowerCase() + type.slice(1) : type];
    });

  function expectNamed(code: string, body: Parameters): void {
    const outputs = parametersOf(code, 'out').filter(({ part }) => !part);
    const named = typesIn(body).filter(([name]) => name !== 'step');
    expect(outputs.map(({ name, type }) => [name, type])).toEqual(expect.arrayContaining(named));
    const names = new Set(named.map(([name]) => name));
    const required = parametersOf(code, 'out').filter(({ min }) => min > 0);
    expect(required.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  }

  test.each([
    ['delivery-status', STORED.id, undefined, 'written'],
    ['delivery-status', QUEUED.id, undefined, 'queued'],
    ['deliver', STORED.id, {}, 'written'],
    ['deliver', QUEUED.id, {}, 'queued'],
    ['drop', QUEUED.id, reason, 'refused'],
  ])('%s of %s', async (code, id, body, status) => {
    const url = `${app.fhir}/QuestionnaireResponse/${id}/$${code}`;
    const reply = await send<Parameters>(url, body ? { body } : {});
    expect([reply.status, reply.body.parameter?.[0]]).toEqual([200, { name: 'status', valueCode: status }]);
    expectNamed(code, reply.body);
  });

  test('invite', async () => {
    const [days, questionnaire] = [
      { name: 'days', valuePositiveInt: 3 },
      { name: 'questionnaire', valueCanonical: QUESTIONNAIRE },
    ];
    const named = parametersOf('invite', 'in').map(({ name, type }) => [name, type]);
    const body: Parameters = { resourceType: 'Parameters', parameter: [questionnaire, days] };
    expect(typesIn(body)).toEqual(named);
    const reply = await send<Parameters>(`${app.fhir}/Patient/p1/$invite`, { body });
    expect(reply.status).toBe(200);
    expectNamed('invite', reply.body);
  });

  test('delivery-status at the system level: a Bundle of the same, by the parameters it names', async () => {
    const url = `${app.fhir}/$delivery-status?status=written&_count=1&_after=u-999999999-0`;
    const named = parametersOf('delivery-status', 'in').map(({ name }) => name);
    expect([...new URL(url).searchParams.keys()].sort()).toEqual(named.sort());
    const reply = await send<Bundle<Parameters>>(url);
    expect([reply.status, reply.body.resourceType, reply.body.entry?.length]).toEqual([200, 'Bundle', 1]);
    for (const { resource } of reply.body.entry ?? []) {
      if (resource) expectNamed('delivery-status', resource);
    }
  });

  test('delivery-plan, its steps too', async () => {
    const url = `${app.fhir}/QuestionnaireResponse/$delivery-plan`;
    const { body } = await send<Parameters>(url, { body: response });
    expectNamed('delivery-plan', body);
    const steps = (body.parameter ?? []).filter(({ name }) => name === 'step');
    expect(steps).toHaveLength(1);
    const parts = parametersOf('delivery-plan', 'out').find(({ name }) => name === 'step')?.part ?? [];
    const named = parts.map(({ name, type }) => [name, type]);
    for (const { part = [] } of steps) {
      expect(named).toEqual(expect.arrayContaining(typesIn({ resourceType: 'Parameters', parameter: part })));
    }
  });
});
