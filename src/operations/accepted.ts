import type { FhirResource, Observation, Provenance, QuestionnaireResponse, Resource } from 'fhir/r4.js';
import { contentHashIn } from '../fhir/bundle.js';
import { resourcesOf } from '../fhir/delivery-plan.js';
import { identify } from '../fhir/identity.js';
import { Problem } from '../fhir/outcome.js';
import { Withheld } from '../fhir/withheld.js';
import type { Entry, FhirServer, Ports } from './ports.js';

/** A response that was accepted before, as far as outbox and FHIR server know. */
export interface Accepted {
  /** Made by the service. A response that somebody else put on the FHIR server has another name there. */
  readonly id: string;
  /** As it was accepted last, or as it stands on the FHIR server; under the id that was asked for. */
  readonly current: QuestionnaireResponse;
  /** `QuestionnaireResponse/id` where the records are. */
  readonly place: string;
  /** 1, 2, 3 … per accepted change. */
  readonly version: number;
  /** Of every version that is known. */
  readonly contentHashes: readonly string[];
  readonly currentHash: string;
  /** Of the response, in the order of acceptance; none when another outbox took it. */
  readonly entries: readonly Entry[];
  /** The FHIR server's own version; null where it was not asked, because it is on its way there or away. */
  readonly serverVersion: string | null;
  /** Whether the service accepted it, rather than somebody writing it to the FHIR server. */
  readonly isOurs: boolean;
  /** Whether somebody else has changed it on the FHIR server since. */
  readonly isForeign: boolean;
  /** The caller may not read it on the FHIR server: what is known here is for writing alone. */
  readonly withheld?: Withheld;
}

/** Ids that the service makes (contract.md §1). */
export function isOurId(id: string): boolean {
  return /^r[0-9a-f]{31}$/.test(id);
}

/** The id that the service made for the response under this id of ours, or of the FHIR server's; null for neither. */
export function responseIdOf(id: string, { outbox }: Ports): string | null {
  return outbox.placeOf(`QuestionnaireResponse/${id}`)?.responseId ?? (isOurId(id) ? id : null);
}

/**
 * The response under this id; null for none. What is still on its way is answered from the outbox alone; of what it
 * does not know, `standing` says where it would be. Throws `fhir-server-unreachable` when only that could tell.
 */
export async function findAccepted(id: string, ports: Ports, standing?: string): Promise<Accepted | null> {
  const responseId = responseIdOf(id, ports);
  if (responseId === null) return null;
  const entries = ports.outbox.entriesOf(responseId).filter(({ kind }) => kind === 'response');
  const newest = entries.at(-1);
  const kept = newest ? responseIn(newest) : null;
  const place = newest ? placeOf(newest) : (standing ?? `QuestionnaireResponse/${responseId}`);
  const asAsked = (current: QuestionnaireResponse) => ({
    id: responseId,
    current: { ...current, id },
    place,
  });
  if (newest && kept && newest.state !== 'written')
    return { ...fromOutbox(newest, entries), ...asAsked(kept) };
  const current = await ports.records.read('QuestionnaireResponse', idIn(place)).catch(asUnreachable);
  if (current instanceof Problem) {
    // What it would say is kept here as well; whether somebody has changed it there is seen when a change is sent.
    if (!newest || !kept) throw current;
    const known = { ...fromOutbox(newest, entries), ...asAsked(kept) };
    return current instanceof Withheld ? { ...known, withheld: current } : known;
  }
  if (!isResponse(current)) return null;
  return { ...(await fromServer(current, responseId, entries, ports)), ...asAsked(current) };
}

/** Where the records have it: under our id, or where somebody else had put it. */
function placeOf({ location, standing, responseId }: Entry): string {
  return location ?? standing ?? `QuestionnaireResponse/${responseId}`;
}

/**
 * What the outbox alone knows of a response, of which nothing stands where it was put; null when it knows nothing.
 * `fallback` is shown for it where what was accepted is not kept any more.
 */
export function findLost(responseId: string, fallback: QuestionnaireResponse, ports: Ports): Accepted | null {
  const entries = ports.outbox.entriesOf(responseId).filter(({ kind }) => kind === 'response');
  const newest = entries.at(-1);
  if (!newest) return null;
  const current = responseIn(newest) ?? fallback;
  return { ...fromOutbox(newest, entries), id: responseId, current, place: placeOf(newest) };
}

/** `Type/id` → `id` */
export function idIn(reference: string): string {
  return reference.split('/')[1] ?? '';
}

/** What is known of a response beside where it is and what it says. */
type Known = Omit<Accepted, 'id' | 'current' | 'place'>;

async function fromServer(
  current: QuestionnaireResponse,
  responseId: string,
  entries: readonly Entry[],
  ports: Ports,
): Promise<Known> {
  const newest = entries.at(-1);
  const serverVersion = versionIdOf(current);
  const isAsWritten = newest !== undefined && newest.serverVersion === serverVersion;
  const provenances =
    isAsWritten && entries[0]?.version === 1 ? [] : await provenancesOf([current.id ?? ''], ports.records);
  const taken = provenances.map((provenance) => versionOf(provenance, responseId));
  const version = Math.max(newest?.version ?? 1, ...taken);
  const hashes = [...entries.map(({ contentHash }) => contentHash), ...provenances.map(contentHashIn)].filter(
    (hash) => hash !== undefined,
  );
  const own = provenances.find((provenance) => versionOf(provenance, responseId) === version);
  const knownHash = newest?.version === version ? newest.contentHash : own && contentHashIn(own);
  const currentHash = knownHash ?? identify(current).contentHash;
  return {
    version,
    // What stands there may be somebody else's; it counts only where nothing says what we took.
    contentHashes: hashes.length > 0 ? hashes : [currentHash],
    currentHash,
    entries,
    serverVersion,
    isOurs: newest !== undefined || provenances.length > 0,
    isForeign: newest?.version === version ? isChanged(newest, current) : isOther(current, currentHash),
  };
}

/** Whether it is another version than the one that the FHIR server gave our write. */
function isChanged({ serverVersion }: Entry, current: QuestionnaireResponse): boolean {
  return serverVersion !== null && serverVersion !== versionIdOf(current);
}

/** What another instance of this service took, or this one before it lost its outbox, is known by its content. */
function isOther(current: QuestionnaireResponse, knownHash: string): boolean {
  return identify(current).contentHash !== knownHash;
}

function fromOutbox(newest: Entry, entries: readonly Entry[]): Known {
  return {
    version: newest.version,
    contentHashes: entries.map(({ contentHash }) => contentHash),
    currentHash: newest.contentHash,
    entries,
    serverVersion: null,
    isOurs: true,
    isForeign: false,
  };
}

/** The response as the facade shows it: with our own count of its versions. */
export function asShown(response: QuestionnaireResponse, version: number, at?: Date): QuestionnaireResponse {
  const meta = {
    ...response.meta,
    versionId: String(version),
    ...(at && { lastUpdated: at.toISOString() }),
  };
  return { ...response, meta };
}

/** The response that an entry carries; null once it is delivered and no longer kept. */
export function responseIn({ payload }: Entry): QuestionnaireResponse | null {
  return payload ? (resourcesOf(payload.transaction).find(isResponse) ?? null) : null;
}

/** The Observations of the newest version, entered in error or not. Throws when only the FHIR server knows them. */
export async function observationsBefore(
  { id, place, entries }: Accepted,
  ports: Ports,
): Promise<Observation[]> {
  // What was given up never got there: the version before it is the one that is replaced.
  const newest = entries.filter(({ isDropped }) => !isDropped).at(-1);
  if (newest?.payload) return resourcesOf(newest.payload.transaction).filter(isObservation);
  if (!newest && entries.length > 0) return [];
  const query = `derived-from=${place}&_count=200`;
  const found = (await everything('Observation', query, ports.records)).filter(isObservation);
  // Somebody else may have derived something from it as well.
  return found.filter((one) => one.id?.startsWith(`${id}.`));
}

/** All that a search finds, over its pages. Throws `fhir-server-unreachable` when that cannot be had. */
async function everything(type: string, query: string, records: FhirServer): Promise<FhirResource[]> {
  const looked = await records.look(type, query);
  if (looked.state === 'found') return [...looked.resources];
  const text = 'The FHIR server does not answer a search for what it holds of this response.';
  throw new Problem({ code: 'fhir-server-unreachable', text });
}

/** Our Provenances of responses, newest version last; what an EHR says of them is its own business. */
export async function provenancesOf(ids: readonly string[], records: FhirServer): Promise<Provenance[]> {
  const targets = ids.map((id) => `QuestionnaireResponse/${id}`).join(',');
  const found = await everything('Provenance', `target=${targets}&_count=200`, records);
  return found.filter(isProvenance).filter((one) => contentHashIn(one) !== undefined);
}

/** `<response id>.v<n>` → n; 1 for a Provenance that is named otherwise. */
export function versionOf({ id = '' }: Provenance, responseId: string): number {
  const number = id.startsWith(`${responseId}.v`) ? Number(id.slice(responseId.length + 2)) : 1;
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}

export function versionIdOf({ meta }: Resource): string | null {
  const versionId: unknown = meta?.versionId;
  return typeof versionId === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(versionId) ? versionId : null;
}

/** Whatever the server says instead of what it has: it cannot be asked. Bugs go on. */
export function asUnreachable(error: unknown): Problem {
  if (!(error instanceof Problem)) throw error;
  const [{ code }] = error.issues;
  if (code === 'fhir-server-unreachable' || code === 'store-unavailable') return error;
  const text = 'The FHIR server does not answer a search.';
  return new Problem({ code: 'fhir-server-unreachable', text });
}

export function isResponse(resource: Resource | null | undefined): resource is QuestionnaireResponse {
  return resource?.resourceType === 'QuestionnaireResponse';
}

function isProvenance(resource: Resource | undefined): resource is Provenance {
  return resource?.resourceType === 'Provenance';
}

function isObservation(resource: Resource): resource is Observation {
  return resource.resourceType === 'Observation';
}
