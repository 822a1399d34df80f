/** A member of what may be no object at all: JSON that nobody has checked. undefined for none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
