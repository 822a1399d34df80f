import { createHash, timingSafeEqual } from 'node:crypto';
import { bearer, toSubscription } from '../fhir/subscription.js';
import type { Intake } from '../operations/intake-port.js';
import { FoundResponses } from './found.js';
import { IntakeWork, type IntakeWorkOptions } from './intake-work.js';
import { Settings } from './settings.js';
import { createSubscriber, type SubscriptionState } from './subscriber.js';
import { createTicker, within } from './ticker.js';

/** How often it looks by itself: a notification that was lost, or never sent, costs no more than this. */
const POLL_MS = 5_000;

const SUBSCRIPTION = 'subscription';

/** How long a stop waits for a round under way. */
const STOP_MS = 2000;

export interface IntakeOptions extends IntakeWorkOptions {
  readonly secret: string;
  /** Where the FHIR server is to send notifications; null where it sends none. */
  readonly endpoint: string | null;
}

/** With a lifetime: what the ports show of it, and its rounds. */
export interface RunningIntake extends Intake {
  start(): void;
  /** One round now. */
  round(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Looks on the FHIR server for responses that others stored there: when a Subscription tells of one, and every few
 * seconds in any case. So nothing hangs on a notification arriving, nor on the service having been there when
 * something was stored.
 */
export function createIntake(options: IntakeOptions): RunningIntake {
  const { database, now, secret } = options;
  const found = new FoundResponses(database, now);
  const work = new IntakeWork(options, found);
  const ticker = createTicker(() => work.round(), POLL_MS);
  const subscriber = toSubscriber(options);
  const expected = digest(bearer(secret));
  return {
    // Digests have one length, and comparing them tells nothing of how much was right.
    isSender: (authorization = '') => timingSafeEqual(digest(authorization), expected),
    wake: () => ticker.wake(),
    unscored: () => found.unscored(),
    countUnscored: () => found.count(),
    start: () => {
      ticker.start();
      subscriber?.start();
    },
    round: () => work.round(),
    stop: async () => {
      work.stop();
      ticker.stop();
      // A server that hangs does not: what is cut off is looked at again after the next start.
      await within(STOP_MS, Promise.all([ticker.current(), subscriber?.stop()]));
    },
  };
}

function toSubscriber({ endpoint, secret, questionnaires, server, database, log }: IntakeOptions) {
  if (endpoint === null) return null;
  const tell = (state: SubscriptionState) =>
    log(state === 'active' ? 'info' : 'warn', TOLD[state], { code: state, state: 'subscription' });
  const subscription = toSubscription(endpoint, secret, questionnaires);
  const settings = new Settings(database);
  const memory = {
    get: () => settings.get(SUBSCRIPTION),
    set: (id: string) => settings.set(SUBSCRIPTION, id),
  };
  return createSubscriber({ server, subscription, memory, tell });
}

const TOLD: Readonly<Record<SubscriptionState, string>> = {
  active: 'The FHIR server has the Subscription that tells of new responses',
  unsupported: 'The FHIR server has no Subscriptions: it is asked every few seconds',
  refused: 'The FHIR server refused the Subscription: it is asked every few seconds',
  unreachable: 'The Subscription could not be looked after: it is tried again',
};

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
