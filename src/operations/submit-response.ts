import type { Bundle, Provenance, QuestionnaireResponse, Resource } from 'fhir/r4.js';
import { contentHashIn, toTransaction } from '../fhir/bundle.js';
import { type Identity, identify } from '../fhir/identity.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import type { FhirServer, Ports } from './ports.js';
import {
  lookUpPatient,
  observationsOf,
  readResponse,
  type ScoredResponse,
  scoreResponse,
} from './score-response.js';

export interface Submitted {
  /** `created` now, or `known`: this content was accepted before, and nothing was written. */
  readonly outcome: 'created' | 'known';
  readonly response: QuestionnaireResponse;
  /** null when the FHIR server gave none that is one. */
  readonly versionId: string | null;
}

/**
 * Accepts a new response: validated, scored and written, in one transaction. Throws a Problem (contract.md §2,
 * §8); unless that says that the server could not be reached, nothing was stored.
 */
export async function submitResponse(body: unknown, ports: Ports): Promise<Submitted> {
  const read = readResponse({ body, storedId: null }, 'error', ports);
  const { identity } = read;
  return ports.delivery.inOrder(identity.id, async () => {
    const [accepted, patient] = await Promise.all([
      acceptedVersions(identity, ports.fhirServer).catch(asUnreachable),
      lookUpPatient(read, ports),
    ]);
    if (accepted instanceof Problem || !accepted) {
      const scored = scoreResponse(read, patient, ports);
      // Only now: a caller whose server is away still learns of every fault of the response.
      if (accepted) throw accepted;
      return write(scored, ports);
    }
    if (isAccepted(accepted, identity)) return known(accepted);
    scoreResponse(read, patient, ports, [IDENTIFIER_IN_USE]);
    throw new Error('A key in use is an issue');
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
  return response ? known({ current: response, contentHashes: [] }) : null;
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
  const hashes = provenancesIn(found)
    .map(contentHashIn)
    .filter((hash) => hash !== undefined);
  // What stands there now may be somebody else's edit; it counts only where no Provenance can say what we took.
  return { current, contentHashes: hashes.length > 0 ? hashes : [identify(current).contentHash] };
}

function known({ current }: Accepted): Submitted {
  const versionId: unknown = current.meta?.versionId;
  const isId = typeof versionId === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(versionId);
  return { outcome: 'known', response: current, versionId: isId ? versionId : null };
}

function isAccepted({ contentHashes }: Accepted, { contentHash }: Identity): boolean {
  return contentHashes.includes(contentHash);
}

const IDENTIFIER_IN_USE: Issue = {
  code: 'identifier-in-use',
  text: 'Another response was accepted under this identifier; nothing was changed.',
  expression: 'QuestionnaireResponse.identifier',
};

/** What a submission would be told of its key; nothing, also when the server cannot be asked. */
export async function keyIssues(identity: Identity, fhirServer: FhirServer): Promise<Issue[]> {
  const accepted = await acceptedVersions(identity, fhirServer).catch(asUnreachable);
  if (!accepted || accepted instanceof Problem || isAccepted(accepted, identity)) return [];
  return [IDENTIFIER_IN_USE];
}

async function write(scored: ScoredResponse, ports: Ports): Promise<Submitted> {
  const { identity, stored } = scored;
  const making = { identity, version: 1, recorded: ports.now(), software: ports.software };
  const bundle = toTransaction(stored, observationsOf(scored, ports), making);
  const written = await ports.delivery.deliver(bundle);
  switch (written.state) {
    case 'written':
      return { outcome: 'created', response: stored, versionId: '1' };
    case 'conflict':
      return lookAgain(identity, ports);
    case 'refused': {
      const text = `The FHIR server did not take the response (${written.reason}); nothing was stored.`;
      throw new Problem({ code: 'refused-by-server', text });
    }
    case 'retryable':
      throw unreachable(written.reason);
  }
}

/** Somebody else wrote under this key since we looked: read back and compared, never taken for a refusal. */
async function lookAgain(identity: Identity, { fhirServer }: Ports): Promise<Submitted> {
  const accepted = await acceptedVersions(identity, fhirServer).catch(asUnreachable);
  if (accepted instanceof Problem) throw accepted;
  if (!accepted) throw unreachable('it reports a conflict and has no such response');
  if (isAccepted(accepted, identity)) return known(accepted);
  throw new Problem(IDENTIFIER_IN_USE);
}

function unreachable(reason: string): Problem {
  const text = `The FHIR server did not confirm the response (${reason}). Send it again: nothing is written twice.`;
  return new Problem({ code: 'fhir-server-unreachable', text });
}

/** Whatever the server says instead of what it has: it cannot be asked. Bugs go on. */
function asUnreachable(error: unknown): Problem {
  if (!(error instanceof Problem)) throw error;
  const [{ code }] = error.issues;
  return code === 'fhir-server-unreachable' ? error : unreachable('it does not answer a search');
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
