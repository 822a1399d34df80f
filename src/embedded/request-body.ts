import type { Request } from 'express';
import { type DetailsCode, type Issue, Problem } from '../fhir/outcome.js';
import { isId } from './ids.js';
import { isDeeperThan, isObject, type JsonObject, ownValue } from './json.js';
import { structureFaults } from './shape.js';

/** Far above any clinical document, and far below what overflows the stack of a recursive function. */
const MAX_DEPTH = 250;

const MEDIA_TYPE = /^application\/(fhir\+)?json *(;|$)/i;
const OTHER_CHARSET = /charset *= *(?!"?utf-?8"?)/i;

function refuse(code: DetailsCode, text: string, expression?: string): never {
  throw new Problem({ code, text, ...(expression === undefined ? {} : { expression }) });
}

/** Before the body is read: only JSON in UTF-8. */
export function requireJson(request: Request): void {
  const type = request.headers['content-type'] ?? '';
  if (!MEDIA_TYPE.test(type) || OTHER_CHARSET.test(type)) {
    refuse('media-type', 'The Content-Type must be application/fhir+json or application/json, in UTF-8.');
  }
}

/** The same for `POST Type/_search`; without a body there is no type to state. */
export function requireForm(request: Request): void {
  const type = request.headers['content-type'];
  if (type === undefined || /^application\/x-www-form-urlencoded *(;|$)/i.test(type)) return;
  refuse('media-type', 'The Content-Type of a search must be application/x-www-form-urlencoded.');
}

/** The request's bytes → a JSON object that names its resource type. */
export function readBody(bytes: unknown): JsonObject {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0),
    );
    value = JSON.parse(text);
  } catch {
    refuse('not-json', 'The body is not JSON in UTF-8.');
  }
  if (isDeeperThan(value, MAX_DEPTH)) {
    refuse('nesting-too-deep', `The body is nested more than ${MAX_DEPTH} levels deep.`);
  }
  if (!isObject(value)) refuse('wrong-json-type', 'The body must be a JSON object.');
  return value;
}

/**
 * What is wrong with a resource: its type, its id, then its whole structure. `id` is that of the URL; null where
 * the server chooses one and an id in the body is ignored.
 */
export function shapeFaults(resource: JsonObject, type: string, id: string | null, at: string): Issue[] {
  const [foundType, foundId] = [ownValue(resource, 'resourceType'), ownValue(resource, 'id')];
  if (foundType !== type) {
    const text = `The resource must be a ${type}, as the URL says.`;
    return [{ code: 'wrong-resource-type', text, expression: at }];
  }
  const expression = `${at}.id`;
  const ofId: Issue[] = [];
  if (id !== null && !isId(id)) {
    ofId.push({
      code: 'wrong-json-type',
      text: 'An id is 1 to 64 letters, digits, "-" and ".".',
      expression,
    });
  } else if (id !== null && foundId !== id) {
    const code = foundId === undefined ? 'missing-element' : 'wrong-json-type';
    ofId.push({ code, text: 'The resource must have the id of the URL.', expression });
  }
  const structure = structureFaults(resource, type, at);
  return ofId.length === 0
    ? structure
    : [...ofId, ...structure.filter((one) => one.expression !== expression)];
}
