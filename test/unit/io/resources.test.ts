import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadResources } from '../../../src/io/resources.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resources-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
const VALUE_SET = { resourceType: 'ValueSet', id: 'b', status: 'active' };
const CODE_SYSTEM = { resourceType: 'CodeSystem', id: 'a', status: 'active', content: 'complete' };

test('every resource, in the order of the file names', async () => {
  put('ValueSet-b.json', VALUE_SET);
  put('CodeSystem-a.json', CODE_SYSTEM);
  expect(await loadResources(folder)).toEqual([CODE_SYSTEM, VALUE_SET]);
});

test('files that are not .json are passed over', async () => {
  put('README.md', '# not JSON');
  put('ValueSet-b.json', VALUE_SET);
  put('ValueSet-c.json~', '{');
  expect(await loadResources(folder)).toEqual([VALUE_SET]);
});

test.each<[string, string, unknown]>([
  ['another id', 'ValueSet-c.json', VALUE_SET],
  ['another type', 'CodeSystem-b.json', VALUE_SET],
  ['another case', 'valueset-b.json', VALUE_SET],
  ['no id', 'ValueSet-b.json', { resourceType: 'ValueSet' }],
  ['no type', 'ValueSet-b.json', { id: 'b' }],
  ['a list', 'ValueSet-b.json', [VALUE_SET]],
  ['a number', 'ValueSet-b.json', 1],
])('%s: refused, and the file named', async (_name, file, content) => {
  put('CodeSystem-a.json', CODE_SYSTEM);
  put(file, content);
  await expect(loadResources(folder)).rejects.toThrow(`resources/${file} is not `);
});

test.each<[string, string]>([
  ['nothing', ''],
  ['half of it', '{"resourceType":"ValueSet"'],
  ['a comment', '// x\n{}'],
])('%s is not JSON: refused, and the file named', async (_name, content) => {
  put('ValueSet-b.json', content);
  await expect(loadResources(folder)).rejects.toThrow('resources/ValueSet-b.json is not JSON');
});

test('null is not a resource: refused, and the file named', async () => {
  put('ValueSet-b.json', 'null');
  await expect(loadResources(folder)).rejects.toThrow('resources/ValueSet-b.json');
});

test('a folder that is not there', async () => {
  await expect(loadResources(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
});

test('the authored ones load', async () => {
  const resources = await loadResources(fileURLToPath(new URL('../../../resources', import.meta.url)));
  expect(resources.map(({ resourceType }) => resourceType)).toEqual(
    expect.arrayContaining(['CapabilityStatement', 'CodeSystem', 'Questionnaire', 'ValueSet']),
  );
});
