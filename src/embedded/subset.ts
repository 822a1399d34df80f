import { isObject, type JsonObject, ownValue } from './json.js';
import type { Query } from './search-query.js';
import { SHAPES } from './shapes.js';

/** Says that a resource is not whole, so that nobody writes it back. */
const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** What a subset never leaves out, beside the required elements: what names it and what changes its meaning. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension'];

function toMeta(meta: unknown): JsonObject {
  const known = isObject(meta) ? meta : {};
  const tags = ownValue(known, 'tag');
  return { ...known, tag: [...(Array.isArray(tags) ? tags : []), SUBSETTED] };
}

/** A match as JSON text with the elements that `_elements` asks for, or as it is stored. */
export function toSubset({ elements, type }: Query, json: string): string {
  if (!elements) return json;
  const resource: unknown = JSON.parse(json);
  if (!isObject(resource)) return json;
  const required = (SHAPES.get(type)?.required ?? []).flatMap(({ spellings }) => spellings);
  const kept = new Set([...ALWAYS, ...required, ...elements]);
  const subset = Object.entries(resource).filter(([name]) => kept.has(name.replace(/^_/, '')));
  return JSON.stringify({ ...Object.fromEntries(subset), meta: toMeta(resource.meta) });
}
