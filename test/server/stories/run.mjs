/**
 * `npm run test:server`: the same stories on each server, and one table of what came of them. FHIR_BASE_URL names
 * the only server to run on; a word after `--` (`embedded`, `hapi`) runs on that one alone. README.md says more.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LIMIT_MS = 900_000;
const JEST = [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
  ...['--runInBand', '--testMatch', '**/test/server/stories/*.stories.ts'],
];
const isRequired = process.env.CI === 'true' || process.env.REQUIRE_HAPI === '1';

/** What this machine lacks to run HAPI; undefined for nothing. */
function hapiLacks() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8', timeout: 60_000 });
  const major = Number(/version "(?:1\.)?(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (java.status !== 0 || major < 17) return 'Java 17 or newer is not on the PATH';
  const maven = spawnSync('mvn', ['--version'], { stdio: 'ignore', timeout: 60_000 });
  return maven.status === 0 ? undefined : 'Maven (mvn) is not on the PATH';
}

/** All that the run started is in one group, and ends with it. */
function jest(server, folder) {
  return new Promise((resolve) => {
    const files = { results: join(folder, `${server}.json`), report: join(folder, `${server}.ndjson`) };
    const child = spawn(process.execPath, [...JEST, '--json', `--outputFile=${files.results}`], {
      cwd: ROOT,
      detached: true,
      // The whole answer goes to the file; what jest tells people goes to its standard error.
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, STORIES_SERVER: server, STORIES_REPORT: files.report },
    });
    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of it has gone already.
      }
    };
    const stopped = () => {
      end();
      process.exit(1);
    };
    const timer = setTimeout(end, LIMIT_MS);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stopped);
    child.once('close', (status) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stopped);
      end();
      resolve({ server, status, ...files });
    });
  });
}

function readRun({ server, status, results, report }) {
  const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n').map(JSON.parse) : [];
  const suites = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')).testResults : [];
  const differs = new Map(lines.filter((one) => one.difference).map((one) => [one.story, one]));
  const stories = suites.flatMap(({ assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, fullName, status: state, duration }) => {
      const passed = differs.has(fullName) ? 'differs' : 'ok';
      const word = { passed, failed: 'FAILED' }[state] ?? 'not run';
      return [
        [...ancestorTitles, title].join(': '),
        { word, ms: word === 'not run' ? null : (duration ?? 0) },
      ];
    }),
  );
  // Whatever went wrong outside of the stories, such as a server that did not start or did not stop.
  const isBroken = status !== 0 && !stories.some(([, { word }]) => word === 'FAILED');
  const whole = isBroken ? [['the run as a whole', { word: 'FAILED', ms: 0 }]] : [];
  return {
    name: lines.find((one) => one.server)?.server ?? server,
    stories: new Map([...stories, ...whole]),
    figures: lines.flatMap(({ figure }) => figure ?? []),
    differences: [...differs.values()],
  };
}

const cell = (story) => (story ? `${story.word}${story.ms === null ? '' : ` ${story.ms} ms`}` : '');

function table(runs) {
  const names = [...new Set(runs.flatMap(({ stories }) => [...stories.keys()]))];
  const rows = [
    ['story', ...runs.map(({ name }) => name)],
    ...names.map((name) => [name, ...runs.map(({ stories }) => cell(stories.get(name)))]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const print = (text) => process.stdout.write(`${text}\n`);

function tell(runs) {
  print(`\n${table(runs)}`);
  for (const { name, figures, differences } of runs) {
    for (const { story, what, reason } of differences)
      print(`\n${name} differs in "${story}": ${what} (${reason})`);
    print(`\n${name}:\n  ${figures.join('\n  ')}`);
  }
}

async function main() {
  const [only] = process.argv.slice(2);
  const wanted = process.env.FHIR_BASE_URL ? ['url'] : only ? [only] : ['embedded', 'hapi'];
  const lacks = wanted.includes('hapi') ? hapiLacks() : undefined;
  const notice = lacks === undefined ? undefined : `HAPI not run: ${lacks}.`;
  if (notice) process.stderr.write(`${notice}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'axspa-stories-'));
  const runs = [];
  for (const server of wanted.filter((one) => one !== 'hapi' || !notice)) {
    runs.push(readRun(await jest(server, folder)));
  }
  rmSync(folder, { recursive: true, force: true });
  tell(runs);
  const words = runs.flatMap(({ stories }) => [...stories.values()].map(({ word }) => word));
  const passed = words.filter((word) => word === 'ok' || word === 'differs').length;
  const failed = words.filter((word) => word === 'FAILED').length + (notice && isRequired ? 1 : 0);
  if (notice) print(`\n${notice}${isRequired ? ' It is required here.' : ''}`);
  print(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && (passed > 0 || notice) ? 0 : 1;
}

await main();
