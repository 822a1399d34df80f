import type { Bundle, Observation, Parameters, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { clinicianIn } from '../parts/author.js';
import { getFhir, resourcesIn } from '../parts/fhir-client.js';
import { loadSettings } from '../parts/settings.js';
import { type Delivery, readDelivery } from './delivery.js';
import { type Alert, loadAlert, taskName } from './load-alert.js';
import { loadExtracted } from './load-extracted.js';
import { loadPain, type Pain } from './load-pain.js';
import { bodyOf, type Result } from './load-result.js';
import { isRedFlags, safetyNotesIn } from './safety-notes.js';

/** What stands beside the results; null is what could not be read. */
export interface Extras {
  /** Of the version of the response that they were read for. */
  readonly versionId: string | undefined;
  readonly delivery: Delivery | null;
  /** Accepted versions, newest first. */
  readonly versions: readonly QuestionnaireResponse[] | null;
  /** The newest alone: a draft has one for every answer. */
  readonly provenances: readonly Provenance[] | null;
  /** What was written from this response. */
  readonly observations: readonly Observation[] | null;
  /** The newest ratings of pain of the patient. */
  readonly pain: Pain | null;
  /** What a clinician is asked to see to. */
  readonly alert: Alert;
  /** Said beside the red flags; empty when there is nothing to say. */
  readonly safetyNotes: readonly string[] | null;
  /** Who acts on this page, where that is known: `Practitioner/id`. */
  readonly clinician: string | null;
}

/** Levels that ask somebody to act, and so have a Task. */
const RAISING = ['emergency', 'same-day'];

/** Everything at once; each part may fail for itself. */
export async function loadExtras(result: Result): Promise<Extras> {
  const { response, explanation } = result;
  const place = `QuestionnaireResponse/${encodeURIComponent(response.id ?? '')}`;
  const extracting = loadExtracted(place);
  const [delivery, versions, provenances, observations, pain, extracted, clinician] = await Promise.all([
    getFhir<Parameters>(`${place}/$delivery-status`).then(bodyOf),
    list<QuestionnaireResponse>(`${place}/_history`),
    list<Provenance>('Provenance', { target: place, _sort: '-recorded', _count: '1' }),
    list<Observation>('Observation', { 'derived-from': place, _count: '100' }),
    extracting.then((own) => loadPain(response, own)),
    extracting,
    loadClinician(),
  ]);
  const found = { delivery: delivery && readDelivery(delivery), versions, provenances, observations };
  const alert = await loadAlert(taskName(response.id ?? '', observations), isAlertLikely(result, found));
  const { versionId } = response.meta ?? {};
  return { ...found, versionId, pain, alert, safetyNotes: safetyNotesOf(explanation, extracted), clinician };
}

/** Whom the record names for what is done on this page; null where nobody knows. */
export async function loadClinician(): Promise<string | null> {
  return clinicianIn(location.search, await loadSettings());
}

/** Flags whose note is not there have notes that nobody has read. */
function safetyNotesOf(
  explanation: Result['explanation'],
  extracted: readonly Observation[] | null,
): readonly string[] | null {
  const isThere = extracted?.some(isRedFlags) ?? false;
  const isRaised = (explanation?.redFlags.flags.length ?? 0) > 0;
  return extracted === null || (isRaised && !isThere) ? null : safetyNotesIn(extracted);
}

/** What an earlier version raised may still be on its way. */
function isAlertLikely(
  { response, explanation, advice }: Result,
  { delivery, versions }: Pick<Extras, 'delivery' | 'versions'>,
): boolean {
  const isWaiting = delivery !== null && delivery.state !== 'written';
  const wasChanged = (versions?.length ?? 0) > 1 || response.status === 'entered-in-error';
  const urgency = explanation?.redFlags.urgency ?? advice?.urgency ?? '';
  return RAISING.includes(urgency) || (isWaiting && wasChanged);
}

async function list<T extends Observation | Provenance | QuestionnaireResponse>(
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<T[] | null> {
  const found = bodyOf(await getFhir<Bundle<T>>(`${path}?${new URLSearchParams(query)}`));
  return found && resourcesIn(found);
}
