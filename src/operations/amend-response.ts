import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Standing } from '../fhir/delivery-plan.js';
import { relativeReference, splitCanonical } from '../fhir/head.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { type Accepted, findAccepted, responseIdOf } from './accepted.js';
import { deliverVersion } from './deliver-version.js';
import type { Ports } from './ports.js';
import { lookUpPatient, readResponse, readShaped, scoreResponse } from './score-response.js';
import { known, type Submitted } from './submit-response.js';

type Status = QuestionnaireResponse['status'];

/** contract.md §2, "Status": what a response may become. */
const CHANGES: Readonly<Record<Status, readonly Status[]>> = {
  'in-progress': ['in-progress', 'completed', 'stopped', 'entered-in-error'],
  completed: ['amended', 'entered-in-error'],
  stopped: ['amended', 'entered-in-error'],
  amended: ['amended', 'entered-in-error'],
  'entered-in-error': [],
};

/**
 * A new version of an accepted response: a draft completed, answers amended, a response withdrawn. `ifMatch` is
 * the ETag that the caller has seen. Throws a Problem (contract.md §2, §8); then nothing was changed.
 */
export async function amendResponse(
  { id, body, ifMatch }: { id: string; body: unknown; ifMatch: string | undefined },
  ports: Ports,
): Promise<Submitted> {
  const sent = readShaped(body, ports);
  return ports.delivery.inOrder(responseIdOf(id, ports) ?? id, async () => {
    const accepted = await findAccepted(id, ports);
    if (!accepted?.isOurs) throw new Problem(NOT_OURS);
    requireVersion(accepted, ifMatch);
    const response = withIdentity(sent, accepted.current);
    const read = readResponse({ body: response, storedId: accepted.id }, 'error', ports);
    if (read.identity.contentHash === accepted.currentHash) return known(accepted);
    const issues = [
      ...identityIssues(read.response, accepted.current, ports),
      ...statusIssues(read.response.status, accepted.current.status),
    ];
    const patient = await lookUpPatient(read, ports);
    const scored = scoreResponse(read, patient, ports, issues);
    const version = accepted.version + 1;
    const isPatientKnown = patient !== 'unknown';
    const standing = standingOf(accepted);
    const submitted = await deliverVersion(
      { scored, version, before: accepted, isPatientKnown, standing },
      ports,
    );
    return { ...submitted, response: { ...submitted.response, id } };
  });
}

/** Written where somebody else had put it. */
function standingOf({ entries }: Accepted): Standing | null {
  const newest = entries.at(-1);
  const reference = newest?.standing ?? null;
  const versionId = newest?.serverVersion ?? newest?.payload?.standing?.versionId ?? null;
  return reference === null ? null : { reference, versionId, isThere: false };
}

const NOT_OURS: Issue = {
  code: 'client-id-not-allowed',
  text: 'No response was accepted under this id; the service makes the ids. Send a new response by POST.',
};

/** Only who has seen the newest version may replace it. */
function requireVersion({ version, isForeign }: Accepted, ifMatch: string | undefined): void {
  if (ifMatch === undefined) {
    const text = 'A change needs If-Match with the ETag of the version that it replaces.';
    throw new Problem({ code: 'version-required', text });
  }
  const [, seen] = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(ifMatch) ?? [];
  if (seen !== String(version)) {
    const text = `The response is at version ${version}, not at the one that If-Match names: read it again.`;
    throw new Problem({ code: 'version-mismatch', text });
  }
  if (isForeign) {
    const text =
      'The response was changed on the FHIR server by somebody else, so it cannot be changed here.';
    throw new Problem({ code: 'version-mismatch', text });
  }
}

/** Whose response it is does not change, so it need not be said again. */
function withIdentity(sent: QuestionnaireResponse, stored: QuestionnaireResponse): QuestionnaireResponse {
  const { identifier, subject, questionnaire } = stored;
  const isWithdrawn = sent.status === 'entered-in-error';
  return {
    ...(identifier && { identifier }),
    ...(isWithdrawn && subject && { subject }),
    ...(isWithdrawn && questionnaire && { questionnaire }),
    ...sent,
  };
}

function identityIssues(
  sent: QuestionnaireResponse,
  stored: QuestionnaireResponse,
  { fhirServer: { baseUrl } }: Ports,
): Issue[] {
  const subjectOf = ({ subject }: QuestionnaireResponse) =>
    relativeReference(subject?.reference ?? '', baseUrl);
  const keyOf = ({ identifier }: QuestionnaireResponse) => `${identifier?.system ?? ''}|${identifier?.value}`;
  const urlOf = ({ questionnaire }: QuestionnaireResponse) =>
    questionnaire && splitCanonical(questionnaire).url;
  const changed = [
    ...(sent.id !== undefined && sent.id !== stored.id ? ['id'] : []),
    ...(keyOf(sent) !== keyOf(stored) ? ['identifier'] : []),
    // What was never said, in a response stored as entered in error, cannot change.
    ...(sent.questionnaire && urlOf(sent) !== urlOf(stored) ? ['questionnaire'] : []),
    ...(sent.subject && subjectOf(sent) !== subjectOf(stored) ? ['subject'] : []),
  ];
  const text = 'A change is about the same response of the same patient: withdraw it and send a new one.';
  return changed.map((name) => ({
    code: 'identity-changed',
    text,
    expression: `QuestionnaireResponse.${name}`,
  }));
}

function statusIssues(next: Status, current: Status): Issue[] {
  if (CHANGES[current].includes(next)) return [];
  const allowed = CHANGES[current].join(' or ') || 'nothing: it is final';
  const text = `From "${current}" a response becomes ${allowed}.`;
  return [{ code: 'status-change', text, expression: 'QuestionnaireResponse.status' }];
}
