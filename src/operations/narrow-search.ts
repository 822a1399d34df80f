import type { FhirResource } from 'fhir/r4.js';
import { RED_FLAG_URGENCY } from '../fhir/observations.js';
import { Problem } from '../fhir/outcome.js';
import { FINDINGS } from '../fhir/systems.js';
import { type Access, outOfReach, type Reach } from './access.js';
import type { Ports } from './ports.js';
import { PAGE, readResource } from './read-resources.js';

/** Parameters that name a patient, by type; those of them that stand for the compartment first. */
const NAMING: Readonly<Record<string, readonly string[]>> = {
  QuestionnaireResponse: ['patient', 'subject'],
  Observation: ['patient', 'subject'],
  Task: ['patient', 'subject'],
  Patient: ['_id'],
};

interface Narrowing {
  readonly access: Access;
  readonly reach: Reach;
  readonly shows: (resource: FhirResource) => Promise<boolean>;
  readonly ports: Ports;
}

/**
 * A search by somebody who does not see everything → what they may ask. It must not name another patient. What
 * cannot be said as a search is left out of the answer instead, and then its total is not told.
 */
export async function narrow(
  type: string,
  query: URLSearchParams,
  { access, reach, shows, ports }: Narrowing,
): Promise<{ query: URLSearchParams; isWhole: boolean }> {
  requireOwn(type, query, reach);
  if (type === 'Provenance') await requireTargets(query, shows, ports);
  // A link to a further page was narrowed when it was given, and sealed.
  if (query.has(PAGE)) return { query, isWhole: false };
  const narrowing = narrowingOf(type, reach, access);
  const narrowed = new URLSearchParams([...query, ...narrowing]);
  // Several ways lead there, and no search says "or"; nor is there one for the Tasks that patients see.
  const isSaid = reach.length === 1 && NAMING[type] !== undefined && !(access.isPatient && type === 'Task');
  return { query: narrowed, isWhole: isSaid };
}

/** What a search has to ask beside what it asks: all that is common to the ways. */
function narrowingOf(type: string, reach: Reach, access: Access): [name: string, value: string][] {
  const name = NAMING[type]?.[0];
  const [patient = null, another] = new Set(reach.map((way) => way.patient));
  const isOne = patient !== null && another === undefined && name !== undefined;
  const [way, other] = reach;
  return [
    ...(isOne ? [[name, name === '_id' ? idIn(patient) : patient] satisfies [string, string]] : []),
    ...(other ? [] : (way?.query ?? [])),
    ...(access.isPatient && type === 'Observation'
      ? [['code', `${FINDINGS}|${RED_FLAG_URGENCY}`] satisfies [string, string]]
      : []),
  ];
}

function idIn(reference: string): string {
  return reference.split('/').at(-1) ?? '';
}

/** Asking for somebody else by name is refused, rather than answered with nothing. */
function requireOwn(type: string, query: URLSearchParams, reach: Reach): void {
  const own = reach.map(({ patient }) => patient);
  if (own.includes(null)) return;
  const named = (NAMING[type] ?? [])
    .flatMap((name) => query.getAll(name))
    .flatMap((value) => value.split(','));
  if (named.some((value) => !own.includes(`Patient/${idIn(value)}`))) {
    throw new Problem({
      code: 'scope-missing',
      text: 'The token is about another patient than this search.',
    });
  }
}

/** A Provenance names no patient: what it is about must be within reach. */
async function requireTargets(
  query: URLSearchParams,
  shows: Narrowing['shows'],
  ports: Ports,
): Promise<void> {
  const targets = query.getAll('target').flatMap((value) => value.split(','));
  if (targets.length === 0)
    throw new Problem({ code: 'scope-missing', text: 'With this token, target= is needed.' });
  for (const target of targets) {
    const [type = '', id = ''] = target.split('/').slice(-2);
    if (!['QuestionnaireResponse', 'Observation'].includes(type)) throw outOfReach(type);
    const found = await readResource(type, id, ports).catch(() => null);
    if (!found || !(await shows(found))) throw outOfReach(type);
  }
}
