import { expect, test } from '@jest/globals';
import { authorIn, clinicianIn, clinicianUrl, continueUrl } from '../../../../src/ui/parts/author.js';

const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

test.each([
  ['?author=Practitioner/d1', 'Practitioner/d1'],
  ['?author=PractitionerRole%2Fd1', 'PractitionerRole/d1'],
  ['?author=Patient/p1', null],
  ['?author=Practitioner/d%2F1', null],
  ['', null],
])('"%s" names %s', (search, author) => {
  expect(authorIn(search)).toBe(author);
});

test('whom the address names comes before whom the service knows; without both nobody is named', () => {
  const demo = { clinician: 'Practitioner/demo', session: null };
  expect(clinicianIn('?author=Practitioner/d1', demo)).toBe('Practitioner/d1');
  expect(clinicianIn('', demo)).toBe('Practitioner/demo');
  const nobody = { clinician: null, session: null };
  expect([clinicianIn('', nobody), clinicianIn('', null)]).toEqual([null, null]);
});

test('who is signed in comes before whom the address names; a patient is no clinician', () => {
  const session = {
    person: 'Practitioner/d2',
    patient: null,
    encounter: null,
    isPatient: false,
    invited: null,
  };
  expect(clinicianIn('?author=Practitioner/d1', { clinician: 'Practitioner/d2', session })).toBe(
    'Practitioner/d2',
  );
  const patient = {
    person: 'Patient/p1',
    patient: 'Patient/p1',
    encounter: null,
    isPatient: true,
    invited: null,
  };
  expect(clinicianIn('?author=Practitioner/d1', { clinician: null, session: patient })).toBeNull();
});

test.each([
  ['Practitioner/d1', { author: 'Practitioner/d1' }],
  ['PractitionerRole/d1', { author: 'PractitionerRole/d1' }],
  ['Patient/p1', {}],
  [null, {}],
])('a draft of %s is gone on with by the same', (author, expected) => {
  const url = continueUrl({ id: 'r1', patient: 'p1', author });
  expect(queryOf(url)).toEqual({ subject: 'Patient/p1', response: 'r1', ...expected });
});

test.each([
  ['?author=PractitionerRole/d1&filter=open', { author: 'PractitionerRole/d1' }],
  ['?filter=open', {}],
])('from "%s" a link between clinician pages carries the author alone', (search, expected) => {
  Object.assign(globalThis, { location: { search } });
  expect(queryOf(clinicianUrl('results/r1'))).toEqual(expected);
});
