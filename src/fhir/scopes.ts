/** What SMART lets a client do with resources of one type: create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** One resource scope of SMART App Launch 2.2, or of version 1. */
export interface Grant {
  readonly level: 'patient' | 'user' | 'system';
  /** Resource type, or `*` for any. */
  readonly type: string;
  readonly permissions: readonly Permission[];
  /** What a resource must match, as a search would say it; null for any. */
  readonly query: URLSearchParams | null;
}

const SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(\*|read|write|[cruds]{1,5})(?:\?(.+))?$/;

/** Version 1 in the words of version 2 (SMART App Launch 2.2, "Scopes for requesting FHIR Resources"). */
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Value of the `scope` claim → what it grants. What is no resource scope (`openid`), or no scope at all, grants nothing. */
export function readScopes(text: string): Grant[] {
  return text.split(/\s+/).flatMap((one) => readScope(one) ?? []);
}

function readScope(text: string): Grant | null {
  const [, level, type, asked, query] = SCOPE.exec(text) ?? [];
  if (!isLevel(level) || type === undefined || asked === undefined) return null;
  const letters = VERSION_1[asked] ?? asked;
  // Version 1 knows no query; version 2 wants its letters in this order, each once.
  if ((asked in VERSION_1 && query !== undefined) || !/^c?r?u?d?s?$/.test(letters)) return null;
  const permissions = [...letters].filter(isPermission);
  return { level, type, permissions, query: query === undefined ? null : new URLSearchParams(query) };
}

function isLevel(text: string | undefined): text is Grant['level'] {
  return text === 'patient' || text === 'user' || text === 'system';
}

function isPermission(letter: string): letter is Permission {
  return 'cruds'.includes(letter);
}
