/** What part of the worklist is shown. */
export const FILTERS = ['all', 'urgent', 'open', 'drafts', 'delivery'] as const;

export type Filter = (typeof FILTERS)[number];

export interface Query {
  readonly filter: Filter;
  /** Part of a patient's name; empty for everybody. */
  readonly name: string;
}

/** From `?filter=&name=`; what is not known shows everything. */
export function readQuery(search: string): Query {
  const parameters = new URLSearchParams(search);
  const filter = FILTERS.find((one) => one === parameters.get('filter')) ?? 'all';
  return { filter, name: parameters.get('name')?.trim() ?? '' };
}

/** The address of the page for a query, with nothing in it that says nothing. */
export function withQuery(address: string, { filter, name }: Query): string {
  const url = new URL(address);
  for (const [key, value] of [
    ['filter', filter === 'all' ? '' : filter],
    ['name', name],
  ] as const) {
    if (value) url.searchParams.set(key, value);
    else url.searchParams.delete(key);
  }
  return url.href;
}
