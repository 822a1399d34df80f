import type { FhirResource, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { scoredForm } from '../fhir/content.js';
import type { Form, Item } from '../fhir/form.js';
import { Problem, statusOf } from '../fhir/outcome.js';
import { ANSWERS, BASE } from '../fhir/systems.js';
import type { FhirServer, Ports } from '../operations/ports.js';
import type { Database } from './database.js';
import {
  type DemoAnswers,
  type DemoCase,
  type DemoVersion,
  demoCases,
  demoClinician,
  demoPatients,
} from './demo-cases.js';
import { Settings } from './settings.js';

/** What an operation says of a response that it took, or had taken before. */
interface Taken {
  readonly response: QuestionnaireResponse;
  readonly version: string | null;
}

/** What the demo is made with beside the ports: the operations that any caller uses. */
export interface DemoOptions {
  readonly database: Database;
  readonly submit: (body: unknown, ports: Ports) => Promise<Taken>;
  readonly amend: (
    change: { id: string; body: unknown; ifMatch: string | undefined },
    ports: Ports,
  ) => Promise<Taken>;
  /** Told of a response that was not taken: a details code, no patient data. */
  readonly log: { warn(message: string, fields: { code: string }): void };
}

/** Setting: when the demo was begun. It is there until the demo is complete. */
const SINCE = 'demo-since';

/**
 * Fills a server that has no patient yet with invented people and their responses, before the service listens: who
 * opens it then sees them all. Begun and cut short, it goes on at the next start, with the times of the first: what
 * was taken is known by its content.
 * Rejects when the server does not take the people; a response that is refused is left out. Resolves to whom a page
 * may act as, `Practitioner/{id}`; to null where it was somebody else who filled the server.
 */
export async function seedDemo(ports: Ports, options: DemoOptions): Promise<string | null> {
  await fill(ports, options);
  const { resourceType, id = '' } = demoClinician;
  return (await ports.fhirServer.read(resourceType, id)) && `${resourceType}/${id}`;
}

async function fill(ports: Ports, options: DemoOptions): Promise<void> {
  const form = scoredForm(ports.content);
  const settings = new Settings(options.database);
  const since = settings.get(SINCE) ?? (await begin(ports, settings));
  if (since === null || !form) return;
  await writePeople(ports.fhirServer);
  for (const one of demoCases) {
    const toBody = (version: DemoVersion) => toResponse(one, version, { form, since: Date.parse(since) });
    try {
      await send(one, toBody, { ports, options });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      options.log.warn('a demo response was not taken', { code: error.issues[0].code });
      // Away, or a full disk: the next start goes on.
      if (statusOf(error.issues) >= 500) return;
    }
  }
  settings.remove(SINCE);
}

/** → when, as the clock says; null where there is somebody already. */
async function begin({ fhirServer, now }: Ports, settings: Settings): Promise<string | null> {
  const { total } = await fhirServer.search('Patient', '_count=0');
  if (total !== 0) return null;
  const since = now().toISOString();
  settings.set(SINCE, since);
  return since;
}

async function writePeople(server: FhirServer): Promise<void> {
  const people: FhirResource[] = [demoClinician, ...demoPatients];
  const entry = people.map((resource) => ({
    resource,
    request: { method: 'PUT' as const, url: `${resource.resourceType}/${resource.id}` },
  }));
  const written = await server.transact({ resourceType: 'Bundle', type: 'transaction', entry });
  if (written.state !== 'written') throw new Error(`The demo patients were not written: ${written.reason}`);
}

/** The first version by `submit`, the others by `amend`, as far as they are not there yet. */
async function send(
  { versions: [first, ...others] }: DemoCase,
  toBody: (version: DemoVersion) => QuestionnaireResponse,
  { ports, options }: { ports: Ports; options: DemoOptions },
): Promise<void> {
  const { response, version } = await options.submit(toBody(first), ports);
  const { id = '' } = response;
  for (const [index, next] of others.entries()) {
    if (Number(version) > index + 1) continue;
    await options.amend({ id, body: toBody(next), ifMatch: `W/"${index + 1}"` }, ports);
  }
}

function toResponse(
  { name, patient }: DemoCase,
  { status, author, minutesAgo, answers }: DemoVersion,
  { form, since }: { form: Form; since: number },
): QuestionnaireResponse {
  const subject = { reference: `Patient/${patient}` };
  const byClinician = { author: { reference: `Practitioner/${demoClinician.id}` }, source: subject };
  return {
    resourceType: 'QuestionnaireResponse',
    identifier: { system: `${BASE}/demo`, value: name },
    questionnaire: `${form.url}|${form.version}`,
    status,
    subject,
    authored: new Date(since - minutesAgo * 60_000).toISOString(),
    ...(author === 'clinician' ? byClinician : { author: subject }),
    item: toItems(form.items, answers),
  };
}

/** In the order of the Questionnaire; nothing for what is not answered. */
function toItems(items: readonly Item[], answers: DemoAnswers): QuestionnaireResponseItem[] {
  return items.flatMap(({ linkId, items: inside }): QuestionnaireResponseItem[] => {
    const answer = [answers[linkId] ?? []].flat().map(toAnswer);
    const item = toItems(inside, answers);
    if (answer.length === 0 && item.length === 0) return [];
    return [{ linkId, ...(answer.length > 0 && { answer }), ...(item.length > 0 && { item }) }];
  });
}

function toAnswer(value: string | number) {
  return typeof value === 'number'
    ? { valueInteger: value }
    : { valueCoding: { system: ANSWERS, code: value } };
}
