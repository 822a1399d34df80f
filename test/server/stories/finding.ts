/** Searches through the facade, each by what service.md promises. */
import { beforeAll, expect, test } from '@jest/globals';
import type { Bundle, Observation, Resource } from 'fhir/r4.js';
import { read } from '../../support/contract-http.js';
import { BASE, CANONICAL, CLINIC, QUESTIONNAIRE, system, worked } from '../../support/contract-responses.js';
import { type Body, body, identifierOf, idOf, patientId, post } from './calls.js';
import { world } from './world.js';

const ONE = patientId('two');
const OTHER = patientId('three');
/** Noon UTC, so that the day is the same in nearly every time zone. */
const SENT: [string, string, string, Body][] = [
  ['march', 'D1', ONE, { authored: '2026-03-02T12:00:00Z' }],
  ['april', 'D2', ONE, { authored: '2026-04-02T12:00:00Z', author: { reference: `Patient/${ONE}` } }],
  ['may', 'P4', ONE, { authored: '2026-05-02T12:00:00Z' }],
  ['other', 'U1', OTHER, { authored: '2026-04-02T12:00:00Z' }],
  ['begun', 'U1', OTHER, { authored: '2026-05-02T12:00:00Z', status: 'in-progress' }],
];
const NAMES: Record<string, string> = Object.fromEntries(SENT.map(([name]) => [idOf(name), name]));

const enc = encodeURIComponent;
const SURVEY = 'http://terminology.hl7.org/CodeSystem/observation-category|survey';

const search = (query: string) => read<Bundle>(`${world().service.fhir}/${query}`);
const matches = (bundle: Bundle): Resource[] =>
  (bundle.entry ?? []).flatMap(({ resource, search: found }) =>
    resource && (found?.mode ?? 'match') === 'match' ? [resource] : [],
  );
/** Which of the responses above a resource is, or is derived from. */
const nameOf = (resource: Resource) => NAMES[resource.id?.split('.')[0] ?? ''] ?? '?';
const names = (bundle: Bundle) => matches(bundle).map(nameOf);

async function pages(start: string): Promise<string[][]> {
  const found: string[][] = [];
  let next: string | undefined = start;
  while (next !== undefined && found.length < 100) {
    const bundle: Bundle = await read<Bundle>(next);
    found.push(matches(bundle).map(({ id }) => id ?? ''));
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    expect([next, next?.startsWith(`${world().service.fhir}/`) ?? true]).toEqual([next, true]);
  }
  return found;
}

const FLAGS = `Observation?patient=${ONE}&code=red-flag-urgency`;

const OBSERVATIONS: [string, string[]][] = [
  [`patient=${ONE}&code=${enc(`${system('criteria-sets')}|nice-ng65`)}`, ['march', 'april', 'may']],
  [`patient=Patient/${ONE}&code=nice-ng65`, ['march', 'april', 'may']],
  [`patient=${OTHER}&code=red-flag-urgency`, ['other']],
  [`patient=${ONE}&code=${enc(`${system('findings')}|nice-ng65`)}`, []],
  [`patient=${ONE}&code=nice-ng65&category=${enc(SURVEY)}`, ['march', 'april', 'may']],
  [`patient=${OTHER}&code=nice-ng65&category=survey`, ['other']],
  [`patient=${ONE}&code=nice-ng65&category=laboratory`, []],
  [`patient=${ONE}&code=red-flag-urgency&date=2026-04-02`, ['april']],
  [`patient=${ONE}&code=red-flag-urgency&date=ge2026-04-02`, ['april', 'may']],
  [`patient=${ONE}&code=red-flag-urgency&date=gt2026-04-15`, ['may']],
  [`patient=${ONE}&code=red-flag-urgency&date=le2026-04-02`, ['march', 'april']],
  [`patient=${ONE}&code=red-flag-urgency&date=ge2026-03-15&date=lt2026-04-15`, ['april']],
  [`code=red-flag-urgency&derived-from=QuestionnaireResponse/${idOf('may')}`, ['may']],
];

const RESPONSES: [string, string[]][] = [
  [`patient=${ONE}&questionnaire=${enc(QUESTIONNAIRE)}`, ['march', 'april', 'may']],
  [`subject=Patient/${ONE}&questionnaire=${enc(CANONICAL)}`, ['march', 'april', 'may']],
  [`patient=${ONE}&questionnaire=${enc(`${BASE}/Questionnaire/other`)}`, []],
  [`patient=${OTHER}&status=in-progress`, ['begun']],
  [`patient=${OTHER}&status=completed`, ['other']],
  [`patient=${ONE}`, ['march', 'april', 'may']],
  [`author=Patient/${ONE}`, ['april']],
  [`patient=${OTHER}&authored=ge2026-05-01`, ['begun']],
  [`patient=${ONE}&authored=lt2026-03-15`, ['march']],
  [`patient=${ONE}&authored=2026-04-02`, ['april']],
  [`identifier=${enc(`${CLINIC}|${identifierOf('may')}`)}`, ['may']],
  [`identifier=${enc(`${CLINIC}|${identifierOf('nobody')}`)}`, []],
];

/** What differs from run to run is left out of a story's name. */
const title = (query: string) =>
  decodeURIComponent(query)
    .replaceAll(ONE, '{one}')
    .replaceAll(OTHER, '{other}')
    .replaceAll(`${BASE}/`, '')
    .replace(/r[0-9a-f]{31}/, '{id}')
    .replace(/\|[0-9a-f]{6} /, '|{run} ');

export function finding(): void {
  beforeAll(async () => {
    for (const [name, answers, patient, more] of SENT) {
      const subject = { reference: `Patient/${patient}` };
      const reply = await post(body(worked(answers), name, { subject, ...more }));
      if (reply.status !== 201) throw new Error(`${name}: ${reply.status} ${reply.text}`);
    }
  }, 60_000);

  for (const [query, expected] of OBSERVATIONS) {
    test(`Observation?${title(query)}`, async () => {
      expect(names(await search(`Observation?${query}`)).sort()).toEqual([...expected].sort());
    });
  }

  for (const [query, expected] of RESPONSES) {
    test(`QuestionnaireResponse?${title(query)}`, async () => {
      expect(names(await search(`QuestionnaireResponse?${query}`)).sort()).toEqual([...expected].sort());
    });
  }

  test('_sort, both ways', async () => {
    expect(names(await search(`${FLAGS}&_sort=-date`))).toEqual(['may', 'april', 'march']);
    expect(names(await search(`${FLAGS}&_sort=date`))).toEqual(['march', 'april', 'may']);
  });

  test('_count and the next links visit every resource once, sorted or not', async () => {
    for (const sorted of ['', '&_sort=-date']) {
      const found = await pages(`${world().service.fhir}/Observation?patient=${ONE}&_count=7${sorted}`);
      expect(found.filter((page) => page.length > 7)).toEqual([]);
      expect(found.flat()).toHaveLength(40 + 40 + 15); // D1, D2, P4
      expect(new Set(found.flat()).size).toBe(95);
    }
  });

  test('_include=Observation:has-member', async () => {
    const panel = `code=axspa-screening-panel&derived-from=QuestionnaireResponse/${idOf('march')}`;
    const bundle = await search(`Observation?${panel}&_include=Observation:has-member`);
    const [found, ...more] = matches(bundle) as Observation[];
    expect([found?.hasMember?.length, more]).toEqual([39, []]);
    const included = (bundle.entry ?? []).filter((entry) => entry.search?.mode === 'include');
    expect(included.map(({ resource }) => `Observation/${resource?.id}`).sort()).toEqual(
      found?.hasMember?.map(({ reference }) => reference).sort(),
    );
  });

  test('Provenance?target=', async () => {
    const bundle = await search(`Provenance?target=Observation/${idOf('april')}.red-flag-urgency`);
    expect(matches(bundle).map(({ id }) => id)).toEqual([`${idOf('april')}.v1`]);
  });

  test('a response that was just written is found, also by a search that was made before', async () => {
    const query = `QuestionnaireResponse?patient=${OTHER}&authored=2026-06-01`;
    expect(names(await search(query))).toEqual([]);
    const more = { subject: { reference: `Patient/${OTHER}` }, authored: '2026-06-01T12:00:00Z' };
    expect((await post(body(worked('U1'), 'june', more))).status).toBe(201);
    expect(matches(await search(query)).map(({ id }) => id)).toEqual([idOf('june')]);
  });
}
