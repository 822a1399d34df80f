/** HAPI FHIR installs the package that `npm run package:fhir` makes, and asks nobody for dependencies. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toFhirPackage } from '../../src/fhir/package.js';
import { writeFhirPackage } from '../../src/io/fhir-package.js';
import { loadResources } from '../../src/io/resources.js';
import { describeWithHapi, HAPI_START_TIMEOUT, type Hapi, startHapi } from '../support/hapi.js';
import { fhirAt, idsOf } from '../support/hapi-calls.js';

const RESOURCES = fileURLToPath(new URL('../../resources/', import.meta.url));

describeWithHapi('HAPI FHIR: packages', () => {
  let directory: string;
  let names: string[];
  let hapi: Hapi | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'axspa-hapi-'));
    names = (await readdir(RESOURCES)).filter((name) => name.endsWith('.json'));
    const { path } = await writeFhirPackage(toFhirPackage(await loadResources(RESOURCES)), directory);
    hapi = await startHapi({ packages: [path] });
    process.stdout.write(`HAPI with a package: ready after ${hapi.startedInMs} ms\n`);
  }, HAPI_START_TIMEOUT);

  afterAll(async () => {
    await hapi?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  test('every resource is installed, none skipped', () => {
    const count = new Map<string, number>();
    for (const name of names) {
      const type = name.slice(0, name.indexOf('-'));
      count.set(type, (count.get(type) ?? 0) + 1);
    }
    const expected = [...count].map(([type, n]) => `package: ${type} ${n}`).sort();
    expect(hapi?.lines.filter((line) => line.startsWith('package:')).sort()).toEqual(expected);
  });

  test('each is found by its url', async () => {
    const fhir = fhirAt(hapi?.baseUrl ?? '');
    for (const name of names) {
      const { resourceType, url } = JSON.parse(await readFile(join(RESOURCES, name), 'utf8'));
      const found = await fhir('GET', `${resourceType}?url=${encodeURIComponent(url)}`);
      expect([name, idsOf(found).length]).toEqual([name, 1]);
    }
  });

  test('its Questionnaire is the one that the service asks', async () => {
    const name = names.find((one) => one.startsWith('Questionnaire-')) ?? '';
    const { url, version, item } = JSON.parse(await readFile(join(RESOURCES, name), 'utf8'));
    const found = await fhirAt(hapi?.baseUrl ?? '')('GET', `Questionnaire?url=${encodeURIComponent(url)}`);
    expect(found.body).toMatchObject({ entry: [{ resource: { version, item } }] });
  });

  test(
    'what is no package: HAPI does not start, and says which file',
    async () => {
      const file = join(directory, 'broken.tgz');
      await writeFile(file, 'not a package');
      const start = startHapi({ packages: [file] });
      await expect(start).rejects.toThrow(/did not start \(exit 1\)[\s\S]*broken\.tgz/);
    },
    HAPI_START_TIMEOUT,
  );
});
