import { describe, expect, test } from '@jest/globals';
import { withoutReferences } from '../../../src/embedded/erase.js';
import { belongsTo, toReferenceKey } from '../../../src/embedded/patient-record.js';

const ref = (reference: string) => ({ reference });
const KEYS = new Set(['Patient/p1', 'Observation/o1', 'QuestionnaireResponse/r1']);
const P1 = ref('Patient/p1');
const P2 = ref('Patient/p2');

describe('whose a resource is', () => {
  const CASES: [about: string, type: string, versions: object[], expected: boolean][] = [
    ['its subject', 'Observation', [{ subject: P1 }], true],
    ['its subject in another version', 'Observation', [{ subject: P1 }, {}], true],
    [
      'its subject, absolute',
      'Observation',
      [{ subject: ref('http://127.0.0.1:4711/fhir/Patient/p1') }],
      true,
    ],
    ['its subject, with a version', 'Observation', [{ subject: ref('Patient/p1/_history/2') }], true],
    ['once recorded for the wrong patient', 'Observation', [{ subject: P1 }, { subject: P2 }], false],
    ['only the performer', 'Observation', [{ subject: P2, performer: [P1] }], false],
    ['its own, though it refers to another', 'Observation', [{ subject: P1, focus: [P2] }], true],
    ['nobody named, derived from what goes', 'Observation', [{ derivedFrom: [ref('Observation/o1')] }], true],
    ['nobody named, no reference', 'Observation', [{}], false],
    [
      'another patient elsewhere',
      'Observation',
      [{ subject: ref('http://x.example/fhir/Patient/p1') }],
      false,
    ],
    ['for', 'Task', [{ for: P1 }], true],
    ['focus on what goes', 'Task', [{ focus: ref('Observation/o1') }], true],
    ['focus on what goes, for another', 'Task', [{ for: P2, focus: ref('Observation/o1') }], false],
    [
      'one patient among those who take part',
      'Appointment',
      [{ participant: [{ actor: P1 }, { actor: ref('Practitioner/x') }] }],
      true,
    ],
    ['two patients take part', 'Appointment', [{ participant: [{ actor: P1 }, { actor: P2 }] }], false],
    ['all targets go', 'Provenance', [{ target: [ref('Observation/o1'), P1] }], true],
    ['one target stays', 'Provenance', [{ target: [ref('Observation/o1'), ref('Observation/o2')] }], false],
    [
      'a target and somebody who is no patient',
      'Provenance',
      [{ target: [ref('Observation/o1')], agent: [{ who: ref('Practitioner/x') }] }],
      true,
    ],
    ['of nobody', 'Group', [{ member: [{ entity: P1 }] }], false],
    ['a link between patients', 'Patient', [{ link: [{ other: P1 }] }], false],
    ['of no patient', 'Practitioner', [{ extension: [{ valueReference: P1 }] }], false],
  ];
  test.each(CASES)('%s: %s', (_about, type, versions, expected) => {
    expect(belongsTo('Patient/p1', { type, versions: versions.map((one) => ({ ...one })) }, KEYS)).toBe(
      expected,
    );
  });
});

test('a reference is known with and without a version and our own base', () => {
  expect(toReferenceKey('Patient/p1')).toBe('Patient/p1');
  expect(toReferenceKey('Patient/p1/_history/3')).toBe('Patient/p1');
  expect(toReferenceKey('http://127.0.0.1:3001/fhir/Patient/p1')).toBe('Patient/p1');
  for (const text of [
    'http://x.example/fhir/Patient/p1',
    'urn:uuid:1',
    '#p1',
    'Patient?identifier=1',
    'p1',
  ]) {
    expect(toReferenceKey(text)).toBeUndefined();
  }
});

test('a reference that goes takes its display with it; everything else stays', () => {
  const resource = {
    subject: { reference: 'Patient/p1', display: 'a name', identifier: { value: '1' } },
    other: [{ reference: 'Patient/p2', display: 'kept' }, { reference: 'Observation/o1' }],
    data: [{ reference: { reference: 'Observation/o1' } }],
    note: [{ text: 'Patient/p1' }],
    gone: null,
  };
  expect(withoutReferences(resource, KEYS)).toEqual({
    subject: { display: 'erased' },
    other: [{ reference: 'Patient/p2', display: 'kept' }, { display: 'erased' }],
    data: [{ reference: { display: 'erased' } }],
    note: [{ text: 'Patient/p1' }],
    gone: null,
  });
});
