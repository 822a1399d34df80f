import { expect, test } from '@jest/globals';
import type { Link } from '../../../../src/ui/intake/link.js';
import { asInvited } from '../../../../src/ui/intake/opening.js';

const link: Link = { subject: 'Patient/p1', author: null, response: null, questionnaire: null, intake: null };
const invited = { intake: '00000000-0000-4000-8000-000000000001', questionnaire: 'https://example.org/q|1' };
const session = { person: 'Patient/p1', patient: 'Patient/p1', encounter: null, isPatient: true, invited };

test('who came by an invitation answers what it asks for, wherever they set out from', () => {
  const asked = { ...link, ...invited };
  expect(asInvited(link, { session })).toEqual(asked);
  const anew = {
    ...link,
    intake: '00000000-0000-4000-8000-000000000002',
    questionnaire: 'https://x.example/q',
  };
  expect(asInvited(anew, { session })).toEqual(asked);
  // Where it leads there by itself, it is not led there again.
  expect(asInvited(asked, { session })).toBeNull();
});

test('a response that is named, somebody else, and everybody else stay as they are', () => {
  expect(asInvited({ ...link, response: 'r1' }, { session })).toBeNull();
  expect(asInvited({ ...link, subject: 'Patient/p2' }, { session })).toBeNull();
  expect(asInvited(link, { session: { ...session, invited: null } })).toBeNull();
  expect(asInvited(link, { session: null })).toBeNull();
});
