/** Dockerfile and .dockerignore: what can be said of them without a Docker engine. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { lastStep, ROOT, readDockerfile, readIgnored, type Stage, toPairs, toStages } from './dockerfile.js';

const text = readDockerfile();
const stages = toStages(text);
const runtime = stages.at(-1)!;
const ignored = readIgnored();
const { version, license } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));

const copies = ({ steps }: Stage) => steps.filter(({ keyword }) => keyword === 'COPY');

describe('the Dockerfile', () => {
  test('has nothing that the linter finds', () => {
    expect(validate(text)).toEqual([]);
    expect(validate(text.replace('WORKDIR /app', 'WORKDIR app')).length).toBeGreaterThan(0);
    expect(validate(text.replace('STOPSIGNAL SIGTERM', 'STOPSIGNAL TERM')).length).toBeGreaterThan(0);
  });

  test('begins every stage with one version of Node, the one that the package asks for or newer', () => {
    const bases = new Set(stages.map(({ base }) => base));
    expect(bases.size).toBe(1);
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-[a-z]+-slim$/.exec([...bases][0]!) ?? [];
    expect([Number(major), Number(minor) >= 19]).toEqual([20, true]);
  });

  test('uses every stage that it names', () => {
    const used = stages.flatMap(copies).flatMap(({ flags }) => flags.get('from') ?? []);
    expect(new Set(used)).toEqual(new Set(stages.slice(0, -1).map(({ name }) => name)));
  });

  test('installs from the lock alone, and fetches nothing else', () => {
    const steps = stages.flatMap(({ steps }) => steps);
    expect(steps.filter(({ keyword }) => keyword === 'ADD')).toEqual([]);
    const runs = steps.filter(({ keyword }) => keyword === 'RUN').map((step) => step.text);
    expect(runs.filter((run) => /\b(curl|wget|apt-get|apk|npx|npm (i|install|exec))\b/.test(run))).toEqual(
      [],
    );
    expect(runs.filter((run) => run.startsWith('npm'))).toEqual([
      'npm ci',
      'npm run build',
      'npm ci --omit=dev',
    ]);
  });

  test('ends as a user who is not root, by number, and node itself gets the signals', () => {
    expect(lastStep(runtime, 'USER')?.words).toEqual(['1000:1000']);
    expect(lastStep(runtime, 'CMD')?.words).toEqual(['node', 'dist/main.js']);
    expect(lastStep(runtime, 'STOPSIGNAL')?.words).toEqual(['SIGTERM']);
    expect(lastStep(runtime, 'ENTRYPOINT')).toBeUndefined();
    expect(lastStep(runtime, 'HEALTHCHECK')?.words.slice(0, 2)).toEqual(['node', '-e']);
  });

  test('keeps the code with root: nothing is copied for another owner', () => {
    expect(stages.flatMap(copies).filter(({ flags }) => flags.has('chown') || flags.has('chmod'))).toEqual(
      [],
    );
  });

  test('says what it is, in the words of the package', () => {
    const labels = Object.fromEntries(
      runtime.steps.filter(({ keyword }) => keyword === 'LABEL').flatMap((step) => toPairs(step)),
    );
    expect(labels['org.opencontainers.image.title']).toBe('axspa-screening');
    expect([labels['org.opencontainers.image.version'], labels['org.opencontainers.image.licenses']]).toEqual(
      [version, license],
    );
  });
});

describe('the build context', () => {
  const fromContext = stages.flatMap(copies).filter(({ flags }) => !flags.has('from'));
  const sources = [...new Set(fromContext.flatMap(({ words }) => words.slice(0, -1)))];

  test('holds everything that is copied', () => {
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect([source, existsSync(new URL(source, ROOT)), ignored.ignores(source)]).toEqual([
        source,
        true,
        false,
      ]);
    }
  });

  test.each([
    '.env',
    '.git/config',
    'data/outbox.db',
    'dist/main.js',
    'node_modules/express/index.js',
    'test/README.md',
    'docker-compose.yml',
    'src/README.md',
    'resources/README.md',
    '.config/biome.json',
  ])('does not hold %s', (path) => {
    expect(ignored.ignores(path)).toBe(true);
  });

  test('names nothing that is not copied', () => {
    const named = readFileSync(new URL('.dockerignore', ROOT), 'utf8').matchAll(/^!(.+)$/gm);
    expect([...named].map(([, path]) => path).sort()).toEqual([...sources].sort());
  });
});
