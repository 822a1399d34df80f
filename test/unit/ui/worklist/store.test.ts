/** The worklist's state, with a service that the test plays. */
import { describe, expect, test } from '@jest/globals';
import type { Task } from 'fhir/r4.js';
import type { Reply } from '../../../../src/ui/parts/fhir-client.js';
import { type Alert, toAlert } from '../../../../src/ui/worklist/alert.js';
import type { FirstPage, Page } from '../../../../src/ui/worklist/load-worklist.js';
import type { Row } from '../../../../src/ui/worklist/row.js';
import { WorklistStore } from '../../../../src/ui/worklist/store.js';

const row = (id: string, hour: number): Row => ({
  screening: {
    ...{ id, patient: 'p1', authored: `2026-05-04T${hour}:00:00Z`, status: 'completed', author: null },
    ...{ redFlags: null, pain: null, sets: [] },
  },
  isUnknown: false,
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

const alertOf = (id: string) => toAlert(task(id), undefined);

const page = (rows: Row[], more: Partial<FirstPage> = {}): FirstPage => ({
  ...{ rows, patients: new Map(), next: null, failure: null, last: null },
  alerts: { list: [], isCut: false },
  areAlertsKnown: true,
  troubles: { list: [], isCut: false },
  isNameCut: false,
  ...more,
});

const EVERYTHING = { filter: 'all', name: '' } as const;

/** Answers in the order in which they are asked for; each when the test lets it go. */
function play(answers: { first?: FirstPage[]; next?: Page[]; taken?: Reply<Task>[] }) {
  const taken: string[] = [];
  const shift = <T>(list: T[] | undefined): Promise<T> => {
    const one = list?.shift();
    return one === undefined ? Promise.reject(new Error('not asked for')) : Promise.resolve(one);
  };
  const store = new WorklistStore(
    EVERYTHING,
    {
      loadFirst: () => shift(answers.first),
      loadNext: () => shift(answers.next),
      acknowledge: ({ response }: Alert) => {
        taken.push(response);
        return shift(answers.taken);
      },
    },
    () => undefined,
  );
  const ids = () => store.view.rows.map(({ screening }) => screening.id).join(' ');
  return { store, taken, ids };
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

  test('what "Show more" brought stays, and so does the way on', async () => {
    const { store, ids } = play({
      first: [
        page([row('d', 13), row('c', 12)], { next: 'n1', last: '2026-05-04T12:00:00Z' }),
        page([row('e', 14), row('d', 13)], { next: 'n1b', last: '2026-05-04T13:00:00Z' }),
      ],
      next: [{ rows: [row('b', 11)], patients: new Map(), next: 'n2', failure: null }],
    });
    await store.refresh();
    await store.showMore();
    expect([ids(), store.view.next]).toEqual(['d c b', 'n2']);
    await store.refresh();
    expect([ids(), store.view.next]).toEqual(['e d c b', 'n2']);
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
    expect([store.view.news, store.view.busy, taken]).toEqual(['Acknowledged: Ana', [], ['a']]);
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
    const { store } = play({ first: [withAlerts('a'), withAlerts()], taken: [stale] });
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
    expect(taken).toEqual(['a']);
  });
});
