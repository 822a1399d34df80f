/** What part of the worklist is shown. */
export const FILTERS = ['all', 'urgent', 'open', 'drafts', 'delivery'] as const;

export type Filter = (typeof FILTERS)[number];

export interface Query {
  readonly filter: Filter;
  /** Part of a patient's name; empty for everybody. */
  readonly name: string;
}

/**
 * From `?filter=#name=`; what is not known shows everything. A patient's name stands behind the `#`, which no server
 * and no log on the way to one gets to see.
 */
export function readQuery(address: string): Query {
  const { searchParams, hash } = new URL(address);
  const filter = FILTERS.find((one) => one === searchParams.get('filter')) ?? 'all';
  return { filter, name: new URLSearchParams(hash.slice(1)).get('name')?.trim() ?? '' };
}

/** The address of the page for a query, with nothing in it that says nothing. */
export function withQuery(address: string, { filter, name }: Query): string {
  const url = new URL(address);
  if (filter === 'all') url.searchParams.delete('filter');
  else url.searchParams.set('filter', filter);
  url.hash = name ? `${new URLSearchParams({ name })}` : '';
  return url.href;
}
