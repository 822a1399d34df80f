/** The worklist's state, with a service that the test plays. */
import { describe, expect, test } from '@jest/globals';
import type { Task } from 'fhir/r4.js';
import type { Reply } from '../../../../src/ui/parts/fhir-client.js';
import type { Listed } from '../../../../src/ui/parts/listed.js';
import { toAlert } from '../../../../src/ui/worklist/alert.js';
import type { FirstPage, Page } from '../../../../src/ui/worklist/load-worklist.js';
import { WorklistStore } from '../../../../src/ui/worklist/store.js';

const row = (id: string, hour: number): Listed => ({
  screening: {
    ...{ id, patient: 'p1', authored: `2026-05-04T${hour}:00:00Z`, status: 'completed' },
    ...{ author: null, source: null },
    ...{ redFlags: null, pain: null, sets: [] },
  },
  isUnknown: false,
  isOnItsWay: false,
  troubles: [],
});

const task = (id: string): Task => ({
  resourceType: 'Task',
  id: `${id}.task`,
  meta: { versionId: '1' },
  status: 'requested',
  intent: 'order',
  priority: 'stat',
});

const alertOf = (id: string) => toAlert(task(id));

const page = (rows: Listed[], more: Partial<FirstPage> = {}): FirstPage => ({
  ...{ rows, found: rows.length, patients: new Map(), next: null, failure: null },
  alerts: { list: [], isCut: false },
  areAlertsKnown: true,
  troubles: { list: [], unseen: 0 },
  unseen: 0,
  isNameCut: false,
  ...more,
});

const EVERYTHING = { filter: 'all', name: '' } as const;

/** Answers in the order in which they are asked for; each when the test lets it go. */
function play(answers: { first?: (FirstPage | Promise<FirstPage>)[]; next?: Page[]; taken?: Reply<Task>[] }) {
  const taken: string[] = [];
  const wanted: number[] = [];
  const shift = <T>(list: (T | Promise<T>)[] | undefined): Promise<T> => {
    const one = list?.shift();
    return one === undefined ? Promise.reject(new Error('not asked for')) : Promise.resolve(one);
  };
  const store = new WorklistStore(
    EVERYTHING,
    {
      loadFirst: (_, count) => {
        wanted.push(count);
        return shift(answers.first);
      },
      loadNext: () => shift(answers.next),
      acknowledge: ({ id = '' }: Task) => {
        taken.push(id);
        return shift(answers.taken);
      },
    },
    () => undefined,
  );
  const ids = () => store.view.rows.map(({ screening }) => screening.id).join(' ');
  return { store, taken, wanted, ids };
}

describe('updates', () => {
  test('the first page is read without news; what comes later is told', async () => {
    const { store, ids } = play({ first: [page([row('a', 10)]), page([row('b', 11), row('a', 10)])] });
    expect(await store.refresh()).toBe(true);
    expect([ids(), store.view.news, store.view.isFirst]).toEqual(['a', '', false]);
    await store.refresh();
    expect(ids()).toBe('b a');
    expect(store.view.news).toMatch(/^\d\d:\d\d: 1 new screening$/);
  });

  const hours = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => row(`r${from - index}`, from - index));
  const more = (rows: Listed[], next: string | null): Page => ({
    ...{ rows, found: rows.length, patients: new Map(), next, failure: null },
  });

  test('what "Show more" brought is read anew with the rest: nothing is stale, nothing between is lost', async () => {
    const amended = (one: Listed): Listed => ({
      ...one,
      screening: { ...one.screening, status: 'amended' },
    });
    const { store, ids, wanted } = play({
      first: [
        page([row('d', 13), row('c', 12)], { found: 25, next: 'n1' }),
        page([row('e', 14), row('d', 13), row('c', 12), amended(row('b', 11))], { found: 50, next: 'n3' }),
      ],
      next: [{ ...more([row('b', 11)], 'n2'), found: 25 }],
    });
    await store.refresh();
    await store.showMore();
    expect([ids(), store.view.next]).toEqual(['d c b', 'n2']);
    await store.refresh();
    expect([ids(), store.view.next, wanted]).toEqual(['e d c b', 'n3', [25, 50]]);
    expect(store.view.rows.at(-1)?.screening.status).toBe('amended');
  });

  test('a burst of new ones leaves no hole: the list is what was read, and goes on there', async () => {
    const { store, ids } = play({
      first: [page(hours(12, 2), { next: 'old' }), page(hours(20, 2), { next: 'new' })],
    });
    await store.refresh();
    await store.refresh();
    expect([ids(), store.view.next]).toEqual(['r20 r19', 'new']);
  });

  test('"Show more" that is faster than an update is not undone by it', async () => {
    let letGo: (one: FirstPage) => void = () => undefined;
    const late = new Promise<FirstPage>((done) => {
      letGo = done;
    });
    const { store, ids, wanted } = play({
      first: [
        page([row('d', 13)], { found: 25, next: 'n1' }),
        late,
        page([row('d', 13), row('c', 12)], { found: 50, next: 'n2' }),
      ],
      next: [{ ...more([row('c', 12)], 'n2'), found: 25 }],
    });
    await store.refresh();
    const update = store.refresh();
    await store.showMore();
    letGo(page([row('d', 13)], { found: 25, next: 'n1' }));
    expect([await update, ids(), store.view.next, wanted]).toEqual([true, 'd c', 'n2', [25, 25, 50]]);
  });

  test('what is gone from a list that is all there is gone', async () => {
    const { store, ids } = play({ first: [page([row('b', 11), row('a', 10)]), page([row('b', 11)])] });
    await store.refresh();
    await store.refresh();
    expect(ids()).toBe('b');
  });

  test('a read that fails keeps what is there, adds what waits here, and says so', async () => {
    const { store, ids } = play({
      first: [
        page([row('a', 10)], { alerts: { list: [alertOf('a')], isCut: false } }),
        page([row('w', 12)], {
          failure: 'away',
          areAlertsKnown: false,
          alerts: { list: [alertOf('w')], isCut: false },
        }),
      ],
    });
    await store.refresh();
    expect(await store.refresh()).toBe(false);
    expect([ids(), store.view.failure]).toEqual(['w a', 'away']);
    expect(store.view.top).toMatchObject({
      isStale: true,
      alerts: { list: [{ response: 'w' }, { response: 'a' }] },
    });
  });

  test('alerts that never could be read are not "none"', async () => {
    const { store } = play({ first: [page([], { areAlertsKnown: false })] });
    expect(await store.refresh()).toBe(false);
    expect(store.view.top).toMatchObject({ isStale: true, alerts: { list: [] } });
  });

  test('a new alert is told before new rows', async () => {
    const alerts = { list: [alertOf('b')], isCut: false };
    const { store } = play({ first: [page([row('a', 10)]), page([row('a', 10)], { alerts })] });
    await store.refresh();
    await store.refresh();
    expect(store.view.news).toMatch(/1 new urgent alert$/);
  });

  test('another filter begins anew; an answer that comes late for the old one is dropped', async () => {
    let letGo: (one: FirstPage) => void = () => undefined;
    const late = new Promise<FirstPage>((done) => {
      letGo = done;
    });
    const answers = [late, Promise.resolve(page([row('b', 11)]))];
    const loadFirst = () => answers.shift() ?? late;
    const unused = () => Promise.reject(new Error('not asked for'));
    const store = new WorklistStore(
      EVERYTHING,
      { loadFirst, loadNext: unused, acknowledge: unused },
      () => undefined,
    );
    const first = store.refresh();
    await store.show({ filter: 'drafts', name: '' });
    letGo(page([row('a', 10)]));
    await first;
    expect(store.view.rows.map(({ screening }) => screening.id)).toEqual(['b']);
  });
});

describe('Acknowledge', () => {
  const withAlerts = (...ids: string[]) => page([], { alerts: { list: ids.map(alertOf), isCut: false } });

  test('takes the alert off the list once it is taken', async () => {
    const done = { state: 'done', status: 200, body: task('a'), etag: null } as const;
    const { store, taken } = play({ first: [withAlerts('a', 'b')], taken: [done] });
    await store.refresh();
    expect(await store.acknowledge(alertOf('a'), 'Ana')).toBe(true);
    expect(store.view.top?.alerts?.list.map(({ response }) => response)).toEqual(['b']);
    expect([store.view.news, store.view.busy, taken]).toEqual(['Acknowledged: Ana', [], ['a.task']]);
  });

  test('that does not arrive leaves it there, and says so', async () => {
    const { store } = play({ first: [withAlerts('a')], taken: [{ state: 'unreachable' }] });
    await store.refresh();
    expect(await store.acknowledge(alertOf('a'), 'Ana')).toBe(false);
    expect(store.view.top?.alerts?.list).toHaveLength(1);
    expect(store.view.news).toMatch(/^Not acknowledged: Ana\./);
  });

  test('of what somebody changed reads the list again', async () => {
    const stale = { state: 'refused', status: 412, issues: [] } as const;
    const { store } = play({ first: [withAlerts('a'), page([row('n', 9)])], taken: [stale] });
    await store.refresh();
    await store.acknowledge(alertOf('a'), 'Ana');
    expect(store.view.top?.alerts?.list).toEqual([]);
    expect(store.view.news).toMatch(/Somebody else changed it/);
  });

  test('pressed twice is sent once', async () => {
    const done = { state: 'done', status: 202, body: task('a'), etag: null } as const;
    const { store, taken } = play({ first: [withAlerts('a')], taken: [done] });
    await store.refresh();
    const alert = alertOf('a');
    expect(await Promise.all([store.acknowledge(alert, 'Ana'), store.acknowledge(alert, 'Ana')])).toEqual([
      true,
      false,
    ]);
    expect(taken).toEqual(['a.task']);
  });
});
