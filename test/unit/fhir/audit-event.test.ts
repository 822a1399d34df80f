import { describe, expect, test } from '@jest/globals';
import { type AuditRecord, toAuditEvent, withLogicalReferences } from '../../../src/fhir/audit-event.js';

const SOFTWARE = { version: '1.0.0', ruleSetVersion: '1.0.0' };

const READ: AuditRecord = {
  id: '0b6fbd6c-31b4-4f0b-8a58-6c0f2c1a7d11',
  at: new Date('2026-05-04T08:00:00.250Z'),
  interaction: 'read',
  type: 'QuestionnaireResponse',
  reference: 'QuestionnaireResponse/r1',
  patient: 'Patient/p1',
  status: 200,
  code: null,
  requestId: 'b1a3a7de-6d4a-4f6d-9c5c-1b0c6f1f2a10',
  address: '192.0.2.7',
  who: 'Dr Example',
};

const eventOf = (changes: Partial<AuditRecord>) => toAuditEvent({ ...READ, ...changes }, SOFTWARE);
const whats = (changes: Partial<AuditRecord>) => eventOf(changes).entity?.map(({ what }) => what);

describe('somebody signs in or out', () => {
  const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
  const signing = { interaction: 'sign-in', type: null, reference: null, status: 302 } as const;

  test('in DICOM’s words, about a patient who is named without a link', () => {
    const event = eventOf(signing);
    expect(event).toMatchObject({
      type: { system: DCM, code: '110114', display: 'User Authentication' },
      subtype: [{ system: DCM, code: '110122', display: 'Login' }],
      action: 'E',
      outcome: '0',
    });
    expect(whats(signing)).toEqual([{ identifier: { value: 'Patient/p1' } }]);
    expect(eventOf({ ...signing, interaction: 'sign-out' }).subtype).toEqual([
      { system: DCM, code: '110123', display: 'Logout' },
    ]);
  });

  test('who was not let in: the caller’s fault; about nobody, no entity', () => {
    const event = eventOf({ ...signing, status: 401, code: 'token-invalid', patient: null });
    expect([event.outcome, event.outcomeDesc, 'entity' in event]).toEqual(['4', 'token-invalid', false]);
  });
});

test('a read, to the letter', () => {
  expect(toAuditEvent(READ, SOFTWARE)).toEqual({
    resourceType: 'AuditEvent',
    id: '0b6fbd6c-31b4-4f0b-8a58-6c0f2c1a7d11',
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'read', display: 'read' }],
    action: 'R',
    recorded: '2026-05-04T08:00:00.250Z',
    outcome: '0',
    agent: [
      {
        who: { display: 'Dr Example' },
        requestor: true,
        network: { address: '192.0.2.7', type: '2' },
      },
    ],
    source: {
      observer: {
        identifier: { system: 'https://w3id.org/axspa-screening/software', value: 'axspa-screening|1.0.0' },
        display: 'axspa-screening 1.0.0',
      },
    },
    entity: [
      {
        what: { reference: 'QuestionnaireResponse/r1' },
        type: {
          system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
          code: '2',
          display: 'System Object',
        },
        role: {
          system: 'http://terminology.hl7.org/CodeSystem/object-role',
          code: '4',
          display: 'Domain Resource',
        },
        detail: [{ type: 'request-id', valueString: 'b1a3a7de-6d4a-4f6d-9c5c-1b0c6f1f2a10' }],
      },
      {
        what: { reference: 'Patient/p1' },
        type: {
          system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
          code: '1',
          display: 'Person',
        },
        role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1', display: 'Patient' },
      },
    ],
  });
});

test.each([
  ['create', 'C'],
  ['update', 'U'],
  ['read', 'R'],
  ['vread', 'R'],
  ['history-instance', 'R'],
  ['search-type', 'E'],
  ['operation', 'E'],
  ['delete', 'D'],
] as const)('%s is action %s', (interaction, action) => {
  const event = eventOf({ interaction });
  expect([event.action, event.subtype?.[0]?.code]).toEqual([action, interaction]);
});

test.each([
  [200, '0'],
  [201, '0'],
  [202, '0'],
  [304, '0'],
  [399, '0'],
  [400, '4'],
  [401, '4'],
  [404, '4'],
  [499, '4'],
  [500, '8'],
  [503, '8'],
])('status %i is outcome %s', (status, outcome) => {
  expect(eventOf({ status }).outcome).toBe(outcome);
});

test('a failure carries its details code, and nothing else of it', () => {
  expect(eventOf({ status: 404, code: 'resource-not-found' }).outcomeDesc).toBe('resource-not-found');
  expect(eventOf({}).outcomeDesc).toBeUndefined();
});

test('an operation is named', () => {
  const event = eventOf({ interaction: 'operation', operation: 'extract' });
  expect(event.subtype).toEqual([
    { system: 'http://hl7.org/fhir/restful-interaction', code: 'operation', display: 'operation' },
    { display: '$extract' },
  ]);
});

test('nobody signed in, and no network, are said or left out', () => {
  expect(eventOf({ who: null, address: null }).agent).toEqual([
    { who: { display: 'not signed in' }, requestor: true },
  ]);
});

test("an operator's reason is the purpose", () => {
  expect(eventOf({ reason: 'Request for erasure 7' }).purposeOfEvent).toEqual([
    { text: 'Request for erasure 7' },
  ]);
  expect(eventOf({})).not.toHaveProperty('purposeOfEvent');
});

describe('what it is about', () => {
  const LOGICAL = [
    { identifier: { value: 'QuestionnaireResponse/r1' } },
    { identifier: { value: 'Patient/p1' } },
  ];

  test.each<[string, Partial<AuditRecord>]>([
    ['was refused', { status: 404 }],
    ['failed', { status: 503 }],
    ['is still queued', { status: 202, interaction: 'create' }],
    ['was erased', { interaction: 'delete' }],
  ])('is named without a link when it %s', (_name, changes) => {
    expect(whats(changes)).toEqual(LOGICAL);
  });

  test.each<[string, Partial<AuditRecord>]>([
    ['read', {}],
    ['created', { status: 201, interaction: 'create' }],
    ['sent again', { status: 200, interaction: 'create' }],
    ['explained where it is stored', { interaction: 'operation', operation: 'explain' }],
  ])('is linked when it was %s', (_name, changes) => {
    expect(whats(changes)).toEqual([{ reference: 'QuestionnaireResponse/r1' }, { reference: 'Patient/p1' }]);
  });

  test('the subject of a body that an operation looked at is named without a link', () => {
    expect(whats({ interaction: 'operation', operation: 'validate', reference: null })).toEqual([
      { type: 'QuestionnaireResponse', display: 'QuestionnaireResponse' },
      { identifier: { value: 'Patient/p1' } },
    ]);
  });

  test('a search is its type, and the patient where one was asked for', () => {
    const search = { interaction: 'search-type', type: 'Observation', reference: null } as const;
    const entity = eventOf(search).entity ?? [];
    expect(entity.map(({ what, role }) => [what, role?.display])).toEqual([
      [{ type: 'Observation', display: 'Observation' }, 'Query'],
      [{ reference: 'Patient/p1' }, 'Patient'],
    ]);
    expect(whats({ ...search, patient: null })).toEqual([{ type: 'Observation', display: 'Observation' }]);
  });

  test('a patient is one entity, not two', () => {
    const entity = eventOf({ type: 'Patient', reference: 'Patient/p1' }).entity ?? [];
    expect(entity.map(({ what, type, detail }) => [what, type?.code, detail?.length])).toEqual([
      [{ reference: 'Patient/p1' }, '1', 1],
    ]);
  });
});

test('links become names, and nothing else changes', () => {
  const event = eventOf({});
  const changed = withLogicalReferences(event);
  expect(changed).toEqual({
    ...event,
    entity: [
      { ...event.entity?.[0], what: { identifier: { value: 'QuestionnaireResponse/r1' } } },
      { ...event.entity?.[1], what: { identifier: { value: 'Patient/p1' } } },
    ],
  });
  expect(JSON.stringify(changed)).not.toContain('"reference"');
  expect(withLogicalReferences(changed)).toEqual(changed);
  const search = eventOf({ interaction: 'search-type', reference: null, patient: null });
  expect(withLogicalReferences(search)).toEqual(search);
});
