import { expect, test } from '@jest/globals';
import { readQuery, withQuery } from '../../../../src/ui/worklist/address.js';

test.each([
  ['', 'all', ''],
  ['?filter=urgent', 'urgent', ''],
  ['?filter=nonsense#name=+Ana+', 'all', 'Ana'],
  ['?name=Ana', 'all', ''],
  ['?filter=delivery#name=O%27Neil%2C%20%3Cb%3E', 'delivery', "O'Neil, <b>"],
])('%s', (part, filter, name) => {
  expect(readQuery(`https://x.example/worklist${part}`)).toEqual({ filter, name });
});

test('an address says what it has to, keeps the rest, and is read back the same', () => {
  const here = 'https://x.example/base/worklist?author=Practitioner%2Fd&filter=open#name=a';
  expect(withQuery(here, { filter: 'all', name: '' })).toBe(
    'https://x.example/base/worklist?author=Practitioner%2Fd',
  );
  const query = { filter: 'drafts', name: 'Müller & Söhne' } as const;
  expect(readQuery(withQuery(here, query))).toEqual(query);
});
