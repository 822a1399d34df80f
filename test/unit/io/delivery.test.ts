import { describe, expect, test } from '@jest/globals';
import { createDelivery } from '../../../src/io/delivery.js';
import type { FhirServer, Written } from '../../../src/operations/ports.js';

const away = () => Promise.reject(new Error('not asked for'));
const SERVER: FhirServer = {
  baseUrl: 'http://fhir.test/fhir',
  read: away,
  vread: away,
  search: away,
  follow: away,
  transact: away,
  isReachable: async () => false,
};

/** A promise to be settled by hand. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Long enough for everything that can run to have run. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('inOrder', () => {
  test('work of one response runs one after the other, in the order it came', async () => {
    const delivery = createDelivery(SERVER);
    const events: string[] = [];
    const gates = [gate(), gate(), gate()];
    const all = gates.map(({ opened }, index) =>
      delivery.inOrder('r1', async () => {
        events.push(`begin ${index}`);
        await opened;
        events.push(`end ${index}`);
        return index;
      }),
    );
    await settle();
    expect(events).toEqual(['begin 0']);
    gates[2]?.open();
    gates[1]?.open();
    await settle();
    expect(events).toEqual(['begin 0']);
    gates[0]?.open();
    expect(await Promise.all(all)).toEqual([0, 1, 2]);
    expect(events).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  test('work of another response does not wait', async () => {
    const delivery = createDelivery(SERVER);
    const { open, opened } = gate();
    const slow = delivery.inOrder('r1', () => opened);
    expect(await delivery.inOrder('r2', async () => 'done')).toBe('done');
    open();
    await slow;
  });

  test.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(new Error('failed'))],
    [
      'throws',
      () => {
        throw new Error('failed');
      },
    ],
  ])('work that %s fails its own caller only; the next one runs', async (_name, work) => {
    const delivery = createDelivery(SERVER);
    const failed = delivery.inOrder('r1', work);
    const next = delivery.inOrder('r1', async () => 'next');
    await expect(failed).rejects.toThrow('failed');
    expect(await next).toBe('next');
    expect(await delivery.inOrder('r1', async () => 'later')).toBe('later');
  });

  test('work that comes when the first is done and the second runs waits for the second', async () => {
    const delivery = createDelivery(SERVER);
    const events: string[] = [];
    const { open, opened } = gate();
    const first = delivery.inOrder('r1', async () => undefined);
    const second = delivery.inOrder('r1', async () => {
      await opened;
      events.push('second');
    });
    await first;
    await settle();
    const third = delivery.inOrder('r1', async () => {
      events.push('third');
    });
    await settle();
    expect(events).toEqual([]);
    open();
    await Promise.all([second, third]);
    expect(events).toEqual(['second', 'third']);
  });

  test('nothing is kept of work that is done', async () => {
    const kept: Map<unknown, unknown>[] = [];
    const set = Map.prototype.set;
    Map.prototype.set = function remember(this: Map<unknown, unknown>, key: unknown, value: unknown) {
      if (typeof key === 'string' && key.startsWith('leak-')) kept.push(this);
      return set.call(this, key, value);
    };
    try {
      const delivery = createDelivery(SERVER);
      for (let index = 0; index < 100; index += 1) {
        const work = delivery.inOrder(`leak-${index}`, async () => {
          if (index % 2) throw new Error('failed');
        });
        const again = delivery.inOrder(`leak-${index}`, async () => undefined);
        await Promise.allSettled([work, again]);
      }
    } finally {
      Map.prototype.set = set;
    }
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.map(({ size }) => size).filter((size) => size > 0)).toEqual([]);
  });

  test('a thousand for one response: none lost, none at once', async () => {
    const delivery = createDelivery(SERVER);
    let running = 0;
    let most = 0;
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        delivery.inOrder('r1', async () => {
          running += 1;
          most = Math.max(most, running);
          await Promise.resolve();
          running -= 1;
          return index;
        }),
      ),
    );
    expect(results).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(most).toBe(1);
  });
});

test('deliver hands the Bundle to the FHIR server and says what it said', async () => {
  const sent: unknown[] = [];
  const written: Written = { state: 'refused', reason: 'HTTP 422, processing' };
  const transact: FhirServer['transact'] = async (bundle) => {
    sent.push(bundle);
    return written;
  };
  const bundle = { resourceType: 'Bundle', type: 'transaction' } as const;
  expect(await createDelivery({ ...SERVER, transact }).deliver(bundle)).toBe(written);
  expect(sent).toEqual([bundle]);
});
