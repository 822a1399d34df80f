/** A JSON object of which nothing is known yet. Values are always tested before use. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key; `constructor` and `__proto__` of the prototype are never seen. */
export function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Everything at a dotted path, arrays flattened as FHIRPath does: `name.given` → every given name. */
export function valuesAt(resource: JsonObject, path: string): unknown[] {
  let values: unknown[] = [resource];
  for (const key of path.split('.')) {
    values = values
      .filter(isObject)
      .flatMap((value) => ownValue(value, key))
      .filter((value) => value !== undefined && value !== null);
  }
  return values;
}

/** True when arrays and objects lie in each other more than `limit` deep. Itself never deeper than that. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(inner, limit - 1));
}
