import type { FhirResource, Subscription } from 'fhir/r4.js';
import { isAlive } from '../fhir/subscription.js';
import type { FhirServer, Sent } from '../operations/ports.js';
import { createTicker } from './ticker.js';

/** How soon a registration that failed is tried again, and one that was lost is noticed. */
const CHECK_MS = 60_000;

export interface SubscriberOptions {
  readonly server: FhirServer;
  readonly subscription: Subscription;
  /** Where it was made, over restarts: a server that cannot be searched for it must not get another every time. */
  readonly memory: { get(): string | undefined; set(id: string): void };
  /** Told of every change of state. */
  readonly tell: (state: SubscriptionState) => void;
}

export type SubscriptionState = 'active' | 'unsupported' | 'refused' | 'unreachable';

export interface Subscriber {
  start(): void;
  /** One check now. */
  check(): Promise<SubscriptionState>;
  stop(): Promise<void>;
}

/**
 * Keeps one Subscription on the FHIR server, by its endpoint: made when it is not there, put on again when it was
 * switched off, and written anew at every start, when the secret may be another. Where the server has none, or
 * takes none, the intake looks by itself all the same.
 */
export function createSubscriber(options: SubscriberOptions): Subscriber {
  let isFresh = false;
  let told: SubscriptionState | undefined;
  const check = async () => {
    const state = await subscribe(options, isFresh).catch((): SubscriptionState => 'unreachable');
    isFresh ||= state === 'active';
    if (state !== told) options.tell(state);
    told = state;
    return state;
  };
  const ticker = createTicker(async () => void (await check()), CHECK_MS);
  return {
    start: () => ticker.start(),
    check,
    stop: async () => {
      ticker.stop();
      await ticker.current();
    },
  };
}

async function subscribe(
  { server, subscription, memory }: SubscriberOptions,
  isFresh: boolean,
): Promise<SubscriptionState> {
  if (!(await isSupported(server))) return 'unsupported';
  const { endpoint = '' } = subscription.channel;
  const looked = await server.look('Subscription', new URLSearchParams({ url: endpoint }).toString());
  if (looked.state === 'retryable') return 'unreachable';
  const found = looked.state === 'found' ? looked.resources.filter(isSubscription) : [];
  const isOurs = ({ channel, reason }: Subscription) =>
    channel?.endpoint === endpoint || reason === subscription.reason;
  const kept = await remembered(server, memory);
  const there =
    found.find(({ channel }) => channel?.endpoint === endpoint) ?? (kept && isOurs(kept) ? kept : undefined);
  // A server that cannot be searched for it could have it already.
  if (looked.state === 'refused' && !there) return 'unsupported';
  if (there && isFresh && isAlive(there, subscription)) return 'active';
  const sent = await server.write(toWrite(there?.id, subscription));
  const id = sent.state === 'written' ? sent.entries[0]?.reference?.split('/')[1] : undefined;
  if (id !== undefined) memory.set(id);
  return stateOf(sent);
}

async function remembered(
  server: FhirServer,
  memory: SubscriberOptions['memory'],
): Promise<Subscription | undefined> {
  const id = memory.get();
  const found = id === undefined ? null : await server.read('Subscription', id);
  return found && isSubscription(found) ? found : undefined;
}

function toWrite(id: string | undefined, resource: Subscription) {
  return id === undefined
    ? ({ method: 'POST', url: 'Subscription', resource } as const)
    : ({ method: 'PUT', url: `Subscription/${id}`, resource: { ...resource, id } } as const);
}

function stateOf({ state }: Sent): SubscriptionState {
  if (state === 'written') return 'active';
  return state === 'refused' ? 'refused' : 'unreachable';
}

/** A server that lists what it serves, and no Subscription, has none. */
async function isSupported(server: FhirServer): Promise<boolean> {
  const capabilities = await server.capabilities();
  const types = (capabilities?.rest ?? []).flatMap(({ resource = [] }) => resource);
  return types.length === 0 || types.some(({ type }) => type === 'Subscription');
}

function isSubscription(resource: FhirResource): resource is Subscription {
  return resource.resourceType === 'Subscription';
}
