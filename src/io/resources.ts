import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4.js';

/** Reads the authored resources of a folder. Rejects on a file that is not JSON or not named after its resource. */
export async function loadResources(folder: string): Promise<FhirResource[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => loadResource(folder, name)));
}

async function loadResource(folder: string, name: string): Promise<FhirResource> {
  const text = await readFile(join(folder, name), 'utf8');
  const resource = parse(text, name);
  if (name === `${resource.resourceType}-${resource.id}.json`) return resource;
  throw new Error(`resources/${name} is not named after its resource`);
}

function parse(text: string, name: string): FhirResource {
  try {
    const resource = JSON.parse(text);
    if (typeof resource?.resourceType === 'string') return resource;
  } catch {
    throw new Error(`resources/${name} is not JSON`);
  }
  throw new Error(`resources/${name} is not a FHIR resource`);
}
