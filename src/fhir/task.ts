import type { Reference, Task } from 'fhir/r4.js';
import { DISCLAIMER } from '../scoring/notes.js';
import { canonicalJson } from './identity.js';
import { copied, type Software, softwareReference } from './observation-parts.js';
import { RED_FLAG_URGENCY } from './observations.js';
import type { Issue } from './outcome.js';
import { TASK_IDENTIFIER } from './systems.js';

/** What the red flags of one version of a response come to. */
export interface Alarm {
  /** As in RedFlagEvaluation; null when it is not decided. */
  readonly urgency: string | null;
  /** Codes of the flags that are present. */
  readonly flags: readonly string[];
}

/** What a Task is made of. */
export interface Raising extends Alarm {
  /** One that has a priority. */
  readonly urgency: string;
  readonly responseId: string;
  readonly subject: Reference;
  readonly encounter: Reference | undefined;
  readonly recorded: Date;
  readonly software: Software;
}

/** How soon somebody must look; null for what waits for the next appointment. */
export function priorityOf(urgency: string | null): 'stat' | 'urgent' | null {
  if (urgency === 'emergency') return 'stat';
  return urgency === 'same-day' ? 'urgent' : null;
}

/**
 * Whether a version of a response raises its Task, or raises it again though it may have been completed: what was
 * acknowledged was the version before, which `before` is about (null when there is none).
 */
export function needsTask(now: Alarm, before: Alarm | null): boolean {
  const priority = priorityOf(now.urgency);
  const known = priorityOf(before?.urgency ?? null);
  if (priority === null) return false;
  if (before === null || known === null) return true;
  const isHigher = priority === 'stat' && known === 'urgent';
  return isHigher || now.flags.some((flag) => !before.flags.includes(flag));
}

/** The Task of a response: one, under one id, however many versions raise it. */
export function toTask(raising: Raising): Task {
  const { responseId, urgency, flags, subject, encounter, recorded, software } = raising;
  const priority = priorityOf(urgency);
  const id = `${responseId}.task`;
  return {
    resourceType: 'Task',
    id,
    identifier: [{ system: TASK_IDENTIFIER, value: id }],
    status: 'requested',
    intent: 'order',
    ...(priority && { priority }),
    code: { text: 'See to red flags' },
    description: descriptionOf(urgency, flags),
    focus: { reference: `Observation/${responseId}.${RED_FLAG_URGENCY}` },
    for: subject,
    ...copied('encounter', encounter),
    authoredOn: recorded.toISOString(),
    lastModified: recorded.toISOString(),
    requester: softwareReference(software),
    note: [{ text: DISCLAIMER }],
  };
}

function descriptionOf(urgency: string, flags: readonly string[]): string {
  const told = `Back pain screening reports red flags, urgency ${urgency}: ${flags.join(', ')}.`;
  return `${told} A clinician must see to them ${urgency === 'emergency' ? 'at once' : 'today'}.`;
}

/** Somebody has dealt with it, or it was a mistake: alerts stop. */
export const FINAL_TASK_STATUSES: readonly Task['status'][] = ['completed', 'cancelled', 'entered-in-error'];

/** Whether alerts for this Task stop. */
export function isAcknowledged({ status }: Task): boolean {
  return FINAL_TASK_STATUSES.includes(status);
}

/** How and by whom a Task is changed. */
interface TaskChanging {
  readonly now: Date;
  /** The person who changes it, `Type/{id}`; null when nobody is signed in, or it stays whose it is. */
  readonly by: string | null;
  /** Of red flags, unless said otherwise. */
  readonly rule?: StatusRule;
}

/** What the facade takes from a caller of one kind of Task. */
export interface StatusRule {
  readonly takes: (status: Task['status']) => boolean;
  /** Whether it stays as it is. */
  readonly isFinal: (task: Task) => boolean;
  /** What is taken, for whoever sent something else. */
  readonly text: string;
}

const RED_FLAGS: StatusRule = {
  takes: (status) => STATUSES[status],
  isFinal: isAcknowledged,
  text: 'A Task becomes received, accepted, in-progress or completed; from a final status it stays as it is.',
};

/** R4 TaskStatus, and whether the facade takes it from a caller. */
const STATUSES: Readonly<Record<Task['status'], boolean>> = {
  draft: false,
  requested: false,
  received: true,
  accepted: true,
  rejected: false,
  ready: false,
  cancelled: false,
  'in-progress': true,
  'on-hold': false,
  failed: false,
  completed: true,
  'entered-in-error': false,
};

/** Elements that say nothing of the Task: a caller may send back what it was given, or leave them out. */
const IGNORED: readonly string[] = ['status', 'meta', 'text', 'lastModified'];

/**
 * `PUT Task/{id}` at the facade: the stored Task with the status of the one sent, or every reason why not. Nothing
 * but the status may change; what is left out of `sent` stays. The same status again changes nothing, not even
 * lastModified, so that a resend is not a new version.
 */
export function changeTask(
  stored: Task,
  sent: object,
  { now, by, rule = RED_FLAGS }: TaskChanging,
): { readonly task: Task } | { readonly issues: readonly Issue[] } {
  const elements = Object.entries(sent);
  const status = elements.find(([name]) => name === 'status')?.[1];
  const before = new Map<string, unknown>(Object.entries(stored));
  const changed = elements
    .filter(([name]) => !IGNORED.includes(name))
    .filter(([name, value]) => canonicalJson(value) !== canonicalJson(before.get(name)))
    .map(([name]) => changedElement(name));
  if (!isTaskStatus(status)) return { issues: [faultIn(status), ...changed] };
  const issues = isPermitted(status, stored, rule) ? changed : [forbidden(rule), ...changed];
  if (issues.length > 0) return { issues };
  const isNew = status !== stored.status;
  return {
    task: { ...withStatus(stored, status, now), ...(isNew && by !== null && { owner: toOwner(by) }) },
  };
}

/** To be written in place of the stored one; what the server says of its version stays with the server. */
export function withStatus(stored: Task, status: Task['status'], now: Date): Task {
  const { meta, ...rest } = stored;
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta ?? {};
  const isNew = status !== stored.status;
  return {
    ...rest,
    ...(Object.keys(kept).length > 0 && { meta: kept }),
    status,
    ...(isNew && { lastModified: now.toISOString() }),
  };
}

/** Without a link: where the person signed in may be another server than the one that keeps the Task. */
function toOwner(person: string): Reference {
  return { type: person.split('/')[0] ?? '', identifier: { value: person } };
}

function isTaskStatus(status: unknown): status is Task['status'] {
  return typeof status === 'string' && Object.hasOwn(STATUSES, status);
}

function isPermitted(status: Task['status'], stored: Task, { takes, isFinal }: StatusRule): boolean {
  return status === stored.status || (takes(status) && !isFinal(stored));
}

function forbidden({ text }: StatusRule): Issue {
  return { code: 'status-change', text, expression: 'Task.status' };
}

function faultIn(status: unknown): Issue {
  const expression = 'Task.status';
  if (status === undefined) return { code: 'missing-element', text: 'A Task needs a status.', expression };
  return { code: 'wrong-json-type', text: 'FHIR has no such status of a Task.', expression };
}

/** `_name` belongs to the element `name`; a key that FHIRPath cannot say points at the Task. */
function changedElement(name: string): Issue {
  const element = /^_?([A-Za-z][A-Za-z0-9]{0,63})$/.exec(name)?.[1];
  return {
    code: 'identity-changed',
    text: 'Only the status of a Task may be changed here.',
    expression: element === undefined ? 'Task' : `Task.${element}`,
  };
}
