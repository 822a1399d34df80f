/**
 * One search parameter of a type. A path is an element path; `a | b` are the spellings of a choice element or
 * the parts of a name. The first path names the index, so two parameters over one path (`patient`, `subject`)
 * share it.
 */
export interface SearchParameter {
  readonly kind: 'token' | 'canonical' | 'uri' | 'reference' | 'date' | 'string';
  readonly path: string;
  /** Only references to this type (`patient` over `subject`). */
  readonly only?: string;
  /** Name of the index, where the first path names another one already. */
  readonly index?: string;
}

export const token = (path: string): SearchParameter => ({ kind: 'token', path });
export const canonical = (path: string): SearchParameter => ({ kind: 'canonical', path });
export const uri = (path: string): SearchParameter => ({ kind: 'uri', path });
export const date = (path: string): SearchParameter => ({ kind: 'date', path });
export const string = (path: string): SearchParameter => ({ kind: 'string', path });
export const reference = (path: string): SearchParameter => ({ kind: 'reference', path });
export const patient = (path: string): SearchParameter => ({ kind: 'reference', path, only: 'Patient' });

/** The spellings of a parameter's path. */
export function pathsOf(parameter: SearchParameter): readonly string[] {
  return parameter.path.split(' | ');
}

/** The search parameters of a type, by name. */
export type Parameters = Readonly<Record<string, SearchParameter>>;
