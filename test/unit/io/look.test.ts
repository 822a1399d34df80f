/** A burst of new responses while everything that is there is gone through: none is passed over. */
import { expect, test } from '@jest/globals';
import { Database, migrate } from '../../../src/io/database.js';
import { Look } from '../../../src/io/look.js';
import { OUTBOX_STEPS } from '../../../src/io/outbox-schema.js';
import { createPorts } from '../../support/http-app.js';

const URL_OF_IT = 'https://example.org/Questionnaire/x';
const MINUTE = 60_000;

test('a burst while the history is gone through', async () => {
  const database = new Database(':memory:');
  migrate(database, ':memory:', OUTBOX_STEPS);
  const { fhirServer } = await createPorts();
  let now = Date.parse('2026-05-04T08:00:00Z');
  const there: { id: string; at: number }[] = [];
  const write = (count: number) => {
    for (let number = 0; number < count; number += 1) {
      there.push({ id: `q-${there.length}`, at: now + number * 10_000 });
    }
  };
  /** Newest first, each search as the server was when it began. */
  const pages = async function* (_type: string, query: string) {
    const since = Date.parse(new URLSearchParams(query).get('_lastUpdated')?.slice(2) ?? '');
    const found = there.filter(({ at }) => at >= since).reverse();
    for (let from = 0; from < found.length; from += 10) {
      yield found.slice(from, from + 10).map(({ id, at }) => ({
        resourceType: 'QuestionnaireResponse' as const,
        id,
        status: 'completed' as const,
        questionnaire: URL_OF_IT,
        meta: { versionId: '1', lastUpdated: new Date(at).toISOString() },
      }));
    }
  };
  const server = { ...fhirServer, pages };
  const options = { server, database, questionnaires: [URL_OF_IT], now: () => new Date(now) };
  const look = new Look(options, () => undefined);
  const seen = new Set<string>();
  const once = () =>
    look.once(async ({ reference }) => {
      if (seen.has(reference)) return 'settled';
      seen.add(reference);
      return 'taken';
    });
  write(240);
  now += 50 * MINUTE;
  expect(await once()).toBe(true);
  // Later than the last minutes reach back, before the look at everything is over.
  now += 10 * MINUTE;
  write(120);
  now += 30 * MINUTE;
  for (let looks = 0; looks < 20 && (await once()); looks += 1) now += 10 * MINUTE;
  expect(seen.size).toBe(360);
  database.close();
});
