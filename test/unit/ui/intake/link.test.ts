import { expect, test } from '@jest/globals';
import { readLink } from '../../../../src/ui/intake/link.js';

const read = (query: string) => {
  const parameters = new URLSearchParams(query);
  return readLink((name) => parameters.get(name));
};

test('who is asked, who answers, what is gone on with', () => {
  expect(read('subject=Patient/1&author=Practitioner/2&response=r1&questionnaire=http://q|1')).toEqual({
    subject: 'Patient/1',
    author: 'Practitioner/2',
    response: 'r1',
    questionnaire: 'http://q|1',
    intake: null,
  });
  expect(read('response=r1')).toMatchObject({ subject: null, response: 'r1' });
});

test('an intake that was begun; what is none is left out', () => {
  const intake = '0f9c3d5e-1111-4222-8333-444455556666';
  expect(read(`subject=Patient/1&intake=${intake}`)).toMatchObject({ intake });
  expect(read('subject=Patient/1&intake=a,b')).toMatchObject({ intake: null });
});

test.each([
  '',
  'subject=',
  'subject=1',
  'subject=Group/1',
  'subject=Patient/a/b',
  'subject=Patient/1&author=Patient/2',
  'response=../x',
])('incomplete: %s', (query) => {
  expect(read(query)).toBeNull();
});
