import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceSearchParam,
} from 'fhir/r4.js';
import { SEARCH_PARAMETERS, type SearchParameter } from './search-parameters.js';
import type { Store } from './store.js';

const INTERACTIONS = ['read', 'vread', 'update', 'create', 'search-type'] as const;

const DESCRIPTION = [
  'Built-in FHIR R4 server, deliberately small: create, read, vread, update, transaction and search for the types',
  'that axspa-screening needs, in JSON, on loopback. It enforces literal references and versions; it does not',
  'validate resources against R4, keeps decimals as JSON numbers (1.0 becomes 1), and has no delete, history,',
  'patch, batch, conditional writes, urn references or authentication. Without a zone, dates in a search are',
  'compared with the clock on the wall; sorting by _lastUpdated follows the order of writing.',
].join(' ');

function toSearchParam([name, parameter]: readonly [
  string,
  SearchParameter,
]): CapabilityStatementRestResourceSearchParam {
  return { name, type: parameter.kind === 'canonical' ? 'reference' : parameter.kind };
}

function toResource([type, parameters]: readonly [
  string,
  ReadonlyMap<string, SearchParameter>,
]): CapabilityStatementRestResource {
  const names = [...parameters].filter(([, { kind }]) => kind === 'reference').map(([name]) => name);
  return {
    // The table checks its own spelling of R4's type names; a Map's keys are plain strings.
    type: type as CapabilityStatementRestResource['type'],
    interaction: INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: false,
    conditionalUpdate: false,
    conditionalDelete: 'not-supported',
    referencePolicy: ['literal', 'local', 'enforced'],
    ...(names.length > 0 ? { searchInclude: names.map((name) => `${type}:${name}`) } : {}),
    searchParam: [{ name: '_id', type: 'token' }, ...[...parameters].map(toSearchParam)],
  };
}

/** What this server can do, told from the same table that indexing and search read. */
export function toCapabilityStatement({ base, now }: Store): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: now().toISOString(),
    kind: 'instance',
    description: DESCRIPTION,
    software: { name: 'axspa-screening embedded FHIR server (deliberately small)' },
    implementation: { description: 'Embedded FHIR store of axspa-screening', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        resource: [...SEARCH_PARAMETERS].map(toResource),
        interaction: [{ code: 'transaction' }],
      },
    ],
  };
}
