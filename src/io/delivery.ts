import { Problem } from '../fhir/outcome.js';
import type { Attempted, Delivery, Entry, NewEntry } from '../operations/ports.js';
import type { DiskOutbox } from './outbox.js';
import type { Profiles } from './profiles.js';
import type { Relay } from './relay.js';

/** What an operation may ask of the outbox and the relay. */
export function createDelivery(outbox: DiskOutbox, relay: Relay, profiles: Profiles): Delivery {
  /** Everything of the response in order, as far as it goes; what became of the last entry that was tried. */
  const sendInOrder = async (held: Entry): Promise<Attempted> => {
    if (outbox.firstOpen(held.responseId)?.seq === held.seq) return relay.attempt(held);
    outbox.release(held.seq);
    return catchUp(held.responseId);
  };
  const catchUp = async (responseId: string): Promise<Attempted> => {
    let last: Attempted | undefined;
    for (let open = outbox.firstOpen(responseId); open; open = outbox.firstOpen(responseId)) {
      const claimed = relay.claim(open.seq);
      if (!claimed) break;
      last = await relay.attempt(claimed);
      if (last.entry.state !== 'written') break;
    }
    const newest = outbox.entriesOf(responseId).at(-1);
    if (!newest) throw new Error('A response that is delivered has an entry');
    return { entry: newest, wasThere: last?.entry.seq === newest.seq && last.wasThere };
  };
  /** Once it is on disk it is accepted: a disk that takes nothing more puts it off, until its lease has run out. */
  const accept = async (entry: NewEntry): Promise<Attempted> => {
    const held = outbox.put(entry);
    try {
      return await sendInOrder(held);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { entry: held, wasThere: false };
    }
  };
  return {
    inOrder: createLine(),
    accept,
    retry: (responseId) => {
      outbox.revive(responseId);
      return catchUp(responseId);
    },
    profile: () => profiles.current(),
  };
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
