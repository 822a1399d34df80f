/** `npm run canary` sees what must not be in a log, and does not see it where it is not. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const SCRIPT = fileURLToPath(new URL('../../.ci/canary.mjs', import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axspa-canary-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function look(...lines: string[]): { code: number | null; said: string } {
  writeFileSync(join(folder, 'one.log'), lines.join('\n'));
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, folder], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, said: stdout };
}

const REQUEST =
  '{"level":"info","message":"request","requestId":"0b6c6d0e-3f0f-4a6c-9a11-1f4f5d2a7a11","method":"POST",' +
  '"route":"/fhir/QuestionnaireResponse/:id/$delivery-status","status":201,"ms":12,"state":"answered"}';
const CLEAN = [
  REQUEST,
  '{"level":"error","message":"bug","stack":"TypeError\\n    at f (file:///app/dist/http/reply.js:12:3)"}',
  'Questionnaire   http://127.0.0.1:3000/fhir/Questionnaire/axspa-back-pain-screening',
  '{"level":"warn","message":"away","url":"https://fhir.example.org/base"}',
];

test('clean lines pass, and are removed', () => {
  const { code, said } = look(...CLEAN);
  expect([code, said]).toEqual([
    0,
    `canary: ${CLEAN.length} lines of 1 services looked through, 0 with what must not be there\n`,
  ]);
  expect(existsSync(folder)).toBe(false);
});

test.each<[string, string]>([
  ['a name', '{"message":"Ana Müller"}'],
  ['a name of the tests', '{"stack":"Error: Example, Robin"}'],
  ['words', '{"code":"Mrs Secret, born 1970"}'],
  ['a patient', '{"route":"/fhir/Patient/p1"}'],
  ['a response', '{"url":"http://127.0.0.1/fhir/QuestionnaireResponse/r4be0000000000000000000000000000"}'],
  ['a token', 'Authorization: Bearer abc'],
  ['a token alone', '{"code":"eyJhbGciOiJFUzI1NiJ9.e30.x"}'],
  ['a cookie', '{"message":"__Host-axspa=1"}'],
  ['a query', '{"route":"/fhir/Observation?code=x"}'],
  ['a later parameter', 'GET /x y&patient=p1'],
  ['a secret', '{"message":"client_secret"}'],
])('%s is seen', (_name, line) => {
  const { code, said } = look(...CLEAN, line);
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/5 lines .* 1 with what must not be there\n {2}one\.log: /),
  ]);
  expect(existsSync(folder)).toBe(true);
});

test('nothing to look at is a failure', () => {
  expect(look('').code).toBe(1);
});
