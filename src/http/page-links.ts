import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BundleLink } from 'fhir/r4.js';
import { Problem } from '../fhir/outcome.js';

/** Whose search it is: its type, and a text that is the same for whoever sees the same. */
export interface Searching {
  readonly type: string;
  readonly seen: string;
}

/**
 * Links to further pages, for callers who do not see everything. What is in such a link goes to the FHIR server as it
 * is: whoever made one up could ask about other patients, and learn from what is left out of the answer.
 */
export interface PageLinks {
  /** Links of a search, each with a seal that only such a caller can use. */
  sealed(links: readonly BundleLink[], searching: Searching): BundleLink[];
  /** A search, without its seal. Throws a Problem `unknown-parameter` for a link that was not given to such a caller. */
  opened(query: URLSearchParams, searching: Searching): URLSearchParams;
}

const PAGE = '_page';
const SEAL = '_seal';

/** The key lives as long as the process: after a restart a search begins anew. */
export function createPageLinks(): PageLinks {
  const key = randomBytes(32);
  const sealOf = (page: string, { type, seen }: Searching) =>
    createHmac('sha256', key)
      .update(JSON.stringify([type, seen, page]))
      .digest('base64url');
  return {
    sealed: (links, searching) =>
      links.map((link) => {
        const [, page] = /\?_page=([\w-]+)$/.exec(link.url) ?? [];
        return page === undefined ? link : { ...link, url: `${link.url}&${SEAL}=${sealOf(page, searching)}` };
      }),
    opened: (query, searching) => {
      if (!query.has(PAGE)) return query;
      const [page = '', ...others] = query.getAll(PAGE);
      const [seal = '', ...seals] = query.getAll(SEAL);
      const isOne = others.length === 0 && seals.length === 0;
      if (!isOne || !isSame(seal, sealOf(page, searching))) {
        throw new Problem({
          code: 'unknown-parameter',
          text: `"${PAGE}" is not a link that was given to you.`,
        });
      }
      const rest = new URLSearchParams(query);
      rest.delete(SEAL);
      return rest;
    },
  };
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
