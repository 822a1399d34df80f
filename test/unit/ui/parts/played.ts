/** A service that the test plays: what is asked of it, and what it answers. */
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { serviceUrl } from '../../../../src/ui/parts/service.js';

/** A body, or a status alone; undefined is no answer at all. */
export type Played = object | number | string | undefined;

/** Path and query below the service, decoded, such as `fhir/Task?status=requested`. → what was asked, in order */
export function play(answer: (path: string, init: RequestInit) => Played): string[] {
  const asked: string[] = [];
  globalThis.fetch = async (url, init = {}) => {
    const path = decodeURIComponent(String(url).slice(serviceUrl.length)).replaceAll('+', ' ');
    asked.push(path);
    const played = answer(path, init);
    if (played === undefined) throw new TypeError('no connection');
    const [status, body] = typeof played === 'number' ? [played, { issue: [] }] : [200, played];
    return new Response(JSON.stringify(body), { status });
  };
  return asked;
}

export function bundle(resources: readonly object[], next?: string, total?: number): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource: resource as FhirResource })),
    ...(next && { link: [{ relation: 'next', url: `${serviceUrl}fhir/${next}` }] }),
    ...(total !== undefined && { total }),
  };
}
