import { Problem } from '../fhir/outcome.js';
import type { WriteProfile } from '../fhir/write-profile.js';
import type { Credentials } from '../operations/credentials.js';
import type { Attempted, Delivery, Entry, FhirServer, NewEntry } from '../operations/ports.js';
import type { DiskOutbox } from './outbox.js';
import type { Profiles } from './profiles.js';
import type { Relay, Sender } from './relay.js';

export interface DeliveryParts {
  readonly outbox: DiskOutbox;
  readonly relay: Relay;
  readonly profiles: Profiles;
  /** The FHIR server. */
  readonly server: FhirServer;
}

/** What an operation may ask of the outbox and the relay. */
export class OutboxDelivery implements Delivery {
  readonly inOrder: Delivery['inOrder'];
  readonly #parts: DeliveryParts;
  readonly #outbox: DiskOutbox;
  readonly #relay: Relay;
  /** The FHIR server with the token of somebody else; null for our own. */
  readonly #theirs: FhirServer | null;

  /** `inOrder` is one line for all that deliver here, whoever they are. */
  constructor(parts: DeliveryParts, theirs: FhirServer | null = null, inOrder = createLine()) {
    this.inOrder = inOrder;
    this.#parts = parts;
    this.#outbox = parts.outbox;
    this.#relay = parts.relay;
    this.#theirs = theirs;
  }

  as(credentials: Credentials): Delivery {
    return new OutboxDelivery(this.#parts, this.#parts.server.as(credentials), this.inOrder);
  }

  /** Once it is on disk it is accepted: a disk that takes nothing more puts it off, until its lease has run out. */
  async accept(entry: NewEntry): Promise<Attempted> {
    const held = this.#outbox.put(entry);
    const attempted = await this.#sendInOrder(held).catch((error: unknown): Attempted => {
      if (!(error instanceof Problem)) throw error;
      return { entry: held, wasThere: false };
    });
    // Accepted, though perhaps not tried yet: whoever has to be told does not wait for the server.
    if (attempted.entry.state !== 'refused') this.#letAlertGo(held.seq);
    return attempted;
  }

  retry(responseId: string): Promise<Attempted> {
    const before = this.#outbox.entriesOf(responseId);
    const isWaiting = new Set(before.filter(isOnItsWay).map(({ seq }) => seq));
    this.#outbox.revive(responseId);
    // What was on its way goes on, whoever tried to hurry it.
    return this.#catchUp(responseId, ({ seq }) => this.#sender(isWaiting.has(seq) ? 'queued' : 'refused'));
  }

  profile(): Promise<WriteProfile> {
    return this.#parts.profiles.current();
  }

  #sendInOrder(held: Entry): Promise<Attempted> {
    const sender = this.#sender('refused');
    if (this.#outbox.firstOpen(held.responseId)?.seq === held.seq) return this.#relay.attempt(held, sender);
    this.#outbox.release(held.seq);
    // What others sent before is not theirs to send.
    return this.#catchUp(held.responseId, ({ seq }) => (seq === held.seq ? sender : null));
  }

  #sender(whenForbidden: Sender['whenForbidden']): Sender | null {
    return this.#theirs && { server: this.#theirs, whenForbidden };
  }

  /** Everything of the response in order, as far as it goes; what became of the newest entry. */
  async #catchUp(responseId: string, senderOf: (entry: Entry) => Sender | null): Promise<Attempted> {
    let last: Attempted | undefined;
    for (let open = this.#outbox.firstOpen(responseId); open; open = this.#outbox.firstOpen(responseId)) {
      const claimed = this.#relay.claim(open.seq);
      if (!claimed) break;
      last = await this.#relay.attempt(claimed, senderOf(claimed));
      if (last.entry.state !== 'written') break;
    }
    const newest = this.#outbox.entriesOf(responseId).at(-1);
    if (!newest) throw new Error('A response that is delivered has an entry');
    return { entry: newest, wasThere: last?.entry.seq === newest.seq && last.wasThere };
  }

  /** A disk that takes nothing: the alert goes when its lease has run out. */
  #letAlertGo(seq: number): void {
    try {
      this.#outbox.letAlertGo(seq);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
}

function isOnItsWay({ state, isDropped }: Entry): boolean {
  return state !== 'refused' && !isDropped;
}

/** A line for each id: work waits for the work before it. */
function createLine(): Delivery['inOrder'] {
  const last = new Map<string, Promise<unknown>>();
  return async (id, work) => {
    const before = last.get(id);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return work();
    })();
    last.set(id, mine);
    try {
      return await mine;
    } finally {
      if (last.get(id) === mine) last.delete(id);
    }
  };
}
