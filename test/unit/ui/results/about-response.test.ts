import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { provenanceRows } from '../../../../src/ui/results/about-provenance.js';
import { answeredText, personText, statusText } from '../../../../src/ui/results/about-response.js';
import { asAmended } from '../../../../src/ui/results/amend-response.js';
import { flagsByLevel } from '../../../../src/ui/results/flag-levels.js';
import { safetyNotesIn } from '../../../../src/ui/results/safety-notes.js';
import { explained } from './explained.js';

const response = (changed: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  authored: '2026-05-04',
  author: { reference: 'Patient/p1' },
  ...changed,
});

test('who the patient is, at the time of the answers', () => {
  const patient = { resourceType: 'Patient' as const, gender: 'female' as const, birthDate: '1990-05-05' };
  expect(personText(patient, '2026-05-04')).toBe('35 years, female, born 5 May 1990');
  expect(personText({ resourceType: 'Patient' }, undefined)).toBe(
    'age not known, sex not known, birth date not known',
  );
  expect(personText(null, '2026-05-04')).toMatch(/could not be read/);
});

test.each<[string, Partial<QuestionnaireResponse>, string]>([
  ['the patient', {}, 'Answered 4 May 2026 by the patient'],
  [
    'a clinician for the patient',
    { author: { reference: 'Practitioner/x' }, source: { reference: 'Patient/p1' } },
    'Answered 4 May 2026 by the patient, entered by a clinician',
  ],
  [
    'a clinician with a name, later',
    {
      status: 'amended',
      author: { reference: 'https://ehr.example/Practitioner/x', display: 'Dr R. Example' },
      source: { reference: 'Patient/p1' },
    },
    'Answered 4 May 2026 by the patient, changed by Dr R. Example',
  ],
  ['nobody known', { author: {} }, 'Answered 4 May 2026'],
])('answered by %s', (_, changed, expected) => {
  expect(answeredText(response(changed))).toBe(expected);
});

test('a status is said where it matters', () => {
  expect(statusText('completed')).toBeNull();
  expect(statusText('amended')).toMatch(/^Amended/);
  expect(statusText('in-progress')).toMatch(/^Draft/);
  expect(statusText('stopped')).toMatch(/^Stopped/);
  expect(statusText('entered-in-error')).toMatch(/^Withdrawn/);
  expect(statusText('on-hold')).toBe('Status: on-hold.');
});

describe('asAmended', () => {
  test('a draft stays a draft, anything else is amended, and nothing else changes', () => {
    expect(asAmended(response({ status: 'in-progress' }), null)).toEqual(response({ status: 'in-progress' }));
    expect(asAmended(response({ status: 'stopped' }), null)).toEqual(response({ status: 'amended' }));
    expect(asAmended(response({ status: 'amended' }), null)).toEqual(response({ status: 'amended' }));
  });

  test('a clinician who is known has entered it, and the answers stay the patient’s', () => {
    const changed = asAmended(response(), 'Practitioner/x');
    expect(changed).toMatchObject({
      author: { reference: 'Practitioner/x' },
      source: { reference: 'Patient/p1' },
    });
    expect(asAmended(changed, 'Practitioner/x')).toEqual(changed);
  });

  test('a device gives no answers', () => {
    const changed = asAmended(response({ author: { reference: 'Device/d' } }), 'Practitioner/x');
    expect(changed.source).toBeUndefined();
  });
});

test('the newest Provenance says with what it was made', () => {
  const made = (recorded: string, value: string) => ({
    resourceType: 'Provenance' as const,
    recorded,
    target: [],
    agent: [{ type: { coding: [{ code: 'assembler' }] }, who: { identifier: { value } } }],
  });
  const rows = provenanceRows(
    {
      explanation: explained(),
      response: response({ questionnaire: 'https://x.example/Questionnaire/q|2' }),
    },
    [made('2026-05-04T08:00:00Z', 'axspa|1'), made('2026-05-05T08:00:00Z', 'axspa|2')],
  );
  expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toMatchObject({
    'Rule set': '1.0.0, night pain strict',
    Software: 'axspa 2',
    Questionnaire: 'q, version 2',
  });
});

describe('safetyNotesIn', () => {
  const told = (text: string) =>
    safetyNotesIn([
      {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ code: 'red-flag-urgency' }] },
        note: [{ text }],
      },
    ]);

  test('only what the page does not say anyway', () => {
    expect(
      told(
        'Present: major-trauma, minor-injury. Careful: safety questions not fully answered: eye-symptoms-now. Do not bend the neck. Screening aid, not a diagnosis.',
      ),
    ).toEqual(['Do not bend the neck.']);
    expect(
      told('No red flag reported. That does not mean that there is none. Screening aid, not a diagnosis.'),
    ).toEqual([]);
  });

  test('words that are not known are never lost', () => {
    expect(told('Something new is said here.')).toEqual(['Something new is said here.']);
    expect(safetyNotesIn([])).toEqual([]);
  });
});

test('flags by level, the most urgent first', () => {
  const flag = (code: string, urgency: string) => ({ code, urgency, from: [] });
  const levels = flagsByLevel([flag('a', 'urgent-days'), flag('b', 'emergency'), flag('c', 'urgent-days')]);
  expect(levels.map(({ level, raised }) => [level, raised.map(({ code }) => code)])).toEqual([
    ['emergency', ['b']],
    ['urgent-days', ['a', 'c']],
  ]);
});
