import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fixture, idsOf, type Json, putEntry, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeEach(async () => {
  server = await startFixture();
  await server.put({ resourceType: 'Patient', id: 'p1' });
});
afterEach(() => server.stop());

const COUNT = 23;
const DATED = 15;
/** Every third has no date; days repeat, so that there are ties. */
const observation = (n: number, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id: `o${String((n * 7) % COUNT).padStart(2, '0')}`,
  status: 'final',
  code: { coding: [{ code: 'c' }] },
  subject: { reference: 'Patient/p1' },
  ...(n % 3 === 0 ? {} : { effectiveDateTime: `2026-05-${10 + (n % 4)}` }),
  ...more,
});

async function fill(): Promise<void> {
  for (let n = 0; n < COUNT; n += 1) await server.put(observation(n));
}

/** Follows `next` to the end; between pages, does what it is told. */
async function pages(
  query: string,
  total: number,
  between: (page: number) => Promise<unknown>,
): Promise<string[][]> {
  const all: string[][] = [];
  for (let path: string | undefined = query; path !== undefined; ) {
    const { status, body }: { status: number; body: Json } = await server.get(path);
    expect([status, body.total]).toEqual([200, total]);
    all.push(idsOf(body));
    if (all.length > COUNT) throw new Error('paging does not end');
    const next = body.link.find(({ relation }: Json) => relation === 'next')?.url;
    path = next?.replace(server.url, '');
    if (path !== undefined) await between(all.length);
  }
  return all;
}

const SORTS = ['date', '-date', '_id', '-_id', '_lastUpdated', '-_lastUpdated', '-date,_id', 'date,-_id'];
const QUERIES = [
  '/Observation',
  '/Observation?patient=p1',
  '/Observation?status=final&code=c&patient=p1',
  // Walks the type in order; those without a date do not match.
  '/Observation?date=ne1800&patient=p1',
  '/Observation?date=ne1800',
];
const cases = QUERIES.flatMap((query) => SORTS.map((sort) => [query, sort] as const));

describe('pages join to what one page would show', () => {
  test.each(cases)('%s sorted by %s', async (query, sort) => {
    await fill();
    const all = `${query}${query.includes('?') ? '&' : '?'}_sort=${sort}`;
    const whole = await server.ids(all);
    const count = query.includes('date') ? DATED : COUNT;
    expect(new Set(whole).size).toBe(count);
    const inPages = await pages(`${all}&_count=4`, count, async () => undefined);
    expect(inPages.map(({ length }) => length)).toEqual([4, 4, 4, ...(count === COUNT ? [4, 4, 3] : [3])]);
    expect(inPages.flat()).toEqual(whole);
  });

  test.each(cases)('%s sorted by %s, whatever is written meanwhile', async (query, sort) => {
    await fill();
    const all = `${query}${query.includes('?') ? '&' : '?'}_sort=${sort}`;
    const whole = await server.ids(all);
    const inPages = await pages(`${all}&_count=4`, whole.length, (page) =>
      server.transaction(
        putEntry({ ...observation(0), id: `new-early-${page}`, effectiveDateTime: '2020' }),
        putEntry({ ...observation(0), id: `new-late-${page}`, effectiveDateTime: '2030' }),
        // Moves one that was shown already, and one that was not, to the other end.
        putEntry({ ...observation(0), id: whole[page], effectiveDateTime: `20${30 + page}` }),
        putEntry({ ...observation(0), id: whole.at(-page), effectiveDateTime: `19${30 + page}` }),
      ),
    );
    expect(inPages.flat()).toEqual(whole);
  });
});

test('a page that is exactly full is the last one', async () => {
  await fill();
  const { body } = await server.get(`/Observation?_count=${COUNT}`);
  expect([idsOf(body).length, body.link.map(({ relation }: Json) => relation)]).toEqual([COUNT, ['self']]);
});

test('a cursor outlives a restart', async () => {
  await fill();
  const whole = await server.ids('/Observation?_sort=-date');
  const first = (await server.get('/Observation?_sort=-date&_count=20')).body;
  const cursor = new URL(first.link[1].url).search;
  await server.restart();
  expect([...idsOf(first), ...(await server.ids(`/Observation${cursor}`))]).toEqual(whole);
});
