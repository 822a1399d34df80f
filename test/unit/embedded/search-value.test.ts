import { expect, test } from '@jest/globals';
import { splitEscaped, unescapeValue } from '../../../src/embedded/search-value.js';

test.each([
  ['a,b', ['a', 'b']],
  ['a\\,b,c', ['a,b', 'c']],
  ['a\\\\,b', ['a\\', 'b']],
  ['a\\', ['a\\']],
  ['', ['']],
  [',', ['', '']],
])('%s', (text, values) => {
  expect(splitEscaped(text, ',').map(unescapeValue)).toEqual(values);
});
