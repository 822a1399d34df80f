import type {
  Bundle,
  BundleEntry,
  BundleEntryRequest,
  Meta,
  Observation,
  Provenance,
  ProvenanceEntity,
  QuestionnaireResponse,
  Reference,
  Resource,
  Task,
} from 'fhir/r4.js';
import type { Identity } from './identity.js';
import { memberOf } from './member.js';
import { copied, type Software, softwareReference } from './observation-parts.js';
import { CONTENT_HASH, PROVENANCE_PARTICIPANT, URI_IDENTIFIER } from './systems.js';

/** The response as it is stored: our id, an identifier, a relative subject; everything else as sent. */
export function toStored(
  response: QuestionnaireResponse,
  { id, identifier }: Identity,
  subject: string | null,
): QuestionnaireResponse {
  const { resourceType, id: _theirs, meta, ...rest } = response;
  return {
    resourceType,
    id,
    ...keptMeta(meta),
    ...rest,
    identifier: response.identifier ?? identifier,
    ...(subject !== null && { subject: { ...response.subject, reference: subject } }),
  };
}

/** Tags and profiles stay; what a server says of its own version is not the caller's to say. */
function keptMeta(meta: Meta | undefined): { meta?: Meta } {
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta ?? {};
  return Object.keys(kept).length > 0 ? { meta: kept } : {};
}

/** What is known of the making of one version. */
export interface Making {
  readonly identity: Identity;
  /** 1, 2, 3 … per accepted change. */
  readonly version: number;
  readonly recorded: Date;
  readonly software: Software;
}

/**
 * One transaction for one version of a response (contract.md §1): every entry is `PUT Type/id` and every
 * reference literal, so that sending it again changes nothing. What must stand there when it is sent is the
 * relay's to say.
 */
export function toTransaction(
  stored: QuestionnaireResponse,
  observations: readonly Observation[],
  making: Making,
  task: Task | null,
): Bundle {
  const provenance = toProvenance(stored, observations, making);
  return toPutBundle([stored, ...observations, provenance, ...(task ? [task] : [])]);
}

/**
 * What a new version says of the Observations of the one before: those that it does not give any more were
 * entered in error, with the values they had (contract.md §5). Nothing is deleted, nothing changed silently.
 */
export function withdrawn(before: readonly Observation[], now: readonly Observation[]): Observation[] {
  return kept(before, now)
    .filter(({ status }) => status !== 'entered-in-error')
    .map((observation) => ({ ...observation, status: 'entered-in-error' }));
}

/** Those that the version before gave and this one does not, as they are. */
export function kept(before: readonly Observation[], now: readonly Observation[]): Observation[] {
  const given = new Set(now.map(({ id }) => id));
  return before
    .filter(({ id }) => !given.has(id))
    .map(({ meta, ...observation }) => ({ ...observation, ...keptMeta(meta) }));
}

export function toPutBundle(
  resources: readonly (QuestionnaireResponse | Observation | Provenance | Task)[],
): Bundle {
  const entry = resources.map(
    (resource): BundleEntry => ({
      resource,
      request: putOf(resource),
    }),
  );
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** The same with the place of each entry on a server: R4 asks for `fullUrl` wherever it is known (Bundle.entry.fullUrl). */
export function withFullUrls(bundle: Bundle, base: string): Bundle {
  const entry = bundle.entry?.map((one): BundleEntry => {
    const { resourceType, id } = one.resource ?? {};
    return { ...(id !== undefined && { fullUrl: `${base}/${resourceType}/${id}` }), ...one };
  });
  return entry ? { ...bundle, entry } : bundle;
}

function putOf({ resourceType, id }: Resource): BundleEntryRequest {
  return { method: 'PUT', url: `${resourceType}/${id}` };
}

/** Where the Observations come from (contract.md §5, "Provenance"). No versioned reference: v1 does not exist yet. */
function toProvenance(
  { id, questionnaire, author, source }: QuestionnaireResponse,
  observations: readonly Observation[],
  { identity, version, recorded, software }: Making,
): Provenance {
  const response: Reference = { reference: `QuestionnaireResponse/${id}` };
  const { who } = copied('who', author ?? source);
  return {
    resourceType: 'Provenance',
    id: `${id}.v${version}`,
    target: [response, ...observations.map((one) => ({ reference: `Observation/${one.id}` }))],
    recorded: recorded.toISOString(),
    agent: [
      { type: participant('assembler', 'Assembler'), who: softwareReference(software) },
      ...(who ? [{ type: participant('author', 'Author'), who }] : []),
    ],
    entity: [
      {
        role: 'source',
        what: { ...response, identifier: { system: CONTENT_HASH, value: identity.contentHash } },
      },
      ...(questionnaire ? [namedSource(questionnaire)] : []),
    ],
  };
}

function namedSource(canonical: string): ProvenanceEntity {
  return { role: 'source', what: { identifier: { system: URI_IDENTIFIER, value: canonical } } };
}

function participant(code: string, display: string) {
  return { coding: [{ system: PROVENANCE_PARTICIPANT, code, display }] };
}

/** The content hash that a Provenance of ours records for its version. Anybody may have written it: nothing is sure. */
export function contentHashIn({ entity }: Provenance): string | undefined {
  const sources: readonly unknown[] = Array.isArray(entity) ? entity : [];
  const identifiers = sources.map((source) => memberOf(memberOf(source, 'what'), 'identifier'));
  const value = memberOf(
    identifiers.find((identifier) => memberOf(identifier, 'system') === CONTENT_HASH),
    'value',
  );
  return typeof value === 'string' ? value : undefined;
}
