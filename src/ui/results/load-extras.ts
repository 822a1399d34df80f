import type {
  Bundle,
  FhirResource,
  Observation,
  Parameters,
  Provenance,
  QuestionnaireResponse,
  Resource,
  Task,
} from 'fhir/r4.js';
import { getFhir, resourcesIn } from '../parts/fhir-client.js';
import { loadSettings } from '../parts/settings.js';
import { type Delivery, readDelivery } from './delivery.js';
import { bodyOf, type Result } from './load-result.js';
import { safetyNotesIn } from './safety-notes.js';

/** What stands beside the results; null is what could not be read. */
export interface Extras {
  readonly delivery: Delivery | null;
  /** Accepted versions, newest first. */
  readonly versions: readonly QuestionnaireResponse[] | null;
  readonly provenances: readonly Provenance[] | null;
  /** What was written from this response. */
  readonly observations: readonly Observation[] | null;
  /** The newest ratings of pain of the patient. */
  readonly pain: readonly Observation[] | null;
  /** What a clinician is asked to see to; null also when there is nothing. */
  readonly task: Task | null;
  /** Said beside the red flags. */
  readonly safetyNotes: readonly string[];
  /** Who acts on this page, where that is known: `Practitioner/id`. */
  readonly clinician: string | null;
}

const FINDINGS = 'https://w3id.org/axspa-screening/CodeSystem/findings';

/** Levels that ask somebody to act, and so have a Task. */
const RAISING = ['emergency', 'same-day'];

/** How many ratings of pain are shown at most. */
export const MOST_RATINGS = 50;

/** Everything at once; each part may fail for itself. */
export async function loadExtras({ response, explanation }: Result): Promise<Extras> {
  const { id = '', subject } = response;
  const place = `QuestionnaireResponse/${encodeURIComponent(id)}`;
  const pain = {
    patient: subject?.reference ?? '',
    code: `${FINDINGS}|pain-intensity`,
    _sort: '-date',
    _count: String(MOST_RATINGS),
  };
  const [delivery, versions, provenances, observations, ratings, extracted, settings] = await Promise.all([
    getFhir<Parameters>(`${place}/$delivery-status`).then(bodyOf),
    list<QuestionnaireResponse>(`${place}/_history`),
    list<Provenance>('Provenance', { target: place }),
    list<Observation>('Observation', { 'derived-from': place, _count: '100' }),
    list<Observation>('Observation', pain),
    getFhir<Parameters>(`${place}/$extract`).then(bodyOf),
    loadSettings(),
  ]);
  const urgency = explanation?.redFlags.urgency ?? null;
  return {
    delivery: delivery && readDelivery(delivery),
    versions,
    provenances,
    observations,
    pain: ratings,
    task: await loadTask(id, observations, urgency),
    safetyNotes: extracted ? safetyNotesIn(extractedFrom(extracted)) : [],
    clinician: settings?.isDemo ? 'Practitioner/demo-clinician' : null,
  };
}

/** `$extract` also tells of what is still on its way to the server. */
function extractedFrom({ parameter = [] }: Parameters): Observation[] {
  const bundle = parameter.find(({ name }) => name === 'return')?.resource;
  return isBundle(bundle) ? resourcesIn(bundle).filter((one) => one.resourceType === 'Observation') : [];
}

function isBundle(resource: Resource | undefined): resource is Bundle<FhirResource> {
  return resource?.resourceType === 'Bundle';
}

async function list<T extends Observation | Provenance | QuestionnaireResponse | Task>(
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<T[] | null> {
  const found = bodyOf(await getFhir<Bundle<T>>(`${path}?${new URLSearchParams(query)}`));
  return found && resourcesIn(found);
}

/** Its name is that of the response; one that was found on the server has its own, which its Observations carry. */
async function loadTask(
  id: string,
  observations: readonly Observation[] | null,
  urgency: string | null,
): Promise<Task | null> {
  const raised = observations?.find(({ id: one = '' }) => one.endsWith('.red-flag-urgency'));
  const name = `${raised?.id?.replace(/\.red-flag-urgency$/, '') ?? id}.task`;
  const [found] = (await list<Task>('Task', { _id: name })) ?? [];
  // A search does not find what is still on its way; reading does, and has the newest.
  if (!found && !RAISING.includes(urgency ?? '')) return null;
  return bodyOf(await getFhir<Task>(`Task/${encodeURIComponent(name)}`));
}
