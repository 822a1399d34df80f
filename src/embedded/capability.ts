import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceSearchParam,
} from 'fhir/r4.js';
import { AUDIT } from './referrers.js';
import type { SearchParameter } from './search-parameter.js';
import { SEARCH_PARAMETERS } from './search-parameters.js';
import type { References, Store } from './store.js';

const TYPE_INTERACTIONS = [
  'read',
  'vread',
  'update',
  'delete',
  'history-instance',
  'create',
  'search-type',
  'history-type',
] as const;
const SYSTEM_INTERACTIONS = ['transaction', 'batch', 'history-system'] as const;

const DESCRIPTION = [
  'Built-in FHIR R4 server of axspa-screening, for its own store and as a sandbox: JSON only, on loopback, without',
  'authentication. It refuses JSON that is not the R4 resource it says it is (elements, types, cardinalities,',
  'closed code lists; no invariants, profiles or terminologies), and enforces versions and the references that',
  'referencePolicy names.',
  'Subscriptions are stored, not served; a Binary is read as a resource. It has no patch, no operations, no chained',
  'search and no search modifiers but :missing, :exact and :contains, and keeps decimals as JSON numbers (1.0',
  'becomes 1). Unknown search parameters are refused unless the request says Prefer: handling=lenient. Without a',
  'zone, dates in a search are compared with the clock on the wall; sorting by _lastUpdated follows the order of',
  'writing.',
].join(' ');

/** A canonical is searched as FHIR's reference; all other kinds are FHIR's own. */
function toSearchParam([name, parameter]: readonly [
  string,
  SearchParameter,
]): CapabilityStatementRestResourceSearchParam {
  return { name, type: parameter.kind === 'canonical' ? 'reference' : parameter.kind };
}

/** `Type:parameter` of every reference that may point to a type. */
function toRevincludes(target: string): string[] {
  return [...SEARCH_PARAMETERS].flatMap(([type, parameters]) =>
    [...parameters]
      .filter(([, { kind, only = target }]) => kind === 'reference' && only === target)
      .map(([name]) => `${type}:${name}`),
  );
}

const COMMON_PARAMETERS: CapabilityStatementRestResourceSearchParam[] = [
  { name: '_id', type: 'token' },
  { name: '_lastUpdated', type: 'date' },
];

function toResource(
  [type, parameters]: readonly [string, ReadonlyMap<string, SearchParameter>],
  references: References,
): CapabilityStatementRestResource {
  const isOpen = references === 'open' || type === AUDIT;
  const names = [...parameters].filter(([, { kind }]) => kind === 'reference').map(([name]) => name);
  return {
    // The table checks its own spelling of R4's type names; a Map's keys are plain strings.
    type: type as CapabilityStatementRestResource['type'],
    interaction: TYPE_INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'not-match',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: isOpen ? ['literal', 'local'] : ['literal', 'local', 'enforced'],
    ...(names.length > 0 ? { searchInclude: names.map((name) => `${type}:${name}`) } : {}),
    searchRevInclude: toRevincludes(type),
    searchParam: [...COMMON_PARAMETERS, ...[...parameters].map(toSearchParam)],
  };
}

function toRest(references: References): CapabilityStatementRest[] {
  const resource = [...SEARCH_PARAMETERS].map((entry) => toResource(entry, references));
  return [{ mode: 'server', resource, interaction: SYSTEM_INTERACTIONS.map((code) => ({ code })) }];
}

/** The same for as long as the program runs. */
const REST = { enforced: toRest('enforced'), open: toRest('open') };

/** What this server can do, told from the same table that indexing and search read. */
export function toCapabilityStatement({ base, now, references = 'enforced' }: Store): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: now().toISOString(),
    kind: 'instance',
    description: DESCRIPTION,
    software: { name: 'axspa-screening embedded FHIR server' },
    implementation: { description: 'Embedded FHIR store of axspa-screening', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: REST[references],
  };
}
