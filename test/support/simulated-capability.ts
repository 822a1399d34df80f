/** What a simulated server says of itself at `metadata`. */
import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import { SEARCH_PARAMETERS } from '../../src/embedded/search-parameters.js';
import type { Policy, SimulatedRow, TypePolicy } from './simulated-rows.js';

/** What is taken of a type; null when it is not served. */
export function typePolicyOf({ types, otherTypes }: Policy, type: string): TypePolicy | null {
  if (!SEARCH_PARAMETERS.has(type)) return null;
  const named = Object.hasOwn(types, type) ? types[type] : undefined;
  return named ?? otherTypes;
}

/** Whether a server of this row searches a type by this parameter, modifier and all. */
export function isSearchable(policy: Policy, type: string, parameter: string): boolean {
  const name = parameter.replace(/[:.].*/, '');
  if (name.startsWith('_')) return true;
  if (name === 'identifier' && type !== 'Patient' && !policy.searchByIdentifier) return false;
  const search = typePolicyOf(policy, type)?.search;
  return (
    search === undefined || search.includes(name) || (name === 'identifier' && policy.searchByIdentifier)
  );
}

function toResource({ capabilities, policy }: SimulatedRow, type: string): CapabilityStatementRestResource[] {
  const served = typePolicyOf(policy, type);
  if (!served) return [];
  const parameters = [...(SEARCH_PARAMETERS.get(type) ?? [])].filter(([name]) =>
    isSearchable(policy, type, name),
  );
  const { updateCreate } = capabilities;
  const canUpdate = served.interactions.includes('update');
  return [
    {
      type: type as CapabilityStatementRestResource['type'],
      interaction: served.interactions.map((code) => ({ code })),
      versioning: policy.needsIfMatch && canUpdate ? 'versioned-update' : 'versioned',
      readHistory: served.interactions.includes('vread'),
      ...(updateCreate === undefined ? {} : { updateCreate: updateCreate && canUpdate }),
      conditionalCreate: policy.conditionalCreate && served.interactions.includes('create'),
      conditionalUpdate: policy.conditionalUpdate && canUpdate,
      conditionalDelete:
        policy.conditionalUpdate && served.interactions.includes('delete') ? 'single' : 'not-supported',
      searchParam: [
        { name: '_id', type: 'token' },
        ...parameters.map(([name, { kind }]) => ({
          name,
          type: kind === 'canonical' ? ('reference' as const) : kind,
        })),
      ],
    },
  ];
}

/** Of a server of this row whose FHIR base is `url`. */
export function capabilitiesOf(row: SimulatedRow, url: string): CapabilityStatement {
  const { software, system } = row.capabilities;
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'instance',
    software: { ...software },
    implementation: { description: `Simulated server: ${row.name}`, url },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        resource: [...SEARCH_PARAMETERS.keys()].flatMap((type) => toResource(row, type)),
        ...(system ? { interaction: system.map((code) => ({ code })) } : {}),
      },
    ],
  };
}
