import { type Issue, Problem } from '../fhir/outcome.js';
import { isObject, type JsonObject } from './json.js';
import type { Plan } from './plan.js';
import { findReferences } from './references.js';
import { findIds } from './search.js';
import { isServedType } from './search-parameters.js';
import type { Store } from './store.js';

/** Elements that may point to another entry: References, and URLs such as that of an Attachment. */
const POINTERS = new Set(['reference', 'url', 'uri', 'valueUri', 'valueUrl', 'valueUuid', 'valueOid']);

const CONDITIONAL = /^([A-Za-z]+)\?(.+)$/s;

/** fullUrl → `Type/id`, for entries that others cannot name otherwise: the server chose the id, or a urn was given. */
function readFullUrls(plans: readonly Plan[]): Map<string, string> {
  const targets = new Map<string, string>();
  const faults: Issue[] = [];
  for (const { write, id } of plans) {
    const { fullUrl, method, type, requestAt = '' } = write;
    if (fullUrl === undefined || id === undefined) continue;
    if (method !== 'POST' && !fullUrl.startsWith('urn:')) continue;
    if (targets.has(fullUrl)) {
      const expression = requestAt.replace(/request$/, 'fullUrl');
      faults.push({ code: 'wrong-json-type', text: 'Two entries have this fullUrl.', expression });
    }
    targets.set(fullUrl, `${type}/${id}`);
  }
  Problem.throwIfAny(faults);
  return targets;
}

/** Adds the conditional references of a resource (`Patient?identifier=…`); each must match exactly one resource. */
function findConditional(store: Store, { write }: Plan, targets: Map<string, string>): Issue[] {
  return findReferences(write.resource ?? {}, write.at).flatMap(({ text, at }) => {
    const [, type = '', query = ''] = CONDITIONAL.exec(text) ?? [];
    if (!isServedType(type) || targets.has(text)) return [];
    const [id, ...more] = findIds(store, type, query);
    if (id !== undefined && more.length === 0) {
      targets.set(text, `${type}/${id}`);
      return [];
    }
    const fault = `${id === undefined ? 'No' : 'More than one'} ${type} matches; a conditional reference must match exactly one.`;
    return [{ code: 'multiple-matches', text: fault, expression: at }];
  });
}

/** A copy with every pointer that is a key of `targets` replaced. */
function rewrite(value: unknown, targets: ReadonlyMap<string, string>, key = ''): unknown {
  if (typeof value === 'string') return POINTERS.has(key) ? (targets.get(value) ?? value) : value;
  if (Array.isArray(value)) return value.map((inner) => rewrite(inner, targets, key));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, rewrite(inner, targets, name)]),
  );
}

function rewriteResource(resource: JsonObject, targets: ReadonlyMap<string, string>): JsonObject {
  const rewritten = rewrite(resource, targets);
  return isObject(rewritten) ? rewritten : resource;
}

/** R4 §3.1.0.11.2: references to other entries and conditional references become literal ones. */
export function resolveReferences(store: Store, plans: readonly Plan[]): Plan[] {
  const targets = readFullUrls(plans);
  Problem.throwIfAny(plans.flatMap((plan) => findConditional(store, plan, targets)));
  if (targets.size === 0) return [...plans];
  return plans.map((plan) => {
    const { resource } = plan.write;
    if (!resource) return plan;
    return { ...plan, write: { ...plan.write, resource: rewriteResource(resource, targets) } };
  });
}
