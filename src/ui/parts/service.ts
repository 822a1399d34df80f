/**
 * Where the service is, from where this script came: the pages may be served below a path, and the element
 * stands in a portal of another origin. Ends with `/`.
 */
export const serviceUrl: string = baseOf(import.meta.url);

/** Everything in front of the last `/ui/`. */
export function baseOf(scriptUrl: string): string {
  return scriptUrl.slice(0, scriptUrl.lastIndexOf('/ui/') + 1);
}

/** A page of the service, such as `worklist` or `results/r1`; `query` without what is undefined. */
export function pageUrl(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const url = new URL(path, serviceUrl);
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  return url.href;
}

/** The id at the end of `/results/{id}` and `/patients/{id}`. */
export function idInPath(): string {
  return decodeURIComponent(location.pathname.split('/').at(-1) ?? '');
}
