/**
 * Where a story goes another way on one server than on the others, and why. Every row is used by the story that it
 * names; a run on that server fails when one was not, because then there is no difference any more.
 */
export type Kind = 'embedded' | 'hapi' | 'other';
export type Difference = { servers: Kind[]; what: string; reason: string };

export const DIFFERENCES = {
  'digits-id': {
    servers: ['hapi'],
    what: 'PUT Patient/<digits> is refused; such an id is made by POST',
    reason: 'by default it keeps ids of digits alone for those that it chooses itself',
  },
  notified: {
    servers: ['hapi'],
    what: 'a Subscription is active and tells of new responses; elsewhere they are found by asking every 5 s',
    reason: 'the embedded server stores Subscriptions and serves none',
  },
} as const satisfies Record<string, Difference>;

export type DifferenceName = keyof typeof DIFFERENCES;
