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
  });
  expect(read('response=r1')).toMatchObject({ subject: null, response: 'r1' });
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
