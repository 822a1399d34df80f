import { describe, expect, test } from '@jest/globals';
import type { Task } from 'fhir/r4.js';
import { structureFaults } from '../../../src/embedded/shape.js';
import {
  type Alarm,
  changeTask,
  FINAL_TASK_STATUSES,
  isAcknowledged,
  needsTask,
  priorityOf,
  toTask,
} from '../../../src/fhir/task.js';
import { evaluateRedFlags } from '../../../src/scoring/red-flags.js';
import { createView } from '../../../src/scoring/rule-set.js';
import { rules, software } from '../../support/fhir-content.js';
import { answersOf, readRedFlagCases } from '../../support/scoring-cases.js';
import { toAnswers } from '../../support/scoring-questions.js';

const recorded = new Date('2026-05-04T08:00:00.123Z');
const now = new Date('2026-05-04T09:00:00.456Z');
const nobody = { now, by: null };

const raised = toTask({
  responseId: 'r1',
  urgency: 'emergency',
  flags: ['leg-weakness', 'fever'],
  subject: { reference: 'Patient/p1', display: 'Pat' },
  encounter: { reference: 'Encounter/e1' },
  recorded,
  software,
});

describe('toTask', () => {
  test('an order for a clinician, about the red-flag Observation', () => {
    expect(raised).toEqual({
      resourceType: 'Task',
      id: 'r1.task',
      identifier: [{ system: 'https://w3id.org/axspa-screening/task', value: 'r1.task' }],
      status: 'requested',
      intent: 'order',
      priority: 'stat',
      code: { text: 'See to red flags' },
      description:
        'Back pain screening reports red flags, urgency emergency: leg-weakness, fever. A clinician must see to them at once.',
      focus: { reference: 'Observation/r1.red-flag-urgency' },
      for: { reference: 'Patient/p1', display: 'Pat' },
      encounter: { reference: 'Encounter/e1' },
      authoredOn: '2026-05-04T08:00:00.123Z',
      lastModified: '2026-05-04T08:00:00.123Z',
      requester: {
        identifier: { system: 'https://w3id.org/axspa-screening/software', value: 'axspa-screening|9.8.7' },
        display: 'axspa-screening 9.8.7',
      },
      note: [{ text: 'Screening aid, not a diagnosis.' }],
    });
  });

  test('same-day is urgent; an encounter that cannot go along is left out', () => {
    const task = toTask({
      responseId: 'r1',
      urgency: 'same-day',
      flags: ['fever'],
      subject: { reference: 'Patient/p1' },
      encounter: { reference: '#inside' },
      recorded,
      software,
    });
    expect(task.priority).toBe('urgent');
    expect(task.description).toMatch(/urgency same-day: fever\. A clinician must see to them today\.$/);
    expect(task).not.toHaveProperty('encounter');
    expect(structureFaults(JSON.parse(JSON.stringify(task)), 'Task', 'Task')).toEqual([]);
  });

  test('is what R4 allows', () => {
    expect(structureFaults(JSON.parse(JSON.stringify(raised)), 'Task', 'Task')).toEqual([]);
  });
});

describe('priorityOf', () => {
  const file = readRedFlagCases();

  test.each([
    ['emergency', 'stat'],
    ['same-day', 'urgent'],
    ['urgent-days', null],
    ['none-reported', null],
    [null, null],
  ])('%s: %s', (urgency, priority) => {
    expect(priorityOf(urgency)).toBe(priority);
  });

  test('every red-flag case of emergency or same-day, and no other, raises a Task the first time', () => {
    const wrong = file.cases.filter((one) => {
      const { urgency, flags } = evaluateRedFlags(
        rules.redFlags,
        createView(rules, toAnswers(answersOf(file, one))),
      );
      const raises = needsTask({ urgency, flags: flags.map(({ code }) => code) }, null);
      return raises !== (one.urgency === 'emergency' || one.urgency === 'same-day');
    });
    expect(wrong).toEqual([]);
    expect(file.cases.length).toBeGreaterThan(20);
  });
});

describe('needsTask', () => {
  const none: Alarm = { urgency: 'none-reported', flags: [] };
  const days: Alarm = { urgency: 'urgent-days', flags: ['weight-loss'] };
  const fever: Alarm = { urgency: 'same-day', flags: ['fever'] };
  const legs: Alarm = { urgency: 'emergency', flags: ['leg-weakness'] };
  const both: Alarm = { urgency: 'emergency', flags: ['leg-weakness', 'fever'] };

  test.each<[string, boolean, Alarm, Alarm | null]>([
    ['none, nothing before', false, none, null],
    ['not known', false, { urgency: null, flags: [] }, null],
    ['days, nothing before', false, days, null],
    ['same-day, nothing before', true, fever, null],
    ['emergency, nothing before', true, legs, null],
    ['same-day after none', true, fever, none],
    ['same-day after not known', true, fever, { urgency: null, flags: [] }],
    ['same-day after days, of the same flag', true, { ...days, urgency: 'same-day' }, days],
    ['the same again', false, fever, fever],
    ['the same again, an emergency', false, both, both],
    ['higher, of the same flags', true, { urgency: 'emergency', flags: ['fever'] }, fever],
    ['lower, of the same flags', false, { urgency: 'same-day', flags: ['fever'] }, both],
    ['one flag fewer', false, legs, both],
    ['one flag more', true, both, legs],
    ['another flag, less urgent', true, fever, legs],
    ['none after an emergency', false, none, legs],
    ['days after an emergency, by a new flag', false, days, legs],
  ])('%s: %s', (_, expected, after, before) => {
    expect(needsTask(after, before)).toBe(expected);
  });
});

const STATUSES = [
  'draft',
  'requested',
  'received',
  'accepted',
  'rejected',
  'ready',
  'cancelled',
  'in-progress',
  'on-hold',
  'failed',
  'completed',
  'entered-in-error',
] as const satisfies readonly Task['status'][];

test('alerts stop for three statuses, and go on for all others', () => {
  expect(STATUSES.filter((status) => isAcknowledged({ ...raised, status }))).toEqual([
    'cancelled',
    'completed',
    'entered-in-error',
  ]);
  expect([...FINAL_TASK_STATUSES].sort()).toEqual(['cancelled', 'completed', 'entered-in-error']);
});

describe('changeTask', () => {
  const stored: Task = { ...raised, meta: { versionId: '4', lastUpdated: recorded.toISOString() } };
  const faults = (changed: ReturnType<typeof changeTask>) =>
    'issues' in changed ? changed.issues.map(({ code, expression }) => `${code} ${expression}`) : 'changed';

  test.each(['received', 'accepted', 'in-progress', 'completed'] as const)('to %s', (status) => {
    expect(changeTask(stored, { ...stored, status }, nobody)).toEqual({
      task: { ...raised, status, lastModified: '2026-05-04T09:00:00.456Z' },
    });
  });

  test('who is signed in owns it from then on, named without a link; the same status again changes no owner', () => {
    const by = { now, by: 'Practitioner/c1' };
    const owner = { type: 'Practitioner', identifier: { value: 'Practitioner/c1' } };
    const changed = changeTask(stored, { ...stored, status: 'completed' }, by);
    expect(changed).toEqual({
      task: { ...raised, status: 'completed', lastModified: now.toISOString(), owner },
    });
    expect(changeTask(stored, stored, by)).toEqual({ task: raised });
    const owned = { ...stored, owner };
    expect(changeTask(owned, { ...owned, status: 'accepted' }, nobody)).toHaveProperty('task.owner', owner);
  });

  test('only the status need be sent; what is left out stays', () => {
    expect(changeTask(stored, { resourceType: 'Task', id: 'r1.task', status: 'completed' }, nobody)).toEqual({
      task: { ...raised, status: 'completed', lastModified: now.toISOString() },
    });
  });

  test('text, meta and lastModified of the one sent are not looked at, and profiles stay', () => {
    const profiled = { ...stored, meta: { versionId: '4', profile: ['http://p'] } };
    const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' };
    const sent = { ...raised, text, meta: { versionId: '1' }, lastModified: '2020', status: 'received' };
    const changed = changeTask(profiled, sent, nobody);
    expect(changed).toMatchObject({ task: { meta: { profile: ['http://p'] }, status: 'received' } });
    expect(changed).not.toHaveProperty('task.text');
    expect(changed).not.toHaveProperty('task.meta.versionId');
  });

  test.each(STATUSES)('the same again changes nothing: %s', (status) => {
    const held = { ...stored, status };
    expect(changeTask(held, held, nobody)).toEqual({ task: { ...raised, status } });
  });

  test('every other change of status is refused', () => {
    const open = STATUSES.filter((status) => !FINAL_TASK_STATUSES.includes(status));
    const allowed = ['received', 'accepted', 'in-progress', 'completed'];
    for (const from of STATUSES) {
      for (const to of STATUSES.filter((status) => status !== from)) {
        const isAllowed = open.some((status) => status === from) && allowed.includes(to);
        const changed = faults(changeTask({ ...stored, status: from }, { ...stored, status: to }, nobody));
        expect([from, to, changed]).toEqual([
          from,
          to,
          isAllowed ? 'changed' : ['status-change Task.status'],
        ]);
      }
    }
  });

  test.each([
    ['is missing', undefined, 'missing-element Task.status'],
    ['is not FHIR’s', 'done', 'wrong-json-type Task.status'],
    ['is inherited by every object', 'toString', 'wrong-json-type Task.status'],
    ['is no code', 7, 'wrong-json-type Task.status'],
    ['is null', null, 'wrong-json-type Task.status'],
  ])('a status that %s', (_, status, fault) => {
    const { status: _status, ...rest } = stored;
    expect(faults(changeTask(stored, status === undefined ? rest : { ...rest, status }, nobody))).toEqual([
      fault,
    ]);
  });

  test.each([
    ['another patient', { for: { reference: 'Patient/p2' } }, 'Task.for'],
    ['another priority', { priority: 'routine' }, 'Task.priority'],
    ['another id', { id: 'r2.task' }, 'Task.id'],
    ['another focus', { focus: { reference: 'Observation/r2.red-flag-urgency' } }, 'Task.focus'],
    ['a note', { note: [...(raised.note ?? []), { text: 'seen' }] }, 'Task.note'],
    ['a reason', { statusReason: { text: 'done' } }, 'Task.statusReason'],
    ['a sibling', { _priority: { id: 'x' } }, 'Task.priority'],
    ['an element set to null', { owner: null }, 'Task.owner'],
    ['a name that is no element', { 'a b': 1 }, 'Task'],
    ['another type', { resourceType: 'Observation' }, 'Task.resourceType'],
  ])('%s may not be sent', (_, more, expression) => {
    const changed = changeTask(stored, { ...stored, status: 'completed', ...more }, nobody);
    expect(faults(changed)).toEqual([`identity-changed ${expression}`]);
  });

  test('elements in another order are the same, and all faults are told at once, without what was sent', () => {
    const reordered = Object.fromEntries(Object.entries(stored).reverse());
    expect(changeTask(stored, { ...reordered, status: 'accepted' }, nobody)).toHaveProperty('task');
    const sent = { ...stored, status: 'draft', for: { reference: 'Patient/secret' }, intent: 'plan' };
    const changed = changeTask(stored, sent, nobody);
    expect(faults(changed)).toEqual([
      'status-change Task.status',
      'identity-changed Task.intent',
      'identity-changed Task.for',
    ]);
    expect(JSON.stringify(changed)).not.toMatch(/secret|p1/);
  });
});
