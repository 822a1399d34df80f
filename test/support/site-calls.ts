/** What an EHR stores on the FHIR server of a site, and what is found there afterwards. */
import { expect } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Answers, toResponse, worked } from './contract-responses.js';
import { type Json, send } from './embedded-fixture.js';
import { put, type Site } from './site.js';

export const SAFE: Answers = { ...worked('D5'), 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'] };
export const FLAGGED: Answers = { ...SAFE, 'red-flag-emergency': ['saddle-numbness'] };
export const UUID = '3f2b8a10-5c1d-4f0e-9a77-0c6f5d8e2b41';

/** As an EHR would store it; without an identifier unless one is given. */
export function theirs(
  id: string,
  answers = SAFE,
  more: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  const { identifier: _ours, ...response } = toResponse(answers, 'theirs');
  return { ...response, id, ...more };
}

export const there = async ({ simulated }: Site, path: string): Promise<Json> =>
  (await send(`${simulated.storeUrl}/${path}`, {})).body;

/** Past the policy of the simulated server: what stands there got there somehow. */
export async function store(site: Site, response: QuestionnaireResponse): Promise<void> {
  const { status } = await put(`${site.simulated.storeUrl}/QuestionnaireResponse/${response.id}`, response);
  expect(status).toBeLessThan(300);
}

export async function all(site: Site, query: string): Promise<Json[]> {
  const { entry = [] } = await there(site, query);
  return entry.map(({ resource }: Json) => resource);
}
export const observationsOf = (site: Site, id: string) =>
  all(site, `Observation?derived-from=QuestionnaireResponse/${id}&_count=200`);
export const verdictIn = (observations: Json[], set: string) =>
  observations
    .find(({ id }) => id.endsWith(`.${set}`))
    ?.component.find(({ code }: Json) => code.coding[0].code === 'verdict').valueCodeableConcept.coding[0]
    .code;

/** What everything on the server is at: no write goes unseen. */
export async function versions(site: Site): Promise<string[]> {
  const types = ['QuestionnaireResponse', 'Observation', 'Provenance', 'Task'];
  const found = await Promise.all(types.map((type) => all(site, `${type}?_count=500`)));
  return found
    .flat()
    .map(({ resourceType, id, meta }) => `${resourceType}/${id}/${meta.versionId}`)
    .sort();
}

export async function unscored({ ports }: Site): Promise<string[][]> {
  return (ports.intake?.unscored() ?? []).map(({ reference, issues }) => [
    reference,
    ...issues.map(({ code }) => code),
  ]);
}
