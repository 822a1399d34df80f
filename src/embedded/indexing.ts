import { type DateRange, readDate } from './dates.js';
import { isObject, type JsonObject, ownValue, valuesAt } from './json.js';
import { type LiteralReference, readLiteral } from './references.js';
import { pathsOf, type SearchParameter } from './search-parameter.js';
import { indexNameOf, SEARCH_PARAMETERS } from './search-parameters.js';

export interface Token {
  /** '' when the element has none. */
  readonly system: string;
  readonly code: string;
}

type Entry<Value> = Value & { readonly index: string };

/** What search knows about one resource. Elements of a wrong JSON type are not indexed; they are no fault here. */
export interface IndexEntries {
  readonly tokens: Entry<Token>[];
  readonly references: Entry<LiteralReference>[];
  readonly dates: Entry<DateRange>[];
  readonly strings: Entry<{ readonly value: string }>[];
}

/** Milliseconds farther away than any FHIR date (years 0001–9999): the open ends of a Period. */
const FAR = 1e15;

/** The driver reads text only up to a NUL, which FHIR forbids anyway. */
export function toKey(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}

/** Case and accents folded, as FHIR string search asks: "Müller" and "MULLER" are one key. */
export function foldString(text: string): string {
  const bare = text.normalize('NFKD').replace(/\p{M}/gu, '');
  return toKey(bare.toUpperCase().toLowerCase().trim());
}

function strings(...candidates: unknown[]): string[] {
  return candidates.filter((candidate) => typeof candidate === 'string');
}

/** code, Coding, CodeableConcept, Identifier or ContactPoint → tokens. */
function readTokens(value: unknown): Token[] {
  if (typeof value === 'string') return [{ system: '', code: toKey(value) }];
  if (typeof value === 'boolean') return [{ system: '', code: String(value) }];
  if (!isObject(value)) return [];
  const coding = ownValue(value, 'coding');
  if (Array.isArray(coding)) return coding.filter(isObject).flatMap(readTokens);
  const [system = ''] = strings(ownValue(value, 'system'));
  return strings(ownValue(value, 'code'), ownValue(value, 'value')).map((code) => ({
    system: toKey(system),
    code: toKey(code),
  }));
}

/** `url|version` is found by itself and by `url`. */
function readCanonical(value: unknown): Token[] {
  return strings(value).flatMap((text) => {
    const key = toKey(text);
    const url = key.split('|')[0] ?? key;
    return [...new Set([key, url])].map((code) => ({ system: '', code }));
  });
}

/** date, dateTime, instant or Period → range; an open end of a Period reaches to the end of time. */
function readRange(value: unknown): DateRange[] {
  if (typeof value === 'string') return [readDate(value)].filter((range) => range !== undefined);
  if (!isObject(value)) return [];
  const [start] = strings(ownValue(value, 'start')).map(readDate);
  const [end] = strings(ownValue(value, 'end')).map(readDate);
  const either = start ?? end;
  if (!either) return [];
  const low = start?.low ?? -FAR;
  return [{ ...either, low, high: end?.high ?? FAR }];
}

function readReference(value: unknown, base: string): LiteralReference[] {
  const text = isObject(value) ? ownValue(value, 'reference') : undefined;
  const target = typeof text === 'string' ? readLiteral(text, base) : undefined;
  return target ? [target] : [];
}

function readString(value: unknown): { value: string }[] {
  return strings(value).map((text) => ({ value: foldString(text) }));
}

function valuesOf(resource: JsonObject, parameter: SearchParameter): unknown[] {
  return pathsOf(parameter).flatMap((path) => valuesAt(resource, path));
}

/** Everything one resource is found by. Own absolute references need `base` to be recognised. */
export function toIndexEntries(type: string, resource: JsonObject, base: string): IndexEntries {
  const entries: IndexEntries = { tokens: [], references: [], dates: [], strings: [] };
  // Parameters that share a path share its index: one pass for each.
  const parameters = [...(SEARCH_PARAMETERS.get(type)?.values() ?? [])];
  const byIndex = new Map(parameters.map((parameter) => [indexNameOf(type, parameter), parameter]));
  for (const [index, parameter] of byIndex) {
    const named = <Value>(value: Value) => ({ ...value, index });
    const values = valuesOf(resource, parameter);
    const isToken = parameter.kind === 'token' || parameter.kind === 'uri';
    if (isToken) entries.tokens.push(...values.flatMap(readTokens).map(named));
    if (parameter.kind === 'canonical') entries.tokens.push(...values.flatMap(readCanonical).map(named));
    if (parameter.kind === 'date') entries.dates.push(...values.flatMap(readRange).map(named));
    if (parameter.kind === 'string') entries.strings.push(...values.flatMap(readString).map(named));
    if (parameter.kind === 'reference') {
      entries.references.push(...values.flatMap((value) => readReference(value, base)).map(named));
    }
  }
  return entries;
}

/** The index of the first date and of the first string of each type: what it sorts by. */
const SORT_INDEXES: ReadonlyMap<string, { day: string; name: string }> = new Map(
  [...SEARCH_PARAMETERS].map(([type, parameters]) => {
    const first = (kind: SearchParameter['kind']): string => {
      const found = [...parameters.values()].find((parameter) => parameter.kind === kind);
      return found ? indexNameOf(type, found) : '';
    };
    return [type, { day: first('date'), name: first('string') }];
  }),
);

/** The date (UTC milliseconds) and the name that a resource sorts by; without them it comes first. */
export function toSortKeys(type: string, { dates, strings }: IndexEntries): { day: number; name: string } {
  const by = SORT_INDEXES.get(type);
  return {
    day: dates.find(({ index }) => index === by?.day)?.low ?? -FAR,
    name: strings.find(({ index }) => index === by?.name)?.value ?? '',
  };
}
