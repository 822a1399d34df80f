/**
 * Golden pairs: what one request becomes, whole. UPDATE_GOLDEN=1 writes them anew, formatted; read every changed line
 * against contract.md before keeping it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { send } from '../support/contract-http.js';
import { type App, startApp } from '../support/http-app.js';
import {
  answers,
  hasPatient,
  outcome,
  PATIENT,
  server,
  takesTransaction,
  useFhirServer,
} from '../support/http-fhir.js';

useFhirServer();
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const GOLDEN = new URL('../golden/', import.meta.url);
const fileOf = (story: string, name: 'request' | 'response') => new URL(`${story}/${name}.json`, GOLDEN);
const requestOf = (story: string): QuestionnaireResponse =>
  JSON.parse(readFileSync(fileOf(story, 'request'), 'utf8'));

/** The body of a POST that fails, or of an operation, with the status. */
const operate = (operation: string, status: number) => async (story: string) => {
  const reply = await send(`${app.fhir}/QuestionnaireResponse${operation}`, { body: requestOf(story) });
  expect([story, reply.status]).toEqual([story, status]);
  return reply.body;
};

/** The transaction that a POST sends to the FHIR server. */
async function submit(story: string): Promise<unknown> {
  server()
    .get(/^\/fhir\/QuestionnaireResponse\/r[0-9a-f]{31}$/)
    .reply(404, outcome('not-found'));
  hasPatient();
  const sent = takesTransaction();
  const reply = await send(`${app.fhir}/QuestionnaireResponse`, { body: requestOf(story) });
  expect([story, reply.status, sent.length]).toEqual([story, 201, 1]);
  return sent[0];
}

const STORIES: Record<string, (story: string) => Promise<unknown>> = {
  'submit-d1': submit,
  'submit-every-element': submit,
  'draft-with-emergency': submit,
  'draft-without-flag': submit,
  'withdrawn-at-first': submit,
  'extract-d4': (story) => {
    hasPatient();
    return operate('/$extract', 200)(story);
  },
  'extract-nothing': (story) => {
    hasPatient();
    return operate('/$extract', 200)(story);
  },
  'explain-d9': (story) => {
    answers('Patient/p1', 200, PATIENT);
    return operate('/$explain', 200)(story);
  },
  'invalid-many-faults': operate('/$extract', 422),
  'impossible-structure': operate('', 400),
};

test.each(Object.entries(STORIES))('%s', async (story, run) => {
  const actual: unknown = await run(story);
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(fileOf(story, 'response'), `${JSON.stringify(actual, null, 2)}\n`);
    const format = ['format', '--config-path=.config', '--write', fileURLToPath(fileOf(story, 'response'))];
    const { status } = spawnSync('node_modules/.bin/biome', format, {
      cwd: new URL('../../', import.meta.url),
    });
    expect(status).toBe(0);
  }
  const expected: unknown = JSON.parse(readFileSync(fileOf(story, 'response'), 'utf8'));
  expect(actual).toEqual(expected);
});

test('every story on disk is run', () => {
  // What the page stores is told by test/browser/intake-path.test.ts.
  const stories = readdirSync(GOLDEN).filter((name) => name !== 'intake-page');
  expect(stories.sort()).toEqual(Object.keys(STORIES).sort());
});
