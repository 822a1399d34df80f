import type { Request } from 'express';
import { Problem } from '../fhir/outcome.js';
import type { Intake } from '../operations/intake-port.js';
import type { Reply } from './reply.js';

/** Where our Subscription has notifications sent. */
export const SUBSCRIPTION_HOOK = '/subscription-hook';

/**
 * A notification of the FHIR server: answered at once, looked after behind it. Its body is not read, whatever it
 * says: what was stored is read back from the server.
 */
export function subscriptionHook(req: Request, intake: Intake): Reply {
  if (!intake.isSender(req.get('Authorization'))) {
    const text = 'A notification carries the secret that the Subscription was registered with.';
    throw new Problem({ code: 'token-invalid', text });
  }
  intake.wake();
  return { status: 200 };
}
