import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  FhirResource,
  Observation,
} from 'fhir/r4.js';

/** What a FHIR server takes, and how: the shape of everything that is sent to it. */
export interface WriteProfile {
  /** As shown in `$delivery-status` and `$delivery-plan`. */
  readonly name: string;
  /** Whether everything can go in one Bundle, all or nothing. */
  readonly transaction: boolean;
  /**
   * How a resource that is sent again is known to be the same: by the id that we give it (`PUT Type/id`), by its
   * identifier (`PUT Type?identifier=`), or only by searching before it is sent.
   */
  readonly identity: 'id' | 'identifier' | 'search';
  /**
   * How an entry of a transaction says that nothing may stand there yet: `ifNoneMatch: *`, or `ifMatch` with a
   * version that no resource ever has. HAPI ignores the first and creates what the second does not find.
   */
  readonly createGuard: 'if-none-match' | 'version-0';
  readonly questionnaireResponse: boolean;
  readonly provenance: boolean;
  readonly task: boolean;
  /** Categories of Observations that are taken; null for all. */
  readonly observationCategories: readonly string[] | null;
  /** Format of the DocumentReference that tells what is not taken; null when there is none either. */
  readonly document: DocumentFormat | null;
}

export type DocumentFormat = 'text/plain' | 'text/html';

export const FULL: WriteProfile = {
  name: 'full',
  transaction: true,
  identity: 'id',
  createGuard: 'if-none-match',
  questionnaireResponse: true,
  provenance: true,
  task: true,
  observationCategories: null,
  document: null,
};

/** Names for WRITE_PROFILE, each a correction of what the server says of itself. */
export const NAMED_PROFILES: Readonly<Record<string, Partial<WriteProfile>>> = {
  auto: {},
  full: FULL,
  'by-identifier': { transaction: true, identity: 'identifier' },
  'observations-individually': { transaction: false },
  'document-only': {
    questionnaireResponse: false,
    provenance: false,
    task: false,
    observationCategories: [],
    document: 'text/plain',
  },
  'store-only': {
    questionnaireResponse: false,
    provenance: false,
    task: false,
    observationCategories: [],
    document: null,
  },
};

/**
 * What no CapabilityStatement says of products that we know by name (service.md, "What real EHRs accept on write";
 * third-party reports, so WRITE_PROFILE corrects them; HAPI is in our tests).
 */
const PRODUCTS: readonly (readonly [name: RegExp, known: Partial<WriteProfile>])[] = [
  [/\bepic\b/i, { observationCategories: ['vital-signs'], document: 'text/plain' }],
  [
    /\b(oracle|cerner|millennium)\b/i,
    { observationCategories: ['vital-signs', 'laboratory'], document: 'text/html' },
  ],
  [/\bhapi\b/i, { createGuard: 'version-0' }],
  [/\bathena/i, { observationCategories: [], questionnaireResponse: false, document: null }],
];

/**
 * A server's CapabilityStatement → what it takes, corrected by configuration. What is not stated counts as taken
 * (HAPI does not state updateCreate); a server that lists its types and interactions takes nothing beside them.
 */
export function readWriteProfile(
  capabilities: CapabilityStatement | null,
  override: Partial<WriteProfile> = {},
): WriteProfile {
  const profile = { ...statedBy(capabilities), ...override };
  return { ...profile, name: override.name ?? nameOf(profile) };
}

function statedBy(capabilities: CapabilityStatement | null): WriteProfile {
  const rest = listOf(capabilities?.rest).find(({ mode }) => mode === 'server');
  const resources = listOf(rest?.resource);
  if (!rest || resources.length === 0) return FULL;
  const isListed = resources.some(({ interaction }) => interaction !== undefined);
  const of = (type: string) => resources.find((one) => one.type === type);
  const takes = (type: string) => canWrite(of(type));
  const product = PRODUCTS.find(([name]) => name.test(capabilities?.software?.name ?? ''))?.[1] ?? {};
  const system = listOf(rest.interaction).map(({ code }) => code);
  const stated: WriteProfile = {
    name: '',
    transaction: rest.interaction === undefined ? !isListed : system.includes('transaction'),
    identity: identityOf(['QuestionnaireResponse', 'Observation'].map(of)),
    createGuard: 'if-none-match',
    questionnaireResponse: takes('QuestionnaireResponse'),
    provenance: takes('Provenance'),
    task: takes('Task'),
    observationCategories: takes('Observation') ? null : [],
    document: takes('DocumentReference') ? 'text/plain' : null,
  };
  const known = { ...stated, ...product };
  // What it says that it does not take, it does not take, whatever is known of the product.
  return {
    ...known,
    questionnaireResponse: known.questionnaireResponse && stated.questionnaireResponse,
    observationCategories: takes('Observation') ? known.observationCategories : [],
    document: stated.document && known.document,
  };
}

function canWrite(resource: CapabilityStatementRestResource | undefined): boolean {
  if (!resource) return false;
  const { interaction } = resource;
  return interaction === undefined || interaction.some(({ code }) => code === 'create' || code === 'update');
}

/** The best that every one of them has. */
function identityOf(resources: readonly (CapabilityStatementRestResource | undefined)[]) {
  const written = resources.filter((one) => one !== undefined && canWrite(one));
  const canPut = ({ interaction, updateCreate }: CapabilityStatementRestResource = { type: 'Basic' }) =>
    updateCreate !== false &&
    (interaction === undefined || interaction.some(({ code }) => code === 'update'));
  if (written.every(canPut)) return 'id';
  return written.every((one) => one?.conditionalUpdate === true) ? 'identifier' : 'search';
}

/** A list as a server gave it; anything else is none. */
function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'object' && one !== null) : [];
}

function nameOf(profile: WriteProfile): string {
  if (isFull(profile)) return 'full';
  const { observationCategories, questionnaireResponse, document } = profile;
  const takesOurs = observationCategories === null || observationCategories.includes('survey');
  if (!takesOurs && !questionnaireResponse) return document ? 'document-only' : 'store-only';
  if (!profile.transaction) return 'observations-individually';
  return profile.identity === 'identifier' ? 'by-identifier' : 'in-parts';
}

/** Whether the server takes everything as it is, so that it alone holds the records. */
export function isFull(profile: WriteProfile): boolean {
  const { transaction, identity, questionnaireResponse, provenance, task, observationCategories } = profile;
  const takesAll = questionnaireResponse && provenance && task && observationCategories === null;
  return transaction && identity === 'id' && takesAll;
}

/** Whether the server takes this resource. */
export function isTaken(resource: FhirResource, profile: WriteProfile): boolean {
  switch (resource.resourceType) {
    case 'QuestionnaireResponse':
      return profile.questionnaireResponse;
    case 'Provenance':
      return profile.provenance;
    case 'Task':
      return profile.task;
    case 'Observation':
      return isTakenCategory(resource, profile);
    default:
      return false;
  }
}

function isTakenCategory({ category = [] }: Observation, { observationCategories }: WriteProfile): boolean {
  if (observationCategories === null) return true;
  return category.some(({ coding = [] }) =>
    coding.some(({ code }) => code !== undefined && observationCategories.includes(code)),
  );
}
