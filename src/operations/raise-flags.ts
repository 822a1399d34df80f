import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { servedForm } from '../fhir/content.js';
import { isDateTime, isToTheDay } from '../fhir/dates.js';
import { toStanding } from '../fhir/delivery-plan.js';
import { Problem } from '../fhir/outcome.js';
import { redFlagQuestions } from '../scoring/rule-set.js';
import { findAccepted, versionIdOf } from './accepted.js';
import { acceptVersion } from './deliver-version.js';
import type { Ports } from './ports.js';
import { lookUpPatient, observationsOf, readResponse, scoreResponse } from './score-response.js';

/**
 * A response that is not valid as it is can say all the same that somebody is in danger, and nobody waits for an
 * answer who could be told. What its safety questions say is taken as a draft: the red flags are written as
 * preliminary and alerts go out; nothing else follows from it until it is mended. → whether it was
 */
export async function raiseFlags(
  current: QuestionnaireResponse,
  responseId: string,
  ports: Ports,
): Promise<boolean> {
  if (current.status === 'entered-in-error') return false;
  try {
    const read = readResponse({ body: toDraft(current, ports), storedId: responseId }, 'error', ports);
    const patient = await lookUpPatient(read, ports);
    const isPatientKnown = typeof patient !== 'string';
    const scored = scoreResponse(read, isPatientKnown ? patient : 'unknown', ports);
    if (observationsOf(scored, ports).length === 0) return false;
    const standing = toStanding(current.id ?? '', versionIdOf(current));
    const before = await findAccepted(responseId, ports, standing.reference);
    const accepted = before?.isOurs ? before : null;
    if (accepted?.currentHash === scored.identity.contentHash) return true;
    const version = (accepted?.version ?? 0) + 1;
    const one = { scored, version, before: accepted, isPatientKnown, standing, keepsOthers: true };
    await acceptVersion(one, ports);
    return true;
  } catch (error) {
    // Not even that can be read: an operator is told of it.
    if (error instanceof Problem && !isPassing(error)) return false;
    throw error;
  }
}

/** Its answers to what red flags are made of, and whom they are about. */
function toDraft(current: QuestionnaireResponse, { rules, content, now }: Ports): QuestionnaireResponse {
  const { resourceType, questionnaire, subject, authored, meta, item } = current;
  const form = servedForm(questionnaire ?? '', content);
  const linkIds = new Set(redFlagQuestions(rules));
  return {
    resourceType,
    status: 'in-progress',
    ...(form && { questionnaire: `${form.url}|${form.version}` }),
    ...(subject && { subject }),
    authored: isDated(authored) ? authored : (meta?.lastUpdated ?? now().toISOString().slice(0, 10)),
    item: Array.isArray(item) ? pruned(item, linkIds) : [],
  };
}

function isDated(authored: unknown): authored is string {
  return typeof authored === 'string' && isDateTime(authored) && isToTheDay(authored);
}

/** Items that are asked for, and the groups that hold them. */
function pruned(
  items: readonly QuestionnaireResponseItem[],
  linkIds: ReadonlySet<string>,
): QuestionnaireResponseItem[] {
  return items.flatMap((one) => {
    if (linkIds.has(one?.linkId)) return [one];
    const inside = Array.isArray(one?.item) ? pruned(one.item, linkIds) : [];
    return inside.length > 0 ? [{ ...one, item: inside }] : [];
  });
}

/** The server's state or the disk's, not the response's. */
export function isPassing({ issues: [{ code }] }: Problem): boolean {
  return code === 'fhir-server-unreachable' || code === 'store-unavailable' || code === 'version-mismatch';
}
