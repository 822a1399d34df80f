import type { Request } from 'express';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import { invitePatient } from '../operations/invite-patient.js';
import { openInvitation } from '../operations/open-invitation.js';
import type { Ports } from '../operations/ports.js';
import type { Sessions } from '../operations/session-port.js';
import type { Call } from './guard.js';
import type { Reply } from './reply.js';
import { bodyOf, pathPart } from './request.js';
import { requireSameOrigin } from './same-origin.js';

/** `POST Patient/{id}/$invite`: its answer holds a secret. */
export async function invite(req: Request, { ports }: Call): Promise<Reply> {
  const body = await invitePatient(pathPart(req, 'id'), req.body, ports);
  return { status: 200, body };
}

/** `POST /invitation`, by a person's hand: what only looks at links (a mail scanner) uses none up. */
export async function openLink(
  req: Request,
  ports: Ports,
  sessions: Pick<Sessions, 'find' | 'begin'>,
): Promise<Reply> {
  requireSameOrigin(req, ports.publicUrl);
  const body = bodyOf(req);
  const [token, claim = null] = [memberOf(body, 'token'), memberOf(body, 'claim')];
  const isClaim = claim === null || (typeof claim === 'string' && /^[\w-]{16,64}$/.test(claim));
  if (typeof token !== 'string' || !isClaim) {
    const text =
      'The body must be JSON: {"token": "…"}, and "claim" of 16 to 64 letters and digits, or none.';
    throw new Problem({ code: 'missing-element', text });
  }
  const { location, setCookie, signed } = await openInvitation(
    { token, claim: typeof claim === 'string' ? claim : null, cookie: req.get('Cookie') },
    ports,
    sessions,
  );
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-store', ...(setCookie !== null && { 'Set-Cookie': setCookie }) },
    body: { location },
    type: 'application/json; charset=utf-8',
    signed,
  };
}
