import type { Observation, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { kept, toTransaction, withdrawn } from '../fhir/bundle.js';
import type { Standing } from '../fhir/delivery-plan.js';
import { RED_FLAG_URGENCY } from '../fhir/observations.js';
import { Problem } from '../fhir/outcome.js';
import { toScreeningDocument } from '../fhir/screening-document.js';
import { type Alarm, needsTask, priorityOf, toTask } from '../fhir/task.js';
import { type Accepted, asShown, observationsBefore } from './accepted.js';
import type { Attempted, NewEntry, Ports } from './ports.js';
import { observationsOf, type ScoredResponse } from './score-response.js';
import type { Submitted } from './submit-response.js';

/** One version of a response, understood, and ready to be accepted. */
export interface Version {
  readonly scored: ScoredResponse;
  readonly version: number;
  /** The version that it replaces; null for the first. */
  readonly before: Accepted | null;
  readonly isPatientKnown: boolean;
  /** Where somebody else put the response on the FHIR server; null where we put it there. */
  readonly standing: Standing | null;
  /** What earlier versions gave beside this one's Observations stays as it was: it is only a part that is said. */
  readonly keepsOthers?: boolean;
}

/** Accepts a version: on disk first, then attempted once. What the server refuses waits for an operator. */
export async function acceptVersion(one: Version, ports: Ports): Promise<Attempted> {
  return ports.delivery.accept(await toEntry(one, ports));
}

/** The same for somebody who waits for the answer: throws a Problem when the server refuses it at once. */
export async function deliverVersion(one: Version, ports: Ports): Promise<Submitted> {
  const { scored, version, before } = one;
  const { entry, wasThere } = await acceptVersion(one, ports);
  // Where a part was written it is accepted all the same: the rest is parked, and an operator is told.
  if (entry.state === 'refused' && entry.version === version && ports.outbox.takeBack(entry.seq)) {
    throw new Problem(entry.issue ?? { code: 'refused-by-server', text: 'The FHIR server did not take it.' });
  }
  return {
    outcome: wasThere ? 'known' : before ? 'updated' : 'created',
    isQueued: entry.state !== 'written',
    response: asShown(scored.stored, version),
    version: String(version),
  };
}

/** Everything that has to reach the FHIR server for this version, and the alert that goes with it. */
export async function toEntry(one: Version, ports: Ports): Promise<NewEntry> {
  const { scored, version, before, isPatientKnown, standing } = one;
  const { identity, stored } = scored;
  const old = before ? await observationsBefore(before, ports) : [];
  const current = observationsOf(scored, ports).map((observation) => afterOld(observation, old));
  requireSamePatient(stored, old);
  const others = one.keepsOthers ? kept(old, current) : withdrawn(old, current);
  const observations = [...current, ...others];
  const recorded = ports.now();
  const making = { identity, version, recorded, software: ports.software };
  // What was acknowledged for one patient is not for another.
  const theirs = old.filter(({ subject }) => subject?.reference === stored.subject?.reference);
  const task = taskOf(one, theirs, ports, recorded);
  const { form, score } = scored;
  return {
    responseId: identity.id,
    kind: 'response',
    version,
    contentHash: identity.contentHash,
    subject: stored.subject?.reference ?? null,
    payload: {
      transaction: toTransaction(stored, observations, making, task),
      document: toScreeningDocument({ response: stored, version, form, score, software: ports.software }),
      isPatientKnown,
      replaces: before?.serverVersion ?? null,
      standing,
    },
    alert: task && priorityOf(scored.score?.redFlags.urgency ?? null),
  };
}

/** The Observations of one patient never become another's. */
function requireSamePatient({ status, subject }: QuestionnaireResponse, old: readonly Observation[]): void {
  const isOther = (one: Observation) =>
    one.status !== 'entered-in-error' && one.subject?.reference !== subject?.reference;
  if (status === 'entered-in-error' || !old.some(isOther)) return;
  const text = 'What follows from this response was written for another patient.';
  throw new Problem({ code: 'identity-changed', text, expression: 'QuestionnaireResponse.subject' });
}

/** Nothing changes silently: what was final before is amended, whatever the response calls itself (contract.md §5). */
function afterOld(observation: Observation, old: readonly Observation[]): Observation {
  const before = old.find(({ id }) => id === observation.id);
  const isChanged = observation.status === 'final' && before !== undefined && before.status !== 'preliminary';
  return isChanged ? { ...observation, status: 'amended' } : observation;
}

/** The Task of urgent red flags, when this version raises it; withdrawing a response leaves its Task to a person. */
function taskOf({ scored }: Version, old: readonly Observation[], ports: Ports, recorded: Date): Task | null {
  const { score, stored, identity } = scored;
  const { subject, encounter, status } = stored;
  if (!score || !subject || status === 'entered-in-error') return null;
  const { urgency } = score.redFlags;
  const now: Alarm = { urgency, flags: score.redFlags.flags.map(({ code }) => code) };
  if (urgency === null || !needsTask(now, alarmIn(old))) return null;
  return toTask({
    ...now,
    urgency,
    responseId: identity.id,
    subject,
    encounter,
    recorded,
    software: ports.software,
  });
}

/** What the red flags of the version before came to, as its Observation says; null when there were none. */
function alarmIn(observations: readonly Observation[]): Alarm | null {
  const found = observations.find(({ id }) => id?.endsWith(`.${RED_FLAG_URGENCY}`));
  if (!found || found.status === 'entered-in-error') return null;
  const codes = (found.component ?? []).flatMap(({ code }) => code.coding?.[0]?.code ?? []);
  return { urgency: found.valueCodeableConcept?.coding?.[0]?.code ?? null, flags: codes };
}
