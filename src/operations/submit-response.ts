import type { Bundle, Provenance, QuestionnaireResponse, Resource } from 'fhir/r4.js';
import { contentHashIn, toTransaction } from '../fhir/bundle.js';
import { type Identity, identify } from '../fhir/identity.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import type { Delivery, FhirServer, Ports } from './ports.js';
import { headOf, lookUpPatient, readResponse, scoreResponse } from './score-response.js';

export interface Submitted {
  /** `created` now, or `known`: this content was accepted before, and nothing was written. */
  readonly outcome: 'created' | 'known';
  readonly response: QuestionnaireResponse;
  readonly versionId: string;
}

const STRICT = { missing: 'error' } as const;

/**
 * Accepts a new response: validated, scored and written, in one transaction. Throws a Problem (contract.md §2,
 * §8); then nothing was stored.
 */
export async function submitResponse(body: unknown, ports: Ports): Promise<Submitted> {
  const { response, identity } = readResponse(body, ports);
  return ports.delivery.inOrder(identity.id, async () => {
    const { subject } = headOf(response, STRICT, ports);
    const [accepted, patient] = await Promise.all([
      acceptedVersions(identity, ports.fhirServer).catch(asUnreachable),
      lookUpPatient({ subject }, ports),
    ]);
    if (accepted && !(accepted instanceof Problem)) return knownResponse(accepted, identity);
    const scored = scoreResponse({ response, identity }, patient, STRICT, ports);
    // Only now: a caller whose server is away still learns of every fault of the response.
    if (accepted) throw accepted;
    const making = { identity, version: 1, recorded: ports.now(), software: ports.software };
    await write(toTransaction(scored.stored, scored.observations, making), ports.delivery);
    return { outcome: 'created', response: scored.stored, versionId: '1' };
  });
}

/** Conditional create: the one response with this identifier, or null. Throws `multiple-matches` for several. */
export async function findByIdentifier(identifier: string, { fhirServer }: Ports): Promise<Submitted | null> {
  const query = new URLSearchParams({ identifier, _count: '2' });
  const found = await fhirServer.search('QuestionnaireResponse', query.toString());
  const [response, another] = (found.entry ?? []).map(({ resource }) => resource).filter(isResponse);
  if (another) {
    throw new Problem({ code: 'multiple-matches', text: 'More than one response has this identifier.' });
  }
  return response ? { outcome: 'known', response, versionId: response.meta?.versionId ?? '1' } : null;
}

interface Accepted {
  readonly current: QuestionnaireResponse;
  readonly contentHashes: readonly string[];
}

/** The response that holds this key, and the content of each version of it; null for a new key. */
async function acceptedVersions({ id }: Identity, fhirServer: FhirServer): Promise<Accepted | null> {
  const current = await fhirServer.read('QuestionnaireResponse', id);
  if (!isResponse(current)) return null;
  const found = await fhirServer.search('Provenance', `target=QuestionnaireResponse/${id}&_count=200`);
  const hashes = provenancesIn(found).map(contentHashIn);
  return {
    current,
    contentHashes: [identify(current).contentHash, ...hashes.filter((hash) => hash !== undefined)],
  };
}

function knownResponse(accepted: Accepted, identity: Identity): Submitted {
  if (isAccepted(accepted, identity)) {
    const { current } = accepted;
    return { outcome: 'known', response: current, versionId: current.meta?.versionId ?? '1' };
  }
  throw new Problem(IDENTIFIER_IN_USE);
}

function isAccepted({ contentHashes }: Accepted, { contentHash }: Identity): boolean {
  return contentHashes.includes(contentHash);
}

const IDENTIFIER_IN_USE: Issue = {
  code: 'identifier-in-use',
  text: 'Another response was accepted under this identifier; nothing was changed.',
  expression: 'QuestionnaireResponse.identifier',
};

/** What a submission would be told of its key; null when nothing, also when the server cannot be asked. */
export async function keyIssue(identity: Identity, fhirServer: FhirServer): Promise<Issue | null> {
  const accepted = await acceptedVersions(identity, fhirServer).catch(asUnreachable);
  if (!accepted || accepted instanceof Problem) return null;
  return isAccepted(accepted, identity) ? null : IDENTIFIER_IN_USE;
}

async function write(bundle: Bundle, delivery: Delivery): Promise<void> {
  const written = await delivery.deliver(bundle);
  if (written.state === 'written') return;
  const refused = written.state === 'refused';
  throw new Problem({
    code: refused ? 'refused-by-server' : 'fhir-server-unreachable',
    text: refused
      ? `The FHIR server did not take the Observations (${written.reason}); nothing was stored.`
      : `The FHIR server could not be reached (${written.reason}); send the response again.`,
  });
}

function asUnreachable(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}

function provenancesIn({ entry = [] }: Bundle): Provenance[] {
  return entry.map(({ resource }) => resource).filter(isProvenance);
}

function isProvenance(resource: Resource | undefined): resource is Provenance {
  return resource?.resourceType === 'Provenance';
}

function isResponse(resource: Resource | null | undefined): resource is QuestionnaireResponse {
  return resource?.resourceType === 'QuestionnaireResponse';
}
