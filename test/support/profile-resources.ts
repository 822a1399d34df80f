/** The authored conformance resources, and the codes that their bindings allow. */
import { readdirSync, readFileSync } from 'node:fs';
import type {
  CapabilityStatement,
  CodeSystem,
  Coding,
  FhirResource,
  OperationDefinition,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4.js';

const FOLDER = new URL('../../resources/', import.meta.url);

const resources = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name): FhirResource => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));

function allOf<T extends FhirResource>(type: T['resourceType']): T[] {
  return resources.filter((resource): resource is T => resource.resourceType === type);
}

export const profiles = allOf<StructureDefinition>('StructureDefinition');
export const operationDefinitions = allOf<OperationDefinition>('OperationDefinition');

export function capabilityStatement(): CapabilityStatement {
  const [found, another] = allOf<CapabilityStatement>('CapabilityStatement');
  if (!found || another) throw new Error('not one CapabilityStatement');
  return found;
}

export function profileOf(id: string): StructureDefinition {
  const found = profiles.find((profile) => profile.id === id);
  if (!found) throw new Error(`no StructureDefinition ${id}`);
  return found;
}

/** Canonical of a ValueSet → `system|code` of everything in it. */
export type CodeSets = ReadonlyMap<string, ReadonlySet<string>>;

const DATA_ABSENT_REASON =
  'unknown asked-unknown temp-unknown not-asked asked-declined masked not-applicable unsupported as-text error ' +
  'not-a-number negative-infinity positive-infinity not-performed not-permitted';

/** Our ValueSets, and the one of FHIR that the profiles bind to. */
export function codeSets(): CodeSets {
  const systems = new Map(allOf<CodeSystem>('CodeSystem').map(({ url, concept = [] }) => [url, concept]));
  const ours = allOf<ValueSet>('ValueSet').map(({ url = '', compose }): [string, Set<string>] => [
    url,
    new Set(
      (compose?.include ?? []).flatMap(({ system = '', concept }) =>
        (concept ?? systems.get(system) ?? []).map(({ code }) => `${system}|${code}`),
      ),
    ),
  ]);
  const absent = DATA_ABSENT_REASON.split(' ').map(
    (code) => `http://terminology.hl7.org/CodeSystem/data-absent-reason|${code}`,
  );
  return new Map([...ours, ['http://hl7.org/fhir/ValueSet/data-absent-reason', new Set(absent)]]);
}

export function isIn(sets: CodeSets, valueSet: string, { system, code }: Coding): boolean {
  const set = sets.get(valueSet);
  if (!set) throw new Error(`no ValueSet ${valueSet}`);
  return set.has(`${system}|${code}`);
}
