/** Everything of ours that must be right by the official rules: what is authored, and what the service says and writes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { toResponse, workedCases } from '../support/contract-responses.js';
import type { Subject } from './official.js';

const ROOT = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const jsonIn = (folder: string) =>
  existsSync(new URL(folder, ROOT))
    ? readdirSync(new URL(folder, ROOT))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => `${folder}${name}`)
    : [];

/** Not FHIR resources, and why. */
export const SKIPPED: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^resources\/cds-services\//, 'a CDS Hooks service definition is no FHIR resource'],
  [/^test\/golden\/explain-d9\/response\.json$/, '$explain answers JSON of our own (contract.md §6)'],
  [
    /^test\/fixtures\/worked-cases(-expected)?\.json$/,
    'answers by linkId; the responses made of them are judged',
  ],
];

/** Requests that we refuse for what the validator sees as well. */
export const REFUSED = [
  'test/golden/impossible-structure/request.json',
  'test/golden/invalid-many-faults/request.json',
];

const paths = [
  ...jsonIn('resources/'),
  ...jsonIn('resources/cds-services/'),
  ...readdirSync(new URL('test/golden/', ROOT)).flatMap((story) => jsonIn(`test/golden/${story}/`)),
  ...jsonIn('test/fixtures/'),
];

export const skipped = paths.flatMap((path) =>
  SKIPPED.filter(([pattern]) => pattern.test(path)).map(([, reason]) => [path, reason] as const),
);

const isSkipped = (path: string) => skipped.some(([one]) => one === path);

export const files: readonly Subject[] = paths
  .filter((path) => !isSkipped(path))
  .map((path) => ({ id: path, text: text(path) }));

export const workedResponses: readonly Subject[] = Object.entries(workedCases).map(([name, answers]) => ({
  id: `worked case ${name}`,
  text: JSON.stringify(toResponse(answers, name)),
}));
