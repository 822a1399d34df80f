import { Problem } from '../fhir/outcome.js';
import type { WriteProfile } from '../fhir/write-profile.js';
import type { Attempted, Delivery, Entry, NewEntry } from '../operations/ports.js';
import type { DiskOutbox } from './outbox.js';
import type { Profiles } from './profiles.js';
import type { Relay } from './relay.js';

/** What an operation may ask of the outbox and the relay. */
export class OutboxDelivery implements Delivery {
  readonly inOrder = createLine();
  readonly #outbox: DiskOutbox;
  readonly #relay: Relay;
  readonly #profiles: Profiles;

  constructor(outbox: DiskOutbox, relay: Relay, profiles: Profiles) {
    this.#outbox = outbox;
    this.#relay = relay;
    this.#profiles = profiles;
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
    this.#outbox.revive(responseId);
    return this.#catchUp(responseId);
  }

  profile(): Promise<WriteProfile> {
    return this.#profiles.current();
  }

  #sendInOrder(held: Entry): Promise<Attempted> {
    if (this.#outbox.firstOpen(held.responseId)?.seq === held.seq) return this.#relay.attempt(held);
    this.#outbox.release(held.seq);
    return this.#catchUp(held.responseId);
  }

  /** Everything of the response in order, as far as it goes; what became of the newest entry. */
  async #catchUp(responseId: string): Promise<Attempted> {
    let last: Attempted | undefined;
    for (let open = this.#outbox.firstOpen(responseId); open; open = this.#outbox.firstOpen(responseId)) {
      const claimed = this.#relay.claim(open.seq);
      if (!claimed) break;
      last = await this.#relay.attempt(claimed);
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
