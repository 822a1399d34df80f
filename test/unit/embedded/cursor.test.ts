import { expect, test } from '@jest/globals';
import { readCursor, writeCursor } from '../../../src/embedded/cursor.js';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a cursor is read back as it was written', () => {
  const cursor = { snapshot: 7, after: ['müller|"x"', -1e15, 3] };
  expect(readCursor(writeCursor(cursor), ['string', 'number', 'number'])).toEqual(cursor);
});

test('a cursor holds only what a URL takes as it is', () => {
  expect(writeCursor({ snapshot: 1, after: ['ÿÿÿ>>>???', 2] })).toMatch(/^[\w-]+$/);
});

test.each([
  ['not base64', '%%%'],
  ['not JSON', Buffer.from('[1,').toString('base64url')],
  ['not a list', encode({ snapshot: 1 })],
  ['empty', encode([])],
  ['too short', encode([7, 5])],
  ['too long', encode([7, 5, 3, 1])],
  ['of another sort', encode([7, 'a', 3])],
  ['with a fraction', encode([7, 5.5, 3])],
  ['with an object', encode([7, {}, 3])],
  ['with null', encode([7, null, 3])],
  ['with a huge number', encode([7, 1e300, 3])],
  ['with a text for the snapshot', encode(['7', 5, 3])],
])('a text that is %s is no cursor', (_, text) => {
  expect(readCursor(text, ['number', 'number'])).toBeUndefined();
});
