import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { Problem } from '../fhir/outcome.js';

/** Who asks, as far as a token or a session tells; null for nobody known. */
type ClientOf = (req: Request) => string | null;

const WINDOW_MS = 60_000;

/** What whoever runs the service asks it; a busy caller must not make it look dead. */
const UNCOUNTED = ['/livez', '/readyz', '/metrics'];

/**
 * So many requests a minute for each client; then 429 with `Retry-After` (RFC 6585 §4), said beforehand by `RateLimit`
 * (draft-ietf-httpapi-ratelimit-headers-08). Who is not known is counted by address, so that guesses at tokens and
 * codes are; of IPv6 by its /56, as one household has that many. The address is the connection's own: anybody can
 * write an `X-Forwarded-For`. Comes before bodies are read.
 */
export function createRateLimit(limit: number, clientOf: ClientOf): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'requests',
    skip: ({ path }) => UNCOUNTED.includes(path),
    keyGenerator: (req) => {
      const client = clientOf(req);
      return client === null ? `address ${ipKeyGenerator(req.ip ?? '')}` : `client ${client}`;
    },
    handler: (_req, _res, next) => {
      next(new Problem({ code: 'rate-limit', text: `More than ${limit} requests in a minute: ask later.` }));
    },
    // Its checks write to the console, where a header could get them to.
    validate: false,
  });
}
