import { expect, test } from '@jest/globals';
import { checkReference, findReferences, readLiteral } from '../../../src/embedded/references.js';

const BASE = 'http://127.0.0.1:3001/fhir';

test('references are found wherever they are, with the path of their element', () => {
  const found = findReferences(
    {
      resourceType: 'Observation',
      subject: { reference: 'Patient/p1' },
      hasMember: [{ display: 'none' }, { reference: 'Observation/o1' }],
      extension: [{ url: 'u', valueReference: { reference: 'Device/d1' } }],
      contained: [{ resourceType: 'Practitioner', x: { reference: '#y' } }],
      note: [{ text: 'reference' }],
    },
    'Bundle.entry[2].resource',
  );
  expect(found).toEqual([
    { text: 'Patient/p1', at: 'Bundle.entry[2].resource.subject' },
    { text: 'Observation/o1', at: 'Bundle.entry[2].resource.hasMember[1]' },
    { text: 'Device/d1', at: 'Bundle.entry[2].resource.extension[0].valueReference' },
    { text: '#y', at: 'Bundle.entry[2].resource.contained[0].x' },
  ]);
});

test.each([
  ['Patient/p1', { type: 'Patient', id: 'p1' }],
  ['Patient/p1/_history/3', { type: 'Patient', id: 'p1' }],
  [`${BASE}/Patient/p1`, { type: 'Patient', id: 'p1' }],
  ['http://elsewhere/fhir/Patient/p1', undefined],
  [`${BASE}x/Patient/p1`, undefined],
  ['urn:uuid:0189', undefined],
  ['Patient?identifier=a|b', undefined],
  ['Patient/', undefined],
  ['Patient', undefined],
  ['/Patient/p1', undefined],
  ['Patient/p_1', undefined],
  ['', undefined],
])('%s', (text, expected) => {
  expect(readLiteral(text, BASE)).toEqual(expected);
});

test('what exists, and what is contained, may be referred to', () => {
  const check = (text: string) => checkReference({ text, at: 'x' }, BASE, ({ id }) => id === 'p1');
  expect(check('Patient/p1')).toBeUndefined();
  expect(check('#inside')).toBeUndefined();
  expect(check('Patient/p2')).toMatchObject({ code: 'reference-not-found', expression: 'x' });
  expect(check('http://elsewhere/fhir/Patient/p1')).toMatchObject({ code: 'reference-not-found' });
});
