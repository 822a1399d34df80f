/** The package as others read it: tar, npm, and bytes that are the same again. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { toFhirPackage } from '../../../src/fhir/package.js';
import { writeFhirPackage } from '../../../src/io/fhir-package.js';
import { loadResources } from '../../../src/io/resources.js';

const run = promisify(execFile);
const RESOURCES = fileURLToPath(new URL('../../../resources', import.meta.url));
const authored = readdirSync(RESOURCES).filter((name) => name.endsWith('.json'));
const content = toFhirPackage(await loadResources(RESOURCES));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('tar unpacks everything that is in resources, unchanged, and an index of it', async () => {
  const { path } = await writeFhirPackage(content, folder);
  await run('tar', ['-xzf', path, '-C', folder]);
  const inside = join(folder, 'package');
  expect(authored.length).toBeGreaterThan(40);
  expect(readdirSync(inside).sort()).toEqual(['.index.json', 'package.json', ...authored].sort());
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
  for (const name of authored) expect(read(join(inside, name))).toEqual(read(join(RESOURCES, name)));
  const index: { filename: string; resourceType: string; id: string; url: string }[] = read(
    join(inside, '.index.json'),
  ).files;
  expect(index.map(({ filename }) => filename)).toEqual([...authored].sort());
  for (const entry of index) expect(read(join(inside, entry.filename))).toMatchObject({ url: entry.url });
});

test('the same content gives the same bytes, and says whose', async () => {
  const first = await writeFhirPackage(content, folder);
  const again = await writeFhirPackage(content, join(folder, 'new', 'place'));
  expect(again.sha256).toBe(first.sha256);
  expect(createHash('sha256').update(readFileSync(first.path)).digest('hex')).toBe(first.sha256);
  expect(readFileSync(first.path).length).toBe(first.bytes);
  const { stdout } = await run('tar', ['--numeric-owner', '-tvzf', first.path], {
    env: { ...process.env, TZ: 'UTC' },
  });
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => !/^-rw-r--r--\s.*\b0[/ ]+0\b.*\b1985\b/.test(line))).toEqual([]);
});

test('other content gives other bytes', async () => {
  const [first, ...others] = content.files;
  const changed = { ...content, files: [...others, first!] };
  const before = await writeFhirPackage(content, folder);
  expect((await writeFhirPackage(changed, join(folder, 'changed'))).sha256).not.toBe(before.sha256);
});

test('npm takes it for a package of this name and version', async () => {
  const { path } = await writeFhirPackage(content, folder);
  const { stdout } = await run('npm', ['pack', path, '--dry-run', '--json', '--offline'], { cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject([{ name: content.name, version: content.version }]);
}, 60_000);

test('an older file of that name is replaced, and nothing half-written stays', async () => {
  const name = `axspa-screening-${content.version}.tgz`;
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out', name), 'old');
  const { bytes } = await writeFhirPackage(content, join(folder, 'out'));
  expect(readdirSync(join(folder, 'out'))).toEqual([name]);
  expect(readFileSync(join(folder, 'out', name)).length).toBe(bytes);
});

test('the command tells what it made and where', async () => {
  const command = fileURLToPath(new URL('../../../dist/cli/package-fhir.js', import.meta.url));
  const { stdout } = await run(process.execPath, [command, folder], { env: { PATH: process.env.PATH } });
  const path = join(folder, `axspa-screening-${content.version}.tgz`);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  expect(stdout).toContain(`axspa.screening#${content.version}: ${authored.length} resources`);
  expect(stdout).toContain(sha256);
  expect(stdout.trim().endsWith(path)).toBe(true);
  const wrong = run(process.execPath, [command, folder, folder], { env: { PATH: process.env.PATH } });
  await expect(wrong).rejects.toMatchObject({ code: 2 });
});
