import { describe, expect, test } from '@jest/globals';
import type { Listed } from '../../../../src/ui/parts/listed.js';
import type { Screening } from '../../../../src/ui/parts/screening.js';
import { isShown, mergeRows, newsText, openSets } from '../../../../src/ui/worklist/row.js';

const set = (verdict: string) => ({
  ...{ id: 'x', title: 'X', verdict, decision: null },
  ...{ min: 1, max: 2, of: 5, threshold: 4 },
});

const row = (
  id: string,
  hour: number,
  more: Partial<Screening> = {},
  rest: Partial<Listed> = {},
): Listed => ({
  screening: {
    id,
    patient: 'p1',
    authored: `2026-05-04T${String(hour).padStart(2, '0')}:00:00+02:00`,
    status: 'completed',
    author: 'Patient/p1',
    source: 'Patient/p1',
    redFlags: { urgency: 'none-reported', flags: [] },
    pain: null,
    sets: [],
    ...more,
  },
  isUnknown: false,
  isOnItsWay: false,
  troubles: [],
  ...rest,
});

const flagged = (urgency: string | null) => row('r', 9, { redFlags: { urgency, flags: [] } });
const ids = (rows: readonly Listed[]) => rows.map(({ screening }) => screening.id).join(' ');

describe('the filters', () => {
  test.each([
    ['emergency', true],
    ['same-day', true],
    ['urgent-days', true],
    ['none-reported', false],
    [null, false],
  ])('red flags of level %s: %s', (urgency, shown) => {
    expect(isShown(flagged(urgency), 'urgent')).toBe(shown);
  });

  test('a draft that has none so far is not urgent', () => {
    expect(isShown(row('r', 9, { status: 'in-progress', redFlags: null }), 'urgent')).toBe(false);
  });

  test('open means at least one open verdict', () => {
    const mixed = row('r', 9, { sets: ['met', 'indeterminate', 'not-met', 'indeterminate'].map(set) });
    expect([openSets(mixed.screening), isShown(mixed, 'open')]).toEqual([2, true]);
    expect(isShown(row('r', 9, { sets: [set('not-applicable')] }), 'open')).toBe(false);
  });

  test('what could not be read is never left out as if it were harmless', () => {
    const unread = row('r', 9, { redFlags: null }, { isUnknown: true });
    expect([isShown(unread, 'urgent'), isShown(unread, 'open')]).toEqual([true, true]);
  });

  test('what is on its way may be anything too; what is withdrawn is not', () => {
    const changed = row('r', 9, { redFlags: null }, { isOnItsWay: true });
    const gone = row('r', 9, { redFlags: null, status: 'entered-in-error' }, { isOnItsWay: true });
    expect([isShown(changed, 'urgent'), isShown(changed, 'open')]).toEqual([true, true]);
    expect([isShown(gone, 'urgent'), isShown(gone, 'open')]).toEqual([false, false]);
  });

  test('drafts and deliveries', () => {
    const trouble = { response: 'r', kind: 'response', state: 'refused', alert: null } as const;
    expect(isShown(row('r', 9, { status: 'in-progress' }), 'drafts')).toBe(true);
    expect(isShown(row('r', 9), 'drafts')).toBe(false);
    expect(isShown(row('r', 9, {}, { troubles: [trouble] }), 'delivery')).toBe(true);
    expect(isShown(row('r', 9), 'delivery')).toBe(false);
  });
});

describe('rows that are read again', () => {
  const before = [row('c', 12), row('b', 11), row('a', 10)];

  test('each once, newest first, as it was read last', () => {
    const merged = mergeRows([row('d', 13), row('b', 11, { status: 'amended' })], before);
    expect(ids(merged)).toBe('d c b a');
    expect(merged[2]?.screening.status).toBe('amended');
  });

  test('the order is that of time, whatever the zone', () => {
    const utc = row('z', 0, { authored: '2026-05-04T09:30:00Z' });
    expect(ids(mergeRows([utc], before))).toBe('c z b a');
  });

  test.each([
    [[row('d', 13), row('e', 14)], '2 new screenings'],
    [[row('d', 13), row('a', 10, { status: 'amended' })], '1 new screening, 1 changed screening'],
    [before, ''],
  ])('news %#', (fresh, text) => {
    expect(newsText(fresh, before)).toBe(text);
  });
});
