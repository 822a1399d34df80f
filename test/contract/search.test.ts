/** What a caller can find and read through the facade: searches, paging, versions, content, links. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  Bundle,
  CapabilityStatement,
  Observation,
  OperationOutcome,
  Questionnaire,
  QuestionnaireResponse,
  Resource,
} from 'fhir/r4.js';
import { faultsOf, putPatient, read, responseId, send, shortCode } from '../support/contract-http.js';
import {
  BASE,
  CANONICAL,
  CLINIC,
  QUESTIONNAIRE,
  system,
  toResponse,
  worked,
} from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

/** Noon UTC, so that the day is the same in nearly every time zone. */
const SENT: [string, string, string, Partial<QuestionnaireResponse>][] = [
  ['march', 'D1', 'p1', { authored: '2026-03-02T12:00:00Z' }],
  ['april', 'D2', 'p1', { authored: '2026-04-02T12:00:00Z', author: { reference: 'Patient/p1' } }],
  ['may', 'P4', 'p1', { authored: '2026-05-02T12:00:00Z' }],
  ['other patient', 'U1', 'p2', { authored: '2026-04-02T12:00:00Z' }],
  ['begun', 'U1', 'p2', { authored: '2026-05-02T12:00:00Z', status: 'in-progress' }],
];
const idOf = (name: string) => responseId(CLINIC, name);
const NAMES: Record<string, string> = Object.fromEntries(SENT.map(([name]) => [idOf(name), name]));

let service: Service;

const search = (query: string) => read<Bundle>(`${service.fhir}/${query}`);
const matches = (bundle: Bundle): Resource[] =>
  (bundle.entry ?? []).flatMap(({ resource, search: found }) =>
    resource && (found?.mode ?? 'match') === 'match' ? [resource] : [],
  );
/** Which of the responses above a resource is, or is derived from. */
const nameOf = (resource: Resource) => NAMES[resource.id?.split('.')[0] ?? ''] ?? '?';
const names = (bundle: Bundle) => matches(bundle).map(nameOf);

async function prepare(target: Service): Promise<void> {
  const identifier = [{ system: 'https://clinic.example.org/records', value: 'A 17' }];
  await putPatient(target.embeddedUrl, 'p1', {
    identifier,
    name: [{ family: 'Winterbottom', given: ['Ada'] }],
  });
  await putPatient(target.embeddedUrl, 'p2', {
    name: [{ family: 'Okafor', given: ['Ben'] }],
    birthDate: '1981-07-20',
  });
  for (const [name, worked_, patient, more] of SENT) {
    const body = toResponse(worked(worked_), name, { subject: { reference: `Patient/${patient}` }, ...more });
    const reply = await send(`${target.fhir}/QuestionnaireResponse`, { body });
    if (reply.status !== 201) throw new Error(`${name}: ${reply.status} ${reply.text}`);
  }
}

beforeAll(async () => {
  service = await startService();
  await prepare(service);
}, START_TIMEOUT);

afterAll(() => service?.kill(), 30_000);

const enc = encodeURIComponent;
const FLAGS = 'Observation?code=red-flag-urgency';

describe('Observation', () => {
  test.each<[string, string[]]>([
    [`patient=p1&code=${enc(`${system('criteria-sets')}|nice-ng65`)}`, ['march', 'april', 'may']],
    [`patient=Patient/p1&code=nice-ng65`, ['march', 'april', 'may']],
    ['patient=p2&code=red-flag-urgency', ['other patient']],
    ['code=red-flag-urgency&category=survey', ['march', 'april', 'may', 'other patient']],
    [
      `code=nice-ng65&patient=p1&category=${enc('http://terminology.hl7.org/CodeSystem/observation-category|survey')}`,
      ['march', 'april', 'may'],
    ],
    ['code=nice-ng65&category=laboratory', []],
    [`code=${enc(`${system('findings')}|nice-ng65`)}`, []],
    ['patient=p1&code=red-flag-urgency&date=2026-04-02', ['april']],
    ['patient=p1&code=red-flag-urgency&date=eq2026-04-02', ['april']],
    ['patient=p1&code=red-flag-urgency&date=ge2026-04-02', ['april', 'may']],
    ['patient=p1&code=red-flag-urgency&date=gt2026-04-15', ['may']],
    ['patient=p1&code=red-flag-urgency&date=le2026-04-02', ['march', 'april']],
    ['patient=p1&code=red-flag-urgency&date=lt2026-04-01', ['march']],
    ['patient=p1&code=red-flag-urgency&date=ge2026-03-15&date=lt2026-04-15', ['april']],
    [`code=red-flag-urgency&derived-from=QuestionnaireResponse/${idOf('may')}`, ['may']],
  ])('%s', async (query, expected) => {
    expect(names(await search(`Observation?${query}`)).sort()).toEqual([...expected].sort());
  });

  test('_sort=-date and _sort=date', async () => {
    const newest = names(await search(`${FLAGS}&patient=p1&_sort=-date`));
    expect(newest).toEqual(['may', 'april', 'march']);
    expect(names(await search(`${FLAGS}&patient=p1&_sort=date`))).toEqual([...newest].reverse());
  });

  test('_include=Observation:has-member brings the members of the panel', async () => {
    const query = `code=axspa-screening-panel&derived-from=QuestionnaireResponse/${idOf('march')}`;
    const bundle = await search(`Observation?${query}&_include=Observation:has-member&_count=100`);
    const [panel, ...more] = matches(bundle) as Observation[];
    expect(more).toEqual([]);
    const included = (bundle.entry ?? []).filter((entry) => entry.search?.mode === 'include');
    expect(included.map(({ resource }) => `Observation/${resource?.id}`).sort()).toEqual(
      (panel?.hasMember ?? []).map(({ reference }) => reference).sort(),
    );
    expect(included.length).toBeGreaterThan(20);
  });

  test('read', async () => {
    const id = `${idOf('march')}.nice-ng65`;
    const observation = await read<Observation>(`${service.fhir}/Observation/${id}`);
    expect([observation.resourceType, observation.id, shortCode(observation)]).toEqual([
      'Observation',
      id,
      'nice-ng65',
    ]);
  });
});

/** Follows the next links; they are public, so a public prefix is exchanged for where the service listens. */
async function visit(start: string, publicFhir: string, listens: string): Promise<string[]> {
  const ids: string[] = [];
  let next: string | undefined = start;
  for (let pages = 0; next !== undefined && pages < 100; pages += 1) {
    const bundle: Bundle = await read<Bundle>(next.replace(publicFhir, listens));
    ids.push(...matches(bundle).map(({ id }) => id ?? ''));
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    if (next !== undefined) expect(next.startsWith(`${publicFhir}/`)).toBe(true);
  }
  expect(next).toBeUndefined();
  return ids;
}

describe('paging', () => {
  test('the next links visit every resource once', async () => {
    const query = `${service.fhir}/Observation?patient=p1`;
    const all = await visit(`${query}&_count=100`, service.fhir, service.fhir);
    expect(all).toHaveLength(40 + 40 + 15); // D1, D2, P4
    const start = `${query}&_count=7`;
    const visited = await visit(start, service.fhir, service.fhir);
    expect([...visited].sort()).toEqual([...all].sort());
    expect(matches(await read<Bundle>(start)).length).toBeLessThanOrEqual(7);
  });

  test('sorted, too', async () => {
    const start = `${service.fhir}/${FLAGS}&_sort=-date&_count=1`;
    const visited = await visit(start, service.fhir, service.fhir);
    expect(visited.map((id) => nameOf({ resourceType: 'Observation', id })).sort()).toEqual(
      ['march', 'april', 'may', 'other patient'].sort(),
    );
  });
});

describe('QuestionnaireResponse', () => {
  test.each<[string, string[]]>([
    [`questionnaire=${enc(QUESTIONNAIRE)}`, SENT.map(([name]) => name)],
    [`questionnaire=${enc(CANONICAL)}&subject=Patient/p1`, ['march', 'april', 'may']],
    [`questionnaire=${enc(`${BASE}/Questionnaire/other`)}`, []],
    ['status=in-progress', ['begun']],
    ['status=completed&patient=p2', ['other patient']],
    ['patient=p1', ['march', 'april', 'may']],
    ['subject=Patient/p2', ['other patient', 'begun']],
    ['author=Patient/p1', ['april']],
    ['authored=ge2026-05-01', ['may', 'begun']],
    ['authored=lt2026-03-15', ['march']],
    ['authored=2026-04-02', ['april', 'other patient']],
    [`identifier=${enc(`${CLINIC}|may`)}`, ['may']],
    [`identifier=${enc(`${CLINIC}|nobody`)}`, []],
  ])('%s', async (query, expected) => {
    const bundle = await search(`QuestionnaireResponse?${query}`);
    expect([bundle.resourceType, bundle.type]).toEqual(['Bundle', 'searchset']);
    expect(names(bundle).sort()).toEqual([...expected].sort());
  });

  test('vread', async () => {
    const url = `${service.fhir}/QuestionnaireResponse/${idOf('march')}`;
    expect(await read(`${url}/_history/1`)).toEqual(await read(url));
    const missing = await send<OperationOutcome>(`${url}/_history/2`);
    expect(missing.status).toBe(404);
    expect(faultsOf(missing.body)[0]).toMatchObject({ type: 'not-found', code: 'resource-not-found' });
  });

  test('a read has the ETag of the version and the media type of FHIR', async () => {
    const reply = await send(`${service.fhir}/QuestionnaireResponse/${idOf('march')}`);
    expect(reply.headers.get('etag')).toBe('W/"1"');
    expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
  });
});

describe('Patient and Provenance', () => {
  test.each<[string, string[]]>([
    ['name=winter', ['p1']],
    ['name=ben', ['p2']],
    [`identifier=${enc('https://clinic.example.org/records|A 17')}`, ['p1']],
    ['birthdate=1981-07-20', ['p2']],
    ['_id=p1', ['p1']],
    ['name=nobody', []],
  ])('Patient?%s', async (query, expected) => {
    expect(matches(await search(`Patient?${query}`)).map(({ id }) => id)).toEqual(expected);
  });

  test('Patient read', async () => {
    expect(await read(`${service.fhir}/Patient/p2`)).toMatchObject({ resourceType: 'Patient', id: 'p2' });
  });

  test('Provenance?target=', async () => {
    const bundle = await search(`Provenance?target=Observation/${idOf('april')}.red-flag-urgency`);
    expect(matches(bundle).map(({ id }) => id)).toEqual([`${idOf('april')}.v1`]);
  });
});

describe('content', () => {
  test('metadata is a CapabilityStatement of R4 and JSON', async () => {
    const metadata = await read<CapabilityStatement>(`${service.fhir}/metadata`);
    expect(metadata).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
    expect(metadata.format.some((format) => /json/.test(format))).toBe(true);
    expect(metadata.format.some((format) => /xml/.test(format))).toBe(false);
    const types = metadata.rest?.[0]?.resource?.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['QuestionnaireResponse', 'Observation', 'Questionnaire']));
  });

  test.each([
    ['Questionnaire', QUESTIONNAIRE],
    ['CodeSystem', system('answers')],
    ['CodeSystem', system('findings')],
    ['CodeSystem', system('criteria-sets')],
    ['CodeSystem', system('verdicts')],
    ['CodeSystem', system('issues')],
    ['CodeSystem', system('patient-information')],
  ])('%s %s: by url, version, status, title; by id', async (type, url) => {
    const [found, ...more] = matches(await search(`${type}?url=${enc(url)}`)) as Questionnaire[];
    expect(more).toEqual([]);
    expect(found).toMatchObject({ resourceType: type, url, version: '1.0.0' });
    const { id, status, title = '' } = found ?? ({} as Questionnaire);
    expect(title).not.toBe('');
    for (const query of [`version=1.0.0`, `status=${status}`, `title=${enc(title)}`]) {
      const bundle = await search(`${type}?url=${enc(url)}&${query}`);
      expect([query, matches(bundle).map((each) => each.id)]).toEqual([query, [id]]);
      expect(matches(await search(`${type}?${query}&_count=100`)).map((each) => each.id)).toContain(id);
    }
    for (const query of [`version=9.9.9`, `status=retired`, `title=nothing-like-it`]) {
      expect([query, matches(await search(`${type}?${query}`))]).toEqual([query, []]);
    }
    expect(await read(`${service.fhir}/${type}/${id}`)).toEqual(found);
  });

  test('ValueSet: search and read', async () => {
    const [found] = matches(await search('ValueSet'));
    expect(found).toMatchObject({ resourceType: 'ValueSet' });
    expect(await read(`${service.fhir}/ValueSet/${found?.id}`)).toEqual(found);
  });
});

describe('what is not there', () => {
  test.each([
    ['Observation?colour=red', 400, 'structure', 'unknown-parameter'],
    ['QuestionnaireResponse?subjekt=Patient/p1', 400, 'structure', 'unknown-parameter'],
    ['Patient?phone=1', 400, 'structure', 'unknown-parameter'],
    ['Questionnaire?nonsense=1', 400, 'structure', 'unknown-parameter'],
    ['Observation/none', 404, 'not-found', 'resource-not-found'],
    ['QuestionnaireResponse/none', 404, 'not-found', 'resource-not-found'],
    ['Patient/none', 404, 'not-found', 'resource-not-found'],
    ['Questionnaire/none', 404, 'not-found', 'resource-not-found'],
    ['Nonsense', 404, 'not-found', 'unknown-route'],
  ])('GET %s: %i %s %s', async (path, status, type, code) => {
    const reply = await send<OperationOutcome>(`${service.fhir}/${path}`);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    expect(faultsOf(reply.body)[0]).toMatchObject({
      severity: 'error',
      type,
      code,
      system: system('issues'),
    });
  });
});

/** Searches whose Bundles are looked at for links. */
const LINKED = [
  'Observation?patient=p1&_count=5',
  'Observation?code=axspa-screening-panel&_include=Observation:has-member&_count=1',
  'QuestionnaireResponse?patient=p1&_count=1',
  'Patient?name=winter',
  'Questionnaire',
  'CodeSystem?_count=1',
];

async function linksOf(listens: string): Promise<string[]> {
  const links: string[] = [];
  for (const query of LINKED) {
    const bundle = await read<Bundle>(`${listens}/${query}`);
    expect([query, bundle.entry?.length ?? 0]).not.toEqual([query, 0]);
    expect([query, bundle.link?.some(({ relation }) => relation === 'self')]).toEqual([query, true]);
    links.push(...(bundle.link ?? []).map(({ url }) => url));
    links.push(...(bundle.entry ?? []).map(({ fullUrl }) => fullUrl ?? 'no fullUrl'));
  }
  return links;
}

describe('PUBLIC_URL', () => {
  const PUBLIC_URL = 'https://screening.example.org/axspa';
  let published: Service;

  beforeAll(async () => {
    published = await startService({ PUBLIC_URL });
    await prepare(published);
  }, START_TIMEOUT);

  afterAll(() => published?.kill(), 30_000);

  test('every link and fullUrl begins with PUBLIC_URL/fhir', async () => {
    for (const link of await linksOf(service.fhir)) expect(link.startsWith(`${service.fhir}/`)).toBe(true);
    for (const link of await linksOf(published.fhir)) {
      expect([link, link.startsWith(`${PUBLIC_URL}/fhir/`)]).toEqual([link, true]);
    }
  });

  test('Location, too', async () => {
    const reply = await send(`${published.fhir}/QuestionnaireResponse`, {
      body: toResponse(worked('D9'), 'public'),
    });
    expect(reply.headers.get('location')).toBe(
      `${PUBLIC_URL}/fhir/QuestionnaireResponse/${idOf('public')}/_history/1`,
    );
  });

  test('paging goes through the public links', async () => {
    const visited = await visit(
      `${published.fhir}/Observation?patient=p1&_count=11`,
      `${PUBLIC_URL}/fhir`,
      published.fhir,
    );
    expect(new Set(visited).size).toBe(visited.length);
    expect(visited.length).toBeGreaterThan(50);
  });
});
