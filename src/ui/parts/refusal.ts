/** Why somebody is not let in: nobody is signed in any more, or who is signed in may not. */
export type Refusal = 'signedOut' | 'forbidden';

/** By HTTP status; null for any other. */
export function refusalFor(status: number): Refusal | null {
  if (status === 401) return 'signedOut';
  return status === 403 ? 'forbidden' : null;
}

/** null where it is not about who asks. */
export function refusalIn(reply: Refusable): Refusal | null {
  return reply.state === 'refused' ? refusalFor(reply.status) : null;
}

type Refusable = { readonly state: 'refused'; readonly status: number } | { readonly state: Other };
type Other = 'done' | 'unreachable' | 'saved' | 'overtaken';
