import type { Request } from 'express';
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
