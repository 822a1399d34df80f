import type { Issue } from '../fhir/outcome.js';
import { isId } from './ids.js';
import { isObject, type JsonObject } from './json.js';

/** A literal reference and the FHIRPath of the element that holds it. */
export interface FoundReference {
  readonly text: string;
  readonly at: string;
}

export interface LiteralReference {
  readonly type: string;
  readonly id: string;
}

/**
 * Every Reference.reference of a resource, contained resources and extensions included. R4 has no other element
 * of this name that holds a string, so no element table is needed.
 */
export function findReferences(resource: JsonObject, at: string): FoundReference[] {
  const found: FoundReference[] = [];
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      value.forEach((element, index) => {
        walk(element, `${path}[${index}]`);
      });
    } else if (isObject(value)) {
      if (Object.hasOwn(value, 'reference') && typeof value.reference === 'string') {
        found.push({ text: value.reference, at: path });
      }
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    }
  };
  walk(resource, at);
  return found;
}

const LITERAL = /^([A-Za-z]+)\/([^/]+)(?:\/_history\/[^/]+)?$/;

/** `Type/id`, the same under our own base, with or without a version → type and id. */
export function readLiteral(text: string, base: string): LiteralReference | undefined {
  const relative = text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text;
  const [, type, id] = LITERAL.exec(relative) ?? [];
  return type !== undefined && id !== undefined && isId(id) ? { type, id } : undefined;
}

/**
 * The fault of one reference, or nothing. As HAPI does by default: what is referred to must exist here, unless the
 * caller takes `exists` to be true of all, and references to other servers are refused. `exists` also sees what the
 * same transaction writes.
 */
export function checkReference(
  { text, at }: FoundReference,
  base: string,
  exists: (target: LiteralReference) => boolean,
): Issue | undefined {
  if (text.startsWith('#')) return undefined;
  const target = readLiteral(text, base);
  if (target && exists(target)) return undefined;
  const fault = target
    ? `The resource ${target.type}/${target.id} that is referred to does not exist on this server.`
    : 'Only references of the form Type/id to a resource of this server are accepted; absolute, urn and conditional references are not.';
  return { code: 'reference-not-found', text: fault, expression: at };
}
