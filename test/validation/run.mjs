/**
 * `npm run validate:fhir`: what we author, write and answer, and our verdicts on responses, by the official validator.
 * Ends with 1 when something is wrong, and with 2 when there is no Java or no Maven to ask it with.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const REPORT = join(ROOT, 'test', 'server', 'hapi', 'target', 'validation', 'report.txt');

const missing = [
  ['java', '-version'],
  ['mvn', '--version'],
].filter(([name, flag]) => spawnSync(name, [flag], { stdio: 'ignore' }).status !== 0);
if (missing.length > 0) {
  console.error(`Not validated: ${missing.map(([name]) => name).join(' and ')} cannot be run here.`);
  console.error('The official validator needs Java 17 and Maven.');
  process.exit(2);
}

rmSync(REPORT, { force: true });
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const { status } = spawnSync(process.execPath, [...jest, 'test/validation'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, VALIDATE_FHIR: '1' },
});
if (existsSync(REPORT)) console.log(readFileSync(REPORT, 'utf8'));
process.exit(status === 0 ? 0 : 1);
