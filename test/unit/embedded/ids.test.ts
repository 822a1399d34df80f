import { expect, test } from '@jest/globals';
import { createId, isId } from '../../../src/embedded/ids.js';

test('a new id is a UUID of version 7 that begins with the time', () => {
  const id = createId(new Date(0x0123456789ab));
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(isId(id)).toBe(true);
  expect(new Set(Array.from({ length: 1000 }, () => createId(new Date(0)))).size).toBe(1000);
});

test.each(['a', '123', 'A-b.9', 'x'.repeat(64)])('%s is an id', (text) => {
  expect(isId(text)).toBe(true);
});

test.each(['', 'x'.repeat(65), 'a_b', 'a/b', 'a b', 'ä', 'a\n', '$op'])('"%s" is none', (text) => {
  expect(isId(text)).toBe(false);
});
