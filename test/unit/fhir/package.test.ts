import { describe, expect, test } from '@jest/globals';
import type { FhirResource } from 'fhir/r4.js';
import { toFhirPackage } from '../../../src/fhir/package.js';

const url = (path: string) => `https://w3id.org/axspa-screening/${path}`;
const STATEMENT = {
  resourceType: 'CapabilityStatement',
  id: 'axspa-screening',
  url: url('CapabilityStatement/axspa-screening'),
  version: '1.2.3',
  kind: 'capability',
} as FhirResource;
const PROFILE = {
  resourceType: 'StructureDefinition',
  id: 'panel',
  url: url('StructureDefinition/panel'),
  version: '1.0.0',
  kind: 'resource',
  type: 'Observation',
  derivation: 'constraint',
} as FhirResource;
const CODES = {
  resourceType: 'CodeSystem',
  id: 'verdicts',
  url: url('CodeSystem/verdicts'),
  version: '1.0.0',
  content: 'complete',
  valueSet: url('ValueSet/verdicts'),
} as FhirResource;
const OPERATION = {
  resourceType: 'OperationDefinition',
  id: 'extract',
  url: url('OperationDefinition/extract'),
  kind: 'operation',
  type: true,
} as FhirResource;

const read = (resources: readonly FhirResource[], path: string) =>
  JSON.parse(toFhirPackage(resources).files.find(([name]) => name === path)?.[1] ?? 'null');

describe('the manifest', () => {
  const manifest = read([STATEMENT], 'package/package.json');

  test('says what the format asks for', () => {
    expect(manifest).toMatchObject({
      version: '1.2.3',
      canonical: 'https://w3id.org/axspa-screening',
      fhirVersions: ['4.0.1'],
      type: 'Conformance',
      license: 'Apache-2.0',
      dependencies: { 'hl7.fhir.r4.core': '4.0.1' },
    });
    for (const name of ['title', 'description', 'author', 'url']) expect(manifest[name]).toMatch(/./);
  });

  test('has a name of at least two namespaces, and no scope', () => {
    expect(manifest.name).toMatch(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/);
  });
});

describe('the index', () => {
  test('names every resource in the order of the files, with what it has of the format’s elements', () => {
    expect(read([PROFILE, STATEMENT, CODES], 'package/.index.json')).toEqual({
      'index-version': 2,
      files: [
        { filename: 'CapabilityStatement-axspa-screening.json', ...STATEMENT },
        { filename: 'CodeSystem-verdicts.json', ...CODES },
        { filename: 'StructureDefinition-panel.json', ...PROFILE },
      ],
    });
  });

  test('leaves out the type of an operation, which is not a string', () => {
    const [, operation] = read([STATEMENT, OPERATION], 'package/.index.json').files;
    const { type: _, ...indexed } = OPERATION as FhirResource & { type: boolean };
    expect(operation).toEqual({ filename: 'OperationDefinition-extract.json', ...indexed });
  });
});

test('every resource is a file of its own, as it is', () => {
  const { files, resources } = toFhirPackage([PROFILE, STATEMENT]);
  expect([resources, files.map(([path]) => path)]).toEqual([
    2,
    [
      'package/package.json',
      'package/.index.json',
      'package/CapabilityStatement-axspa-screening.json',
      'package/StructureDefinition-panel.json',
    ],
  ]);
  expect(read([PROFILE, STATEMENT], 'package/StructureDefinition-panel.json')).toEqual(PROFILE);
});

test('the order in which they were read does not matter', () => {
  expect(toFhirPackage([CODES, PROFILE, STATEMENT])).toEqual(toFhirPackage([STATEMENT, CODES, PROFILE]));
});

test.each([
  ['no CapabilityStatement', [PROFILE]],
  ['two of them', [STATEMENT, { ...STATEMENT, id: 'other' }]],
  ['one without a version', [{ resourceType: 'CapabilityStatement', id: 'a' } as FhirResource]],
])('%s: nobody knows which version the package is', (_, resources) => {
  expect(() => toFhirPackage(resources)).toThrow('CapabilityStatement');
});
