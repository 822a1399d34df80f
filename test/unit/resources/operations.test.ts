import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationDefinition, OperationOutcome, Parameters } from 'fhir/r4.js';
import { send } from '../../support/contract-http.js';
import { BASE, toResponse, worked } from '../../support/contract-responses.js';
import type { App } from '../../support/http-app.js';
import { routes, STORED, startProfileApp } from '../../support/profile-app.js';
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
  const stated = (capabilityStatement().rest?.[0]?.resource ?? []).flatMap(({ type, operation = [] }) =>
    operation.map(({ name }) => [type, name]),
  );
  const defined = operationDefinitions.flatMap(({ resource = [], code }) =>
    resource.map((type) => [type, code]),
  );
  expect(stated.sort()).toEqual(defined.sort());
});

describe.each(codes)('%s', (code) => {
  const definition = definitionOf(code);

  test('is in force and changes nothing', () => {
    expect(definition).toMatchObject({
      id: code,
      url: `${BASE}/OperationDefinition/${code}`,
      version: '1.0.0',
      status: 'active',
      kind: 'operation',
      affectsState: false,
      resource: ['QuestionnaireResponse'],
      system: false,
    });
  });

  test('is served at the levels it says, and at no other', async () => {
    const all = await routes();
    const levels = {
      system: all.includes(`POST /$${code}`),
      type: all.includes(`POST /QuestionnaireResponse/$${code}`),
      instance: all.includes(`POST /QuestionnaireResponse/:id/$${code}`),
    };
    const { system, type, instance } = definition;
    expect(levels).toEqual({ system, type, instance });
  });

  test('takes the response as its parameter, and bare', async () => {
    const [input] = parametersOf(code, 'in');
    expect(input?.type).toBe('QuestionnaireResponse');
    const parameters = { resourceType: 'Parameters', parameter: [{ name: input?.name, resource: response }] };
    const url = `${app.fhir}/QuestionnaireResponse/$${code}`;
    const [wrapped, bare] = [await send(url, { body: parameters }), await send(url, { body: response })];
    expect([wrapped.status, wrapped.text]).toEqual([200, bare.text]);
  });

  test('names its parameters once, with cardinalities that can be met', () => {
    const parameters = definition.parameter ?? [];
    expect(new Set(parameters.map(({ use, name }) => `${use} ${name}`)).size).toBe(parameters.length);
    for (const { min, max } of parameters) expect(min).toBeLessThanOrEqual(Number(max));
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
