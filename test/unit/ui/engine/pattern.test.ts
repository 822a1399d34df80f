import { expect, test } from '@jest/globals';
import { readPattern } from '../../../../src/ui/engine/pattern.js';

test.each<[string, string[], string[]]>([
  ['[0-9]{5}', ['12345'], ['1234', '123456', 'a12345', '12345\n']],
  ['[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}', ['SW1A 1AA', 'M11AE'], ['sw1a 1aa']],
  ['a|b', ['a', 'b'], ['ab', 'a|b']],
  ['(?:a|bc)?d', ['d', 'ad', 'bcd'], ['abcd']],
  ['.', ['a', '😀', '\r', '\u2028'], ['\n', 'ab']],
  ['\\S\\s\\S', ['a b', 'a\tb'], ['a\u00a0b', 'a\u000bb']],
  ['[^\\s]+', ['a\u00a0b'], ['a b']],
  ['\\d+\\.\\d{2}', ['10.25'], ['10,25', '١٠.٢٥']],
  ['^a\\-b$', ['a-b'], ['ab']],
  ['[a\\-z]+', ['a-z'], ['b']],
  ['', [''], ['a']],
])('%s', (source, right, wrong) => {
  const pattern = readPattern(source);
  expect(right.filter((text) => !pattern?.test(text))).toEqual([]);
  expect(wrong.filter((text) => pattern?.test(text))).toEqual([]);
});

/** What RE2 lacks, writes otherwise, or what could take a browser forever. */
test.each([
  '(?=a)b',
  '(?!a)b',
  '(?<=a)b',
  '(?i)a',
  '(a)\\1',
  '(?P<n>a)',
  '[[:alpha:]]',
  '[]a]',
  '[^]',
  '[a',
  'a]',
  '(a',
  'a)',
  'a**',
  '*',
  'a{2',
  'a{,2}',
  '\\pL',
  '\\bword',
  '[\\S]',
  '[z-a]',
  '^*',
  '\\',
  '(a+)+',
  '(a|aa)*',
  '(a?){20}',
])('%s is refused', (source) => {
  expect(readPattern(source)).toBeNull();
});
