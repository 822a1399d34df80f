import type { FhirResource } from 'fhir/r4.js';
import { BASE } from './systems.js';

/** The FHIR package of the content. Format: https://hl7.org/fhir/packages.html; index as version 2 of it has it. */
export interface FhirPackage {
  readonly name: string;
  readonly version: string;
  readonly resources: number;
  /** Path in the tarball and text, in the order in which they stand there. */
  readonly files: readonly (readonly [path: string, text: string])[];
}

/** Two namespaces, as the format asks: one alone is no package of FHIR's. */
const NAME = 'axspa.screening';

/** What the index says of a resource, as far as the resource has it as a string (an operation's `type` is not one). */
const INDEXED = [
  'resourceType',
  'id',
  'url',
  'version',
  'kind',
  'type',
  'supplements',
  'content',
  'valueSet',
  'derivation',
] as const;

/** Authored resources → the package. The CapabilityStatement says which version of the content it is; throws without. */
export function toFhirPackage(resources: readonly FhirResource[]): FhirPackage {
  const version = readVersion(resources);
  const files = resources
    .map((resource) => ({ filename: `${resource.resourceType}-${resource.id}.json`, resource }))
    .sort((a, b) => (a.filename < b.filename ? -1 : 1));
  const index = files.map(({ filename, resource }) => ({ filename, ...toIndexEntry(resource) }));
  return {
    name: NAME,
    version,
    resources: files.length,
    files: [
      ['package/package.json', toText(toManifest(version))],
      ['package/.index.json', toText({ 'index-version': 2, files: index })],
      ...files.map(({ filename, resource }) => [`package/${filename}`, toText(resource)] as const),
    ],
  };
}

function readVersion(resources: readonly FhirResource[]): string {
  const [statement, ...more] = resources.filter((one) => one.resourceType === 'CapabilityStatement');
  if (statement?.version && more.length === 0) return statement.version;
  throw new Error('Exactly one CapabilityStatement with a version says which version the package has');
}

function toManifest(version: string) {
  return {
    name: NAME,
    version,
    title: 'Back pain screening for axial spondyloarthritis',
    description:
      'Questionnaire, code systems, value sets, profiles and operations of axspa-screening. A screening aid, not a diagnosis.',
    author: 'axspa-screening',
    license: 'Apache-2.0',
    canonical: BASE,
    url: BASE,
    type: 'Conformance',
    fhirVersions: ['4.0.1'],
    dependencies: { 'hl7.fhir.r4.core': '4.0.1' },
    keywords: ['questionnaire', 'sdc', 'axial spondyloarthritis', 'back pain'],
  };
}

function toIndexEntry(resource: FhirResource): Record<string, string> {
  const values = new Map<string, unknown>(Object.entries(resource));
  const entry: Record<string, string> = {};
  for (const name of INDEXED) {
    const value = values.get(name);
    if (typeof value === 'string') entry[name] = value;
  }
  return entry;
}

function toText(json: object): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
