import type { CodeableConcept, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { type Software, softwareReference } from './observation-parts.js';
import { INVITATION_IDENTIFIER, SDC_TEMPORARY } from './systems.js';
import { type StatusRule, withStatus } from './task.js';

/** What an invitation is made of. */
export interface Inviting {
  readonly id: string;
  /** `Patient/{id}` */
  readonly patient: string;
  /** `url|version` */
  readonly questionnaire: string;
  readonly authored: Date;
  readonly expires: Date;
  readonly software: Software;
}

/** The Task by which a patient is asked to answer a Questionnaire (SDC 4.0.0, profile `sdc-task`). */
export function toInvitation(inviting: Inviting): Task {
  const { id, patient, questionnaire, authored, expires, software } = inviting;
  return {
    resourceType: 'Task',
    id,
    identifier: [{ system: INVITATION_IDENTIFIER, value: id }],
    status: 'requested',
    intent: 'order',
    code: conceptOf('complete-questionnaire'),
    description: 'The patient is invited to answer a questionnaire.',
    for: { reference: patient },
    authoredOn: authored.toISOString(),
    lastModified: authored.toISOString(),
    requester: softwareReference(software),
    owner: { reference: patient },
    restriction: { repetitions: 1, period: { start: authored.toISOString(), end: expires.toISOString() } },
    input: [{ type: conceptOf('questionnaire'), valueCanonical: questionnaire }],
  };
}

/** Ids of the invitations that the service makes. */
export function isInvitationId(id: string): boolean {
  return /^i[0-9a-f]{32}$/.test(id);
}

/** Nothing follows any more (R4 Task state machine). */
const FINAL: readonly Task['status'][] = ['completed', 'cancelled', 'rejected', 'failed', 'entered-in-error'];

export function isOver({ status }: Task): boolean {
  return FINAL.includes(status);
}

/** Whether somebody has taken it back, here or on the FHIR server. */
export function isTakenBack(task: Task): boolean {
  return isOver(task) && task.status !== 'completed';
}

/** What a response makes of the Task that asked for it; one that is taken back leaves it to a person. */
const PROGRESS: Readonly<Record<QuestionnaireResponse['status'], Task['status'] | null>> = {
  'in-progress': 'in-progress',
  completed: 'completed',
  amended: 'completed',
  stopped: 'completed',
  'entered-in-error': null,
};

/** The Task after its response was written; null where that changes nothing. */
export function withResponse(task: Task, { id, status }: QuestionnaireResponse, now: Date): Task | null {
  const next = PROGRESS[status];
  if (next === null || next === task.status || isOver(task)) return null;
  const told = withStatus(task, next, now);
  if (next !== 'completed') return told;
  const valueReference = { reference: `QuestionnaireResponse/${id}` };
  return { ...told, output: [{ type: conceptOf('questionnaire-response'), valueReference }] };
}

/** The Task once nobody may answer any more; null where it is over already. */
export function withdrawn(task: Task, now: Date): Task | null {
  return isOver(task) ? null : withStatus(task, 'cancelled', now);
}

/** A caller may take an invitation back, and nothing else: the rest follows from its response. */
export const INVITATION_STATUS: StatusRule = {
  takes: (status) => status === 'cancelled',
  isFinal: isOver,
  text: 'An invitation can be cancelled; from a final status it stays as it is.',
};

function conceptOf(code: string): CodeableConcept {
  return { coding: [{ system: SDC_TEMPORARY, code }] };
}
