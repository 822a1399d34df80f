/**
 * FHIR servers as this product meets them on a write, one row each (service.md, "What real EHRs accept on write").
 * A row is data: `capabilities` is what the server says of itself, `policy` what it does. The two may differ, as
 * they do in real servers: HAPI never states updateCreate, and a scope that is missing is in no statement.
 */
export type Interaction =
  | 'read'
  | 'vread'
  | 'update'
  | 'delete'
  | 'history-instance'
  | 'history-type'
  | 'create'
  | 'search-type';

export interface Capabilities {
  readonly software: { readonly name: string; readonly version: string };
  /** `updateCreate` of every type that is updated; absent: not stated, which counts as supported. */
  readonly updateCreate?: boolean;
  /** `rest[0].interaction`; absent: no such element. */
  readonly system?: readonly ('transaction' | 'batch' | 'history-system')[];
}

/** What is taken of one resource type. */
export interface TypePolicy {
  readonly interactions: readonly Interaction[];
  /** Search parameters beside those that begin with `_`; absent: all that the store knows. */
  readonly search?: readonly string[];
  /** Codes of which a written resource must have one as its category; absent: any. */
  readonly categories?: readonly string[];
  /** Media types that an attachment may have; absent: any. */
  readonly formats?: readonly string[];
}

export interface Policy {
  readonly types: Readonly<Record<string, TypePolicy>>;
  /** Of the types that `types` does not name; null: they are answered 404. */
  readonly otherTypes: TypePolicy | null;
  /** Whether a Bundle is taken at the base. */
  readonly transaction: boolean;
  /** Whether `PUT Type/id` of an id that is not there makes it. */
  readonly updateCreate: boolean;
  /** Whether `PUT Type?identifier=…` is taken; otherwise 400. */
  readonly conditionalUpdate: boolean;
  /** Whether If-None-Exist is looked at; otherwise it is ignored without a word. */
  readonly conditionalCreate: boolean;
  /** How If-Match and If-None-Match are read on a write. */
  readonly conditions: 'standard' | 'hapi';
  /** Whether an update without If-Match is answered 412. */
  readonly needsIfMatch: boolean;
  /** Whether a create whose identifier is there already is answered 400. */
  readonly refusesDuplicates: boolean;
  /** Whether a DocumentReference without `context.encounter` is answered 400. */
  readonly needsEncounter: boolean;
  /** Whether `identifier` is a search parameter of types other than Patient. */
  readonly searchByIdentifier: boolean;
  /**
   * What becomes of a search parameter that is not supported: 400, or left out of the search. Where it is left
   * out, a search by nothing else than such parameters is 400 all the same.
   */
  readonly unsupportedSearch: 'refused' | 'ignored';
  /** Types that may be searched; any other is 403 though the statement says it can be. Absent: all. */
  readonly searchGranted?: readonly string[];
  /** What a create or update is answered with: the resource, or nothing but a Location of this kind. */
  readonly answer: 'resource' | 'relative location' | 'absolute location';
}

export interface SimulatedRow {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly policy: Policy;
}

const READ: readonly Interaction[] = ['read', 'search-type'];
const CREATE: readonly Interaction[] = [...READ, 'create'];
const UPDATE: readonly Interaction[] = [...CREATE, 'update', 'vread', 'history-instance'];
const EVERY: readonly Interaction[] = [...UPDATE, 'history-type', 'delete'];

const OF_PATIENT = ['patient', 'subject', 'category', 'type', 'status', 'date', 'encounter', 'code'];
const OF_PERSON = ['identifier', 'name', 'family', 'given', 'birthdate', 'gender'];
const PERSON: TypePolicy = { interactions: READ, search: OF_PERSON };
const READ_ONLY: TypePolicy = { interactions: READ, search: OF_PATIENT };

/** Everything a FHIR server can do for this product. */
const FULL: Policy = {
  types: {},
  otherTypes: { interactions: EVERY },
  transaction: true,
  updateCreate: true,
  conditionalUpdate: true,
  conditionalCreate: true,
  conditions: 'standard',
  needsIfMatch: false,
  refusesDuplicates: false,
  needsEncounter: false,
  searchByIdentifier: true,
  unsupportedSearch: 'refused',
  answer: 'resource',
};

/** One resource at a time, ids of the server's own, and no condition that is looked at. */
const PLAIN: Policy = {
  ...FULL,
  otherTypes: { interactions: UPDATE },
  transaction: false,
  updateCreate: false,
  conditionalUpdate: false,
  conditionalCreate: false,
};

export const HAPI_LIKE: SimulatedRow = {
  name: 'hapi-like',
  capabilities: {
    software: { name: 'HAPI FHIR Server', version: '8.8.0' },
    system: ['transaction', 'history-system'],
  },
  policy: { ...FULL, conditions: 'hapi' },
};

export const NO_UPDATE_CREATE: SimulatedRow = {
  name: 'no-update-create',
  capabilities: {
    software: { name: 'Server that chooses ids', version: '1' },
    updateCreate: false,
    system: ['transaction', 'batch'],
  },
  policy: { ...FULL, updateCreate: false },
};

export const NO_TRANSACTION: SimulatedRow = {
  name: 'no-transaction',
  capabilities: { software: { name: 'Server without transactions', version: '1' }, updateCreate: true },
  policy: { ...FULL, transaction: false },
};

const EPIC_POLICY: Policy = {
  ...PLAIN,
  otherTypes: null,
  types: {
    Patient: PERSON,
    Encounter: READ_ONLY,
    QuestionnaireResponse: READ_ONLY,
    Observation: { interactions: CREATE, search: OF_PATIENT, categories: ['vital-signs'] },
    DocumentReference: {
      interactions: CREATE,
      search: OF_PATIENT,
      formats: ['text/plain', 'text/html'],
    },
  },
  refusesDuplicates: true,
  searchByIdentifier: false,
  unsupportedSearch: 'ignored',
  answer: 'relative location',
};

export const EPIC_LIKE: SimulatedRow = {
  name: 'epic-like',
  capabilities: { software: { name: 'Epic', version: 'November 2025' }, updateCreate: false },
  policy: EPIC_POLICY,
};

export const EPIC_LIKE_ENCOUNTER: SimulatedRow = {
  ...EPIC_LIKE,
  name: 'epic-like-encounter',
  policy: { ...EPIC_POLICY, needsEncounter: true },
};

export const ORACLE_LIKE: SimulatedRow = {
  name: 'oracle-like',
  capabilities: { software: { name: 'Oracle Health Millennium', version: '2025.12' }, updateCreate: false },
  policy: {
    ...PLAIN,
    otherTypes: null,
    types: {
      Patient: PERSON,
      Encounter: READ_ONLY,
      QuestionnaireResponse: READ_ONLY,
      Observation: {
        interactions: UPDATE,
        search: OF_PATIENT,
        categories: ['vital-signs', 'laboratory'],
      },
      DocumentReference: {
        interactions: UPDATE,
        search: OF_PATIENT,
        formats: ['text/html', 'application/pdf', 'text/plain'],
      },
    },
    needsIfMatch: true,
    searchByIdentifier: false,
    answer: 'absolute location',
  },
};

export const ATHENA_LIKE: SimulatedRow = {
  name: 'athena-like',
  capabilities: { software: { name: 'athenahealth', version: '25.11' }, updateCreate: false },
  policy: {
    ...PLAIN,
    otherTypes: null,
    types: {
      Patient: PERSON,
      Encounter: READ_ONLY,
      Observation: READ_ONLY,
      QuestionnaireResponse: READ_ONLY,
      DocumentReference: READ_ONLY,
    },
    searchByIdentifier: false,
  },
};

/** Where sending again without looking first would double. */
export const NO_DEDUPE: SimulatedRow = {
  name: 'no-dedupe',
  capabilities: { software: { name: 'Server without conditions', version: '1' }, updateCreate: false },
  policy: PLAIN,
};

/** The same, and nobody may look. */
export const NO_DEDUPE_BLIND: SimulatedRow = {
  name: 'no-dedupe-blind',
  capabilities: { software: { name: 'Server that lets nobody search', version: '1' }, updateCreate: false },
  policy: { ...PLAIN, searchGranted: ['Patient'] },
};

export const SIMULATED_ROWS: readonly SimulatedRow[] = [
  HAPI_LIKE,
  NO_UPDATE_CREATE,
  NO_TRANSACTION,
  EPIC_LIKE,
  EPIC_LIKE_ENCOUNTER,
  ORACLE_LIKE,
  ATHENA_LIKE,
  NO_DEDUPE,
  NO_DEDUPE_BLIND,
];
