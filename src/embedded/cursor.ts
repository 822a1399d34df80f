import { isDeepStrictEqual } from 'node:util';

/**
 * Where a page ended. It holds values, not positions, so that resources written between pages shift nothing;
 * and the newest version at the first page, so that every resource keeps the place it had then.
 */
export interface Cursor {
  /** `vid` of the newest version when the first page was made. */
  readonly snapshot: number;
  /** Sort keys of the last match, then its `rid`. */
  readonly after: readonly (string | number)[];
}

export function writeCursor({ snapshot, after }: Cursor): string {
  return Buffer.from(JSON.stringify([snapshot, ...after])).toString('base64url');
}

/** `kinds` are the types of the sort keys and the rid. Undefined when the text is not a cursor of such a search. */
export function readCursor(text: string, kinds: readonly ('string' | 'number')[]): Cursor | undefined {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(values)) return undefined;
  const keys = values.filter((value) => typeof value === 'string' || Number.isSafeInteger(value));
  const [snapshot, ...after] = keys;
  const found = keys.map((key) => typeof key);
  const isOfThisSearch = keys.length === values.length && isDeepStrictEqual(found, ['number', ...kinds]);
  return isOfThisSearch && typeof snapshot === 'number' ? { snapshot, after } : undefined;
}
