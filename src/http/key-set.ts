import type { Reply } from './reply.js';

/** What `GET /.well-known/jwks.json` shows: public keys, as a JWK Set (RFC 7517 §5). */
export type PublicSet = () => Promise<{ readonly keys: readonly object[] }>;

/** May be kept for an hour: new keys are there a day before anything is signed with them. */
export async function keySet(publicSet: PublicSet): Promise<Reply> {
  const headers = { 'Cache-Control': 'public, max-age=3600' };
  return { status: 200, headers, body: await publicSet(), type: 'application/json' };
}
