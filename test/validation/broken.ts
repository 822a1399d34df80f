/** What the service writes, each with one thing that our profiles forbid: the validator reads the profiles as we do. */
import { toResponse, worked } from '../support/contract-responses.js';
import { writtenFor } from '../support/profile-app.js';
import { BROKEN } from '../support/profile-broken.js';
import type { Loose } from '../support/profile-elements.js';
import type { Subject } from './official.js';
import { subjectOf } from './written.js';

/** What the validator lets pass, and why. */
export const LET_PASS: Readonly<Record<string, string>> = {
  'a foreign code first': 'it does not look at the order that slicing rules ask for (openAtEnd)',
  'a group as subject': 'it takes the type of a target from the target, which is not here',
  'a fact as member of nothing': 'it takes the type of a target from the target, which is not here',
};

const RESPONSES = {
  D1: toResponse(worked('D1'), 'D1'),
  'with the 0–10 rating and an author': toResponse({ ...worked('D1'), 'pain-intensity': 0 }, 'rated', {
    author: { reference: 'Practitioner/7' },
  }),
  'draft with a red flag': toResponse({ 'red-flag-urgent': ['fever'] }, 'draft', { status: 'in-progress' }),
};

export async function brokenSubjects(): Promise<Subject[]> {
  const written = new Map<string, Awaited<ReturnType<typeof writtenFor>>>();
  for (const [name, response] of Object.entries(RESPONSES)) written.set(name, await writtenFor(response));
  return BROKEN.map(([what, [name, code], change]) => {
    const found = written
      .get(name)
      ?.find(({ resourceType, id }) =>
        code === 'Provenance' ? resourceType === code : id?.endsWith(`.${code}`),
      );
    if (!found) throw new Error(`${name} gives no ${code}`);
    const resource = structuredClone(found);
    change(resource as unknown as Loose);
    return subjectOf(`broken: ${what}`, resource);
  });
}
