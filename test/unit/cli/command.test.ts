import { expect, test } from '@jest/globals';
import { BadArguments, readFolder, runCommand } from '../../../src/cli/command.js';
import { Problem } from '../../../src/fhir/outcome.js';

test('a command gets its arguments and the configuration, and what it says is the end', async () => {
  const command = async (args: readonly string[], { dataDir }: { dataDir: string }) =>
    `${args.join()} ${dataDir}`;
  expect(await runCommand(command, ['a', 'b'], { DATA_DIR: '/somewhere' })).toEqual({
    exitCode: 0,
    text: 'a,b /somewhere',
  });
  expect(await runCommand(command, [], {})).toEqual({ exitCode: 0, text: ' ./data' });
});

const FAILURES: [error: unknown, exitCode: number, text: string][] = [
  [new BadArguments('Name one.'), 2, 'Name one.'],
  [new Error('It broke.'), 1, 'It broke.'],
  [new Problem({ code: 'store-unavailable', text: 'The disk is full.' }), 1, 'The disk is full.'],
  ['odd', 1, 'odd'],
];
test.each(FAILURES)('%p ends with %i', async (error, exitCode, text) => {
  const command = async () => {
    throw error;
  };
  expect(await runCommand(command, [], {})).toEqual({ exitCode, text });
});

test('a wrong configuration ends before anything is done', async () => {
  const ended = await runCommand(async () => 'done', [], { PORT: 'x', LOG_LEVEL: 'loud' });
  expect(ended.exitCode).toBe(2);
  expect(ended.text.split('\n')).toHaveLength(3);
});

test('a command takes one folder', () => {
  expect(readFolder(['/backups/monday'], 'backup')).toBe('/backups/monday');
  for (const args of [[], [''], ['--force'], ['a', 'b']]) {
    expect(() => readFolder(args, 'restore')).toThrow('npm run restore -- <folder>');
  }
});
