/**
 * architecture.md, "Who may import whom", as a lint rule that is seen to bite: in a copy of the sources, each wrong
 * import is planted in a file of its own and must be refused, each allowed one accepted.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
const RULE = 'lint/style/noRestrictedImports';

type Diagnostic = { category: string; location?: { path?: string | { file?: string } } };
type Report = { summary: { errors: number; warnings: number }; diagnostics: Diagnostic[] };

function lint(folder: string): Report {
  const options = ['lint', '--config-path=.config', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout, stderr } = spawnSync(process.execPath, [BIOME, ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (!stdout.startsWith('{')) throw new Error(`Biome did not report: ${stderr.slice(0, 1000)}`);
  return JSON.parse(stdout);
}

/** Imports that are refused, by the folder they stand in. */
const REFUSED: [room: string, specifier: string][] = [
  ['scoring', '../fhir/outcome.js'],
  ['scoring', '../operations/ports.js'],
  ['scoring', '../io/delivery.js'],
  ['scoring', '../http/reply.js'],
  ['scoring', '../embedded/store.js'],
  ['scoring', '../config.js'],
  ['scoring', 'node:fs'],
  ['scoring', 'node:crypto'],
  ['scoring', 'crypto'],
  ['scoring', 'fhir/r4.js'],
  ['scoring', 'ajv'],
  ['scoring', 'winston'],
  ['scoring/criteria', '../../fhir/outcome.js'],
  ['scoring/criteria', '../../io/delivery.js'],
  ['scoring/criteria', 'node:fs'],
  ['scoring/criteria', 'fhir/r4.js'],
  ['fhir', '../io/delivery.js'],
  ['fhir', '../operations/ports.js'],
  ['fhir', '../http/reply.js'],
  ['fhir', '../embedded/store.js'],
  ['fhir', '../logger.js'],
  ['fhir', 'node:fs'],
  ['fhir', 'node:fs/promises'],
  ['fhir', 'node:http'],
  ['fhir', 'fs'],
  ['fhir', 'express'],
  ['fhir', 'fhir-kit-client'],
  ['operations', '../io/delivery.js'],
  ['operations', '../http/reply.js'],
  ['operations', '../embedded/store.js'],
  ['operations', '../config.js'],
  ['operations', '../logger.js'],
  ['operations', 'fhir-kit-client'],
  ['operations', 'express'],
  ['operations', 'libsql'],
  ['operations', 'jose'],
  ['operations', 'node:fs'],
  ['operations', 'node:crypto'],
  ['operations', 'jose'],
  ['http', '../io/delivery.js'],
  ['http', '../embedded/store.js'],
  ['http', '../scoring/score.js'],
  ['http', '../config.js'],
  ['http', '../main.js'],
  ['http', '../app.js'],
  ['http', 'fhir-kit-client'],
  ['http', 'libsql'],
  ['http', 'jose'],
  ['http', 'node:fs'],
  ['http', 'jose'],
  ['io', '../http/reply.js'],
  ['io', '../embedded/store.js'],
  ['io', '../operations/submit-response.js'],
  ['io', '../operations/launch.js'],
  ['io', '../scoring/score.js'],
  ['io', '../config.js'],
  ['io', 'express'],
  ['embedded', '../io/outbox.js'],
  ['embedded', 'libsql'],
  ['embedded', '../fhir/answers.js'],
  ['embedded', '../fhir/systems.js'],
  ['embedded', '../operations/ports.js'],
  ['embedded', '../http/reply.js'],
  ['embedded', '../scoring/score.js'],
  ['embedded', 'fhir-kit-client'],
  ['ui/intake', '../../fhir/form.js'],
  ['ui/intake', '../../scoring/red-flags.js'],
  ['ui/intake', '../../operations/ports.js'],
  ['ui/intake', '../results/main.js'],
  ['ui/results', '../intake/state.js'],
  ['ui/engine', '../../fhir/form.js'],
  ['ui/engine', '../intake/state.js'],
  ['ui/engine', 'preact'],
  ['ui/engine', 'node:fs'],
  ['ui/intake', 'node:fs'],
  ['ui/intake', 'express'],
  ['cli', '../http/reply.js'],
  ['cli', '../main.js'],
  ['cli', '../app.js'],
  ['cli', '../scoring/score.js'],
  ['cli', 'express'],
  ['cli', 'libsql'],
  ['cli', 'fhir-kit-client'],
];

const ACCEPTED: [room: string, specifier: string][] = [
  ['scoring', './finding.js'],
  ['scoring', './criteria/index.js'],
  ['scoring/criteria', './index.js'],
  ['scoring/criteria', '../criteria-set.js'],
  ['fhir', './outcome.js'],
  ['fhir', '../scoring/score.js'],
  ['fhir', '../scoring/criteria/findings.js'],
  ['fhir', 'fhir/r4.js'],
  ['fhir', 'ajv'],
  ['fhir', 'node:crypto'],
  ['operations', './ports.js'],
  ['operations', '../fhir/outcome.js'],
  ['operations', '../scoring/score.js'],
  ['operations', 'fhir/r4.js'],
  ['http', './reply.js'],
  ['http', '../operations/ports.js'],
  ['http', '../operations/submit-response.js'],
  ['http', '../fhir/outcome.js'],
  ['http', 'fhir/r4.js'],
  ['http', 'express'],
  ['http', 'node:crypto'],
  ['http', 'helmet'],
  ['http', 'cors'],
  ['http', 'compression'],
  ['http', 'express-rate-limit'],
  ['ui/intake', './state.js'],
  ['ui/intake', '../engine/load.js'],
  ['ui/intake', '../parts/page.js'],
  ['ui/intake', 'preact'],
  ['ui/intake', 'preact/hooks'],
  ['ui/intake', 'fhir/r4.js'],
  ['io', './delivery.js'],
  ['io', '../operations/ports.js'],
  ['io', '../operations/session-port.js'],
  ['io', '../operations/smart-port.js'],
  ['io', '../fhir/outcome.js'],
  ['io', 'fhir-kit-client'],
  ['io', '../operations/credentials.js'],
  ['io', '../loopback.js'],
  ['io', 'libsql'],
  ['io', 'jose'],
  ['io', 'node:fs'],
  ['io', 'node:fs/promises'],
  ['embedded', './store.js'],
  ['embedded', '../fhir/outcome.js'],
  ['embedded', 'fhir/r4.js'],
  ['embedded', 'express'],
  ['embedded', '../io/database.js'],
  ['embedded', 'node:http'],
  ['cli', './command.js'],
  ['cli', '../io/database.js'],
  ['cli', '../operations/ports.js'],
  ['cli', '../fhir/outcome.js'],
  ['cli', '../embedded/erase.js'],
  ['cli', '../config.js'],
  ['cli', '../logger.js'],
  ['cli', 'fhir/r4.js'],
  ['cli', 'node:fs'],
  ['cli', 'node:fs/promises'],
];

/** The same wrong import, in every way to write one. */
const WAYS: [name: string, source: string][] = [
  ['import', "import { planted } from '../io/delivery.js';\nexport const used = planted;\n"],
  ['import of a type', "import type { Planted } from '../io/delivery.js';\nexport type Used = Planted;\n"],
  ['import of everything', "import * as planted from '../io/delivery.js';\nexport const used = planted;\n"],
  ['import for its effect', "import '../io/delivery.js';\n"],
  ['export from', "export { planted } from '../io/delivery.js';\n"],
  ['export of everything', "export * from '../io/delivery.js';\n"],
  ['dynamic import', "export const used = () => import('../io/delivery.js');\n"],
  ['a way around', "export * from './../io/delivery.js';\n"],
  ['a way through an allowed room', "export * from '../fhir/../io/delivery.js';\n"],
];

const planted = new Map<string, string>();
/** A new file in a room; its path. */
function plant(room: string, source: string): string {
  const path = `src/${room}/planted-${planted.size}.ts`;
  planted.set(path, source);
  return path;
}
const importing = (room: string, specifier: string) =>
  plant(room, `import * as planted from '${specifier}';\nexport const used = planted;\n`);

const refused = REFUSED.map(([room, specifier]) => [room, specifier, importing(room, specifier)] as const);
const accepted = ACCEPTED.map(([room, specifier]) => [room, specifier, importing(room, specifier)] as const);
const ways = WAYS.map(([name, source]) => [name, plant('operations', source)] as const);
/** Only main.ts and the command line know io and embedded: written at the end of these files of the copy. */
const OUTSIDE = ['src/app.ts', 'src/config.ts', 'src/logger.ts'];

let copy: string;
let broken: Set<string>;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'imports-'));
  for (const name of ['src', '.config', '.gitignore'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  for (const [path, source] of planted) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), source);
  }
  for (const path of OUTSIDE) appendFileSync(join(copy, path), "export * from './io/delivery.js';\n");
  const { diagnostics } = lint(copy);
  const paths = diagnostics.filter(({ category }) => category === RULE).map(({ location }) => location?.path);
  broken = new Set(
    paths
      .map((path) => (typeof path === 'string' ? path : (path?.file ?? '')))
      .map((path) => relative('.', path)),
  );
});
afterAll(() => {
  if (copy) rmSync(copy, { recursive: true });
});

test('the sources as they are pass', () => {
  expect(lint(ROOT).diagnostics.map(({ category, location }) => [category, location?.path])).toEqual([]);
  expect([...broken].filter((path) => !planted.has(path) && !OUTSIDE.includes(path))).toEqual([]);
});

describe('refused', () => {
  test.each(refused)('%s → %s', (_room, _specifier, path) => {
    expect([...broken]).toContain(path);
  });

  test.each(ways)('operations → io by %s', (_name, path) => {
    expect([...broken]).toContain(path);
  });

  test.each(OUTSIDE)('%s → io: only main and cli know it', (path) => {
    expect([...broken]).toContain(path);
  });
});

describe('accepted', () => {
  test.each(accepted)('%s → %s', (_room, _specifier, path) => {
    expect([...broken]).not.toContain(path);
  });
});

test('every room that is there has a rule', () => {
  const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const tried = new Set(REFUSED.map(([room]) => room));
  expect(rooms.filter((room) => !tried.has(room) && room !== 'ui')).toEqual([]);
});

test('nothing is planted in the sources themselves', () => {
  for (const path of planted.keys()) expect(existsSync(join(ROOT, path))).toBe(false);
});
