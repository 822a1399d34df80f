/**
 * Applies each patch of this folder to a copy of the tree and runs the suites that its first line names. A patch
 * that leaves them green is a hole in the tests, and so is one that no longer applies.
 * Run: npm run mutants [-- part of a name]
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const COPIED = ['src', 'test', 'resources', '.config', 'package.json', 'tsconfig.json', '.env.example'];
const LIMIT_MS = 300_000;

const wanted = process.argv[2] ?? '';
const patches = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.patch') && name.includes(wanted),
);
const survivors = patches.filter((patch) => {
  const folder = mkdtempSync(join(tmpdir(), 'axspa-mutant-'));
  try {
    const outcome = tryPatch(folder, join(import.meta.dirname, patch));
    console.log(
      `${outcome.killed ? 'killed  ' : 'SURVIVED'} ${patch}${outcome.by ? ` (${outcome.by})` : ''}`,
    );
    return !outcome.killed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
console.log(`mutants ${patches.length}, survived ${survivors.length}`);
process.exit(patches.length > 0 && survivors.length === 0 ? 0 : 1);

function tryPatch(folder, patch) {
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const applied = spawnSync('git', ['apply', '--unidiff-zero', patch], { cwd: folder, encoding: 'utf8' });
  if (applied.status !== 0) return { killed: false, by: `does not apply: ${applied.stderr.trim()}` };
  const suites = /^Suites: (.+)$/m.exec(readFileSync(patch, 'utf8'))?.[1]?.split(' ') ?? [];
  if (suites.length === 0) return { killed: false, by: 'names no suites' };
  const jest = [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--bail=1',
    '--silent',
    ...suites,
  ];
  const run = spawnSync(process.execPath, jest, { cwd: folder, encoding: 'utf8', timeout: LIMIT_MS });
  const by = /^\s*● (.+)$/m.exec(run.stderr)?.[1];
  return { killed: run.status !== 0 && by !== undefined, by };
}
