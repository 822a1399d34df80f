import { expect, test } from '@jest/globals';
import { type Advice, readAdvice } from '../../../../src/ui/results/advice.js';
import { firstSentence, withTitles } from '../../../../src/ui/results/set-names.js';
import { adviceText, recordText } from '../../../../src/ui/results/unscored.js';

test('what $advice says; what it does not say is neither calm nor complete', () => {
  const parameter = [
    { name: 'urgency', valueCode: 'emergency' },
    { name: 'complete', valueBoolean: true },
    { name: 'advice', valueCode: 'emergency' },
  ];
  expect(readAdvice({ resourceType: 'Parameters', parameter })).toEqual({
    urgency: 'emergency',
    isComplete: true,
  });
  expect(readAdvice({ resourceType: 'Parameters' })).toEqual({ urgency: null, isComplete: false });
});

test.each<[Advice | null, RegExp]>([
  [null, /not known. Read them below/],
  [{ urgency: 'emergency', isComplete: true }, /^The safety answers call for: Emergency\.$/],
  [{ urgency: 'same-day', isComplete: false }, /Same day. Not every safety question/],
  [{ urgency: 'none-reported', isComplete: true }, /not the same as safe/],
  [{ urgency: null, isComplete: true }, /not fully answered/],
])('adviceText %j', (advice, expected) => {
  expect(adviceText(advice)).toMatch(expected);
});

test('what the record has; nothing is not the same as none', () => {
  expect(recordText({ urgency: 'emergency', flags: ['Saddle numbness', 'Fever'] })).toBe(
    'In the record: Emergency: Saddle numbness, Fever.',
  );
  expect(recordText(null)).toMatch(/not the same as none/);
});

test('sets are named by their titles', () => {
  const sets = [
    { id: 'nice-ng65', title: 'NICE NG65' },
    { id: 'berlin-2006-8a', title: 'Berlin, two of four' },
    { id: 'master', title: 'MASTER' },
  ];
  const text = 'Met: nice-ng65, master. Not met: berlin-2006-8a. Absent for berlin-2006-8a: mastered.';
  expect(withTitles(text, sets)).toBe(
    'Met: NICE NG65, MASTER. Not met: Berlin, two of four. Absent for Berlin, two of four: mastered.',
  );
  expect(firstSentence(text)).toBe('Met: nice-ng65, master.');
  expect(firstSentence('No full stop')).toBe('No full stop');
});
