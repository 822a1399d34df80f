/** When everything has been told: nothing of what the service wrote leads to another write. */
import { expect, test } from '@jest/globals';
import { until } from '../../support/contract-http.js';
import { countOf, idOf, pause, versionsOn } from './calls.js';
import { figure, unusedDifferences } from './report.js';
import { world } from './world.js';

const TYPES = ['QuestionnaireResponse', 'Observation', 'Provenance', 'Task', 'DocumentReference'];
const WATCHED_MS = 15_000;
const SETTLES_WITHIN_MS = 90_000;

/** How many resources on the server have a version that is younger. */
async function writtenAfter(instant: number): Promise<number> {
  const since = `_lastUpdated=gt${new Date(instant).toISOString()}`;
  const counts = await Promise.all(TYPES.map((type) => countOf(`${type}?${since}`)));
  return counts.reduce((sum, one) => sum + one, 0);
}

export function quiet(): void {
  test(
    'for 15 s no resource gets another version',
    async () => {
      const begun = Date.now();
      await until(SETTLES_WITHIN_MS, async () => (await writtenAfter(Date.now() - 5_000)) === 0);
      figure(`everything was settled ${Date.now() - begun} ms after the last story`);
      const from = Date.now();
      await pause(WATCHED_MS);
      expect(await writtenAfter(from)).toBe(0);
    },
    SETTLES_WITHIN_MS + WATCHED_MS + 60_000,
  );

  test('what was submitted was scored once', async () => {
    const names = ['new', 'again', 'taken', 'conditional', 'twenty', 'two services', 'lost', 'on the way 3'];
    for (const name of [...names, 'many 0', 'many 999']) {
      const versions = await versionsOn(idOf(name));
      expect([name, versions.filter((one) => !one.endsWith('/1'))]).toEqual([name, []]);
      expect([name, versions.filter((one) => one.startsWith('Provenance/')).length]).toEqual([name, 1]);
    }
  }, 60_000);

  test('every listed difference was met', () => {
    const { kind, hapi } = world();
    // What depends on how a server is set up is only known of those that this run started.
    if (kind === 'embedded' || hapi) expect(unusedDifferences(kind)).toEqual([]);
  });
}
