import type { Request, RequestHandler } from 'express';
import { Problem } from '../fhir/outcome.js';

/**
 * Throws a Problem `scope-missing` unless one of our own pages asks. A browser sends the cookie along whoever asks
 * (CSRF); where a request comes from it says in headers that no page can write: `Sec-Fetch-Site`, or `Origin` from a
 * browser that does not know that one.
 */
export function requireSameOrigin(req: Request, publicUrl: string): void {
  const site = req.get('Sec-Fetch-Site');
  const isOurs =
    site === undefined ? req.get('Origin') === new URL(publicUrl).origin : site === 'same-origin';
  if (!isOurs) {
    throw new Problem({ code: 'scope-missing', text: 'Only a page of this service may ask for this.' });
  }
}

/** What changes nothing, and what only asks whether something may be asked. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Keeps pages of other sites from changing anything, also where nobody signs in: a browser posts for any of them,
 * without asking first, what has no body or is a form. Origins that may call the API may; so may every program that
 * is no browser.
 */
export function refuseOtherSites(publicUrl: string, corsOrigins: readonly string[]): RequestHandler {
  const known = [new URL(publicUrl).origin, ...corsOrigins];
  return (req, _res, next) => {
    if (!SAFE.includes(req.method) && isOtherSite(req) && !known.includes(req.get('Origin') ?? '')) {
      throw new Problem({ code: 'scope-missing', text: 'A page of another site may not ask for this.' });
    }
    next();
  };
}

/** To http off this machine no browser sends `Sec-Fetch-Site`: there the origin is ours if its host was asked. */
function isOtherSite(req: Request): boolean {
  const [site, origin] = [req.get('Sec-Fetch-Site'), req.get('Origin')];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && URL.parse(origin)?.host !== req.get('Host');
}
