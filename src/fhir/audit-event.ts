import type { AuditEvent, AuditEventEntity, Coding, Reference } from 'fhir/r4.js';
import { type Software, softwareReference } from './observation-parts.js';

/** One use of patient data: who, what, when and how it ended. Never what the data says. */
export interface AuditRecord {
  /** UUID: a resend of the AuditEvent is the same one. */
  readonly id: string;
  readonly at: Date;
  /** `delete` is legal erasure by the operator command. */
  readonly interaction:
    | 'create'
    | 'update'
    | 'read'
    | 'vread'
    | 'history-instance'
    | 'search-type'
    | 'operation'
    | 'delete'
    | 'sign-in'
    | 'sign-out';
  /** Without its `$`. */
  readonly operation?: string;
  /** Resource type; null where somebody signs in or out. */
  readonly type: string | null;
  /** `Type/id` of the one resource it is about; null for a search, or what never got an id. */
  readonly reference: string | null;
  /** `Patient/id`; null when it is not known. */
  readonly patient: string | null;
  /** Of HTTP. */
  readonly status: number;
  /** Details code of a failure. */
  readonly code: string | null;
  readonly requestId: string;
  /** The client's, of the network; null without a network. */
  readonly address: string | null;
  /** Display of the agent; null when nobody is signed in. */
  readonly who: string | null;
  /** Why, in an operator's words. */
  readonly reason?: string;
}

const AUDIT_EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const RESTFUL_INTERACTION = 'http://hl7.org/fhir/restful-interaction';
const AUDIT_ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

const PERSON: Coding = { system: AUDIT_ENTITY_TYPE, code: '1', display: 'Person' };
const SYSTEM_OBJECT: Coding = { system: AUDIT_ENTITY_TYPE, code: '2', display: 'System Object' };
const PATIENT: Coding = { system: OBJECT_ROLE, code: '1', display: 'Patient' };
const DOMAIN_RESOURCE: Coding = { system: OBJECT_ROLE, code: '4', display: 'Domain Resource' };
const QUERY: Coding = { system: OBJECT_ROLE, code: '24', display: 'Query' };

/** A search is an execution, as in R4's own example and in IHE's Basic Audit Log Patterns. */
const ACTIONS = {
  create: 'C',
  update: 'U',
  read: 'R',
  vread: 'R',
  'history-instance': 'R',
  'search-type': 'E',
  operation: 'E',
  delete: 'D',
  'sign-in': 'E',
  'sign-out': 'E',
} as const satisfies Record<AuditRecord['interaction'], AuditEvent['action']>;

/** What is no use of the REST API, in DICOM's words, which R4 takes over (AuditEvent.type, AuditEvent.subtype). */
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const AUTHENTICATION: Coding = { system: DICOM, code: '110114', display: 'User Authentication' };
const SIGNINGS: Readonly<Partial<Record<AuditRecord['interaction'], Coding>>> = {
  'sign-in': { system: DICOM, code: '110122', display: 'Login' },
  'sign-out': { system: DICOM, code: '110123', display: 'Logout' },
};

/** Kinds of network address: "2" is an IP address. */
const IP_ADDRESS = '2';

/** AuditRecord → AuditEvent. `software` is what observed it. Has no query, no name and no text of the request. */
export function toAuditEvent(record: AuditRecord, software: Software): AuditEvent {
  const { id, at, interaction, status, code, address, who, reason } = record;
  const entity = entitiesOf(record);
  return {
    resourceType: 'AuditEvent',
    id,
    ...kindOf(record),
    action: ACTIONS[interaction],
    recorded: at.toISOString(),
    outcome: outcomeOf(status),
    ...(code !== null && { outcomeDesc: code }),
    ...(reason !== undefined && { purposeOfEvent: [{ text: reason }] }),
    agent: [
      {
        who: { display: who ?? 'not signed in' },
        requestor: true,
        ...(address !== null && { network: { address, type: IP_ADDRESS } }),
      },
    ],
    source: { observer: softwareReference(software) },
    ...(entity.length > 0 && { entity }),
  };
}

function kindOf({ interaction, operation }: AuditRecord): Pick<AuditEvent, 'type' | 'subtype'> {
  const signing = SIGNINGS[interaction];
  if (signing) return { type: AUTHENTICATION, subtype: [signing] };
  return {
    type: { system: AUDIT_EVENT_TYPE, code: 'rest', display: 'RESTful Operation' },
    subtype: [
      { system: RESTFUL_INTERACTION, code: interaction, display: interaction },
      ...(operation === undefined ? [] : [{ display: `$${operation}` }]),
    ],
  };
}

/** 4: the caller's fault. 8: ours, or of what we depend on. */
function outcomeOf(status: number): '0' | '4' | '8' {
  if (status < 400) return '0';
  return status < 500 ? '4' : '8';
}

/** What was used, then whose it is: one entity where the patient is the resource. */
function entitiesOf(record: AuditRecord): AuditEventEntity[] {
  const { interaction, type, reference, patient, requestId } = record;
  const toWhat = isThere(record) ? literal : logical;
  const detail = [{ type: 'request-id', valueString: requestId }];
  const person = { type: PERSON, role: PATIENT };
  if (type === null) return patient === null ? [] : [{ what: toWhat(patient), ...person, detail }];
  if (reference !== null && type === 'Patient') return [{ what: toWhat(reference), ...person, detail }];
  const resource: AuditEventEntity = {
    what: reference === null ? { type, display: type } : toWhat(reference),
    type: SYSTEM_OBJECT,
    role: interaction === 'search-type' ? QUERY : DOMAIN_RESOURCE,
    detail,
  };
  return patient === null ? [resource] : [resource, { what: toWhat(patient), ...person }];
}

/**
 * Whether what it is about can be referred to. Not what was refused, what is still queued (202), what was erased,
 * or the subject of a body that an operation only looked at.
 */
function isThere({ status, interaction, reference }: AuditRecord): boolean {
  if (status >= 400 || status === 202 || interaction === 'delete') return false;
  return reference !== null || (interaction !== 'operation' && !SIGNINGS[interaction]);
}

function literal(reference: string): Reference {
  return { reference };
}

function logical(reference: string): Reference {
  return { identifier: { value: reference } };
}

/**
 * The same AuditEvent, naming what it is about without a link to it: for a server that does not hold it, or holds
 * it no longer.
 */
export function withLogicalReferences(event: AuditEvent): AuditEvent {
  const entity = event.entity?.map(({ what, ...rest }) => ({
    ...rest,
    ...(what && { what: what.reference === undefined ? what : logical(what.reference) }),
  }));
  return entity ? { ...event, entity } : event;
}
