import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, type Fixture, type Json, startFixture } from '../support/embedded-fixture.js';
import { MINIMAL_TYPES, minimal } from '../support/embedded-minimal.js';

/** The issue's list: what an intake needs. */
const INTAKE = [
  'Patient Practitioner PractitionerRole Organization Encounter Condition AllergyIntolerance Observation',
  'DiagnosticReport FamilyMemberHistory MedicationRequest MedicationStatement QuestionnaireResponse',
  'Questionnaire Provenance AuditEvent Task DocumentReference ServiceRequest Flag Subscription Communication',
  'Device Binary',
]
  .join(' ')
  .split(' ');

let server: Fixture;
let rest: Json;
const tested = new Set<string>();

beforeAll(async () => {
  server = await startFixture();
  rest = (await server.get('/metadata')).body.rest[0];
  await server.put({ resourceType: 'Patient', id: 'subject' });
});
afterAll(() => server.stop());

const bundle = (type: string, ...entry: Json[]) =>
  server.send('POST', '', { resourceType: 'Bundle', type, entry });

/** Sends one interaction and notes that it was: `status` is what it must answer. */
async function note(name: string, answer: Promise<Answer>, status: number): Promise<Json> {
  const { status: found, body } = await answer;
  expect([name, found, found === status ? undefined : body]).toEqual([name, status, undefined]);
  tested.add(name);
  return body;
}

/** Every interaction that metadata may state for a type, once. */
async function exercise(type: string): Promise<void> {
  const at = (code: string) => `${type} ${code}`;
  const [resource, changed] = [minimal(type, { id: 'it' }), minimal(type, { id: 'it', language: 'de' })];
  const { id } = await note(at('create'), server.send('POST', `/${type}`, minimal(type)), 201);
  await note(at('update'), server.put(changed), 201);
  await note(at('update'), server.put(resource), 200);
  expect((await note(at('read'), server.get(`/${type}/it`), 200)).meta.versionId).toBe('2');
  expect((await note(at('vread'), server.get(`/${type}/it/_history/1`), 200)).language).toBe('de');
  const found = await note(at('search-type'), server.get(`/${type}?_id=it,${id}`), 200);
  expect([type, found.total]).toEqual([type, 2]);
  await note(at('delete'), server.send('DELETE', `/${type}/it`), 204);
  const history = await note(at('history-instance'), server.get(`/${type}/it/_history`), 200);
  expect([type, history.total]).toEqual([type, 3]);
  const all = await note(at('history-type'), server.get(`/${type}/_history`), 200);
  expect(all.total).toBeGreaterThanOrEqual(4);
  const exists = { 'If-None-Exist': `_id=${id}` };
  await note(at('conditionalCreate'), server.send('POST', `/${type}`, minimal(type), exists), 200);
  const url = `/${type}?_id=${id}`;
  await note(at('conditionalUpdate'), server.send('PUT', url, minimal(type, { language: 'de' })), 200);
  const current = { 'If-None-Match': 'W/"2"' };
  await note(at('conditionalRead'), server.send('GET', `/${type}/${id}`, undefined, current), 304);
  await note(at('conditionalDelete'), server.send('DELETE', url), 204);
}

/** Every interaction that metadata states, as `Type code` or `code`. */
function stated(): string[] {
  const conditional = ['conditionalCreate', 'conditionalUpdate', 'conditionalRead', 'conditionalDelete'];
  const ofTypes = rest.resource.flatMap((resource: Json) => [
    ...resource.interaction.map(({ code }: Json) => `${resource.type} ${code}`),
    ...conditional.filter((name) => resource[name]).map((name) => `${resource.type} ${name}`),
  ]);
  return [...ofTypes, ...rest.interaction.map(({ code }: Json) => code)];
}

test('the types that an intake needs are served, and every type has a minimal resource here', () => {
  const types = rest.resource.map(({ type }: Json) => type);
  expect(types).toEqual(expect.arrayContaining(INTAKE));
  expect([...types].sort()).toEqual(MINIMAL_TYPES);
});

test.each(MINIMAL_TYPES)('%s: every interaction', (type) => exercise(type));

test('the whole system: every interaction', async () => {
  const request = { method: 'GET', url: 'Patient/subject' };
  await note('transaction', bundle('transaction', { request }), 200);
  await note('batch', bundle('batch', { request }), 200);
  await note('history-system', server.get('/_history'), 200);
});

test('metadata states what was exercised above, and nothing else', () => {
  const all = stated();
  const missed = all.filter((name) => !tested.has(name));
  expect([...tested].sort()).toEqual([...all].sort());
  process.stdout.write(
    `interactions × tested: ${rest.resource.length} types, ${all.length} interactions stated, ` +
      `${all.length - missed.length} tested, ${missed.length} missed\n`,
  );
  const codes = [...new Set(all.map((name) => name.split(' ').at(-1)))];
  for (const code of codes) {
    const of = (names: Iterable<string>) =>
      [...names].filter((name) => name.split(' ').at(-1) === code).length;
    process.stdout.write(`  ${`${code}`.padEnd(18)} ${of(all)} × ${of(tested)}\n`);
  }
});
