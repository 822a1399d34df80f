import { Problem } from '../fhir/outcome.js';
import type { Access } from './access.js';
import type { LaunchContext } from './launch-context.js';
import type { FhirServer } from './ports.js';

/**
 * The page that somebody is sent to when they have signed in: always one of ours, below PUBLIC_URL, whatever the EHR
 * says.
 */
export async function landingOf(access: Access, context: LaunchContext, server: FhirServer): Promise<string> {
  const { patient, person } = access;
  const questionnaire = await canonicalOf(context.questionnaire, server);
  if (access.isPatient)
    return path('/screen', { subject: patient, response: context.response, questionnaire });
  const author = isClinician(person) ? person : null;
  if (patient === null) return path('/worklist', { author });
  if (context.response !== null) return path(`/results/${context.response}`, { author });
  if (questionnaire !== null) return path('/screen', { subject: patient, author, questionnaire });
  return path(`/patients/${patient.slice('Patient/'.length)}`, { author });
}

/** Whom a page may name as author of what a clinician asks. */
export function isClinician(person: string | null): boolean {
  return person !== null && /^Practitioner(Role)?\//.test(person);
}

/** The page asks for a canonical; what the EHR's own server has under an id says its own. */
async function canonicalOf(named: string | null, server: FhirServer): Promise<string | null> {
  const [, id] = /^Questionnaire\/([^/]+)$/.exec(named ?? '') ?? [];
  if (id === undefined) return named;
  const found = await server.read('Questionnaire', id).catch((error: unknown) => {
    if (error instanceof Problem) return null;
    throw error;
  });
  if (found?.resourceType !== 'Questionnaire' || found.url === undefined) return null;
  return found.version === undefined ? found.url : `${found.url}|${found.version}`;
}

function path(page: string, parameters: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null) query.set(name, value);
  return query.size > 0 ? `${page}?${query}` : page;
}
