import { type Parameters, pathsOf, type SearchParameter } from './search-parameter.js';
import { SEARCH_TABLE } from './search-table.js';

/** Type → parameter name → parameter. Maps, so that a type called `constructor` is simply unknown. */
export const SEARCH_PARAMETERS: ReadonlyMap<string, ReadonlyMap<string, SearchParameter>> = new Map(
  Object.entries<Parameters>(SEARCH_TABLE).map(([type, own]) => [type, new Map(Object.entries(own))]),
);

export function isServedType(type: string): boolean {
  return SEARCH_PARAMETERS.has(type);
}

/** The text whose `term` number scopes a parameter's index entries. */
export function indexNameOf(type: string, parameter: SearchParameter): string {
  return `${type}.${parameter.index ?? pathsOf(parameter)[0]}`;
}
