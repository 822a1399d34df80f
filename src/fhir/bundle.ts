import type {
  Bundle,
  BundleEntry,
  Observation,
  Provenance,
  ProvenanceEntity,
  QuestionnaireResponse,
  Reference,
} from 'fhir/r4.js';
import type { Identity } from './identity.js';
import { type Software, softwareReference, unversioned } from './observation-parts.js';
import { CONTENT_HASH, PROVENANCE_PARTICIPANT, URI_IDENTIFIER } from './systems.js';

/** The response as it is stored: our id, an identifier, a relative subject; everything else as sent. */
export function toStored(
  response: QuestionnaireResponse,
  { id, identifier }: Identity,
  subject: string | null,
): QuestionnaireResponse {
  const { resourceType, id: _theirs, ...rest } = response;
  return {
    resourceType,
    id,
    ...rest,
    identifier: response.identifier ?? identifier,
    ...(subject !== null && { subject: { ...response.subject, reference: subject } }),
  };
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
 * reference literal, so that sending it again changes nothing.
 */
export function toTransaction(
  stored: QuestionnaireResponse,
  observations: readonly Observation[],
  making: Making,
): Bundle {
  const resources = [stored, ...observations, toProvenance(stored, observations, making)];
  return toPutBundle(resources);
}

export function toPutBundle(
  resources: readonly (QuestionnaireResponse | Observation | Provenance)[],
): Bundle {
  const entry = resources.map(
    (resource): BundleEntry => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }),
  );
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** Where the Observations come from (contract.md §5, "Provenance"). No versioned reference: v1 does not exist yet. */
function toProvenance(
  { id, questionnaire, author, source }: QuestionnaireResponse,
  observations: readonly Observation[],
  { identity, version, recorded, software }: Making,
): Provenance {
  const response: Reference = { reference: `QuestionnaireResponse/${id}` };
  const person = author ?? source;
  return {
    resourceType: 'Provenance',
    id: `${id}.v${version}`,
    target: [response, ...observations.map((one) => ({ reference: `Observation/${one.id}` }))],
    recorded: recorded.toISOString(),
    agent: [
      { type: participant('assembler', 'Assembler'), who: softwareReference(software) },
      ...(person ? [{ type: participant('author', 'Author'), who: unversioned(person) }] : []),
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

/** The content hash that a Provenance of ours records for its version. */
export function contentHashIn({ entity = [] }: Provenance): string | undefined {
  return entity.map(({ what }) => what.identifier).find((identifier) => identifier?.system === CONTENT_HASH)
    ?.value;
}
