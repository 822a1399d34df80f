import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { provenanceRows } from '../../../../src/ui/results/about-provenance.js';
import { answeredText, personText, statusText } from '../../../../src/ui/results/about-response.js';
import { asAmended, asWithdrawn } from '../../../../src/ui/results/amend-response.js';
import { countText, flagsByLevel } from '../../../../src/ui/results/flag-levels.js';
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
    'the patient, through somebody with a name',
    {
      author: { reference: 'https://ehr.example/PractitionerRole/x', display: 'Dr R. Example' },
      source: { reference: 'Patient/p1' },
    },
    'Answered 4 May 2026 by the patient, entered by Dr R. Example',
  ],
  ['nobody known', { author: {} }, 'Answered 4 May 2026'],
])('answered by %s', (_, changed, expected) => {
  expect(answeredText(response(changed), null)).toBe(expected);
});

describe('a response that was changed', () => {
  const changed = response({
    status: 'amended',
    authored: '2026-05-06',
    author: { reference: 'Practitioner/x', display: 'Dr R. Example' },
    source: { reference: 'Patient/p1' },
    meta: { versionId: '3', lastUpdated: '2026-05-06' },
  });

  test('was answered as it was sent first: drafts are only on the way there', () => {
    const draft = response({ status: 'in-progress', authored: '2026-05-01' });
    expect(answeredText(changed, [changed, response(), draft])).toBe('Answered 4 May 2026 by the patient');
    expect(answeredText(draft, [draft])).toBe('Answered 1 May 2026 by the patient');
  });

  test('without its versions nobody is named who may only have changed it', () => {
    expect(answeredText(changed, null)).toBe('Answered 6 May 2026 by the patient');
    const { source: _, ...unsaid } = changed;
    expect(answeredText(unsaid, null)).toBe('Answered 6 May 2026');
  });

  test('says when it was changed, and by whom', () => {
    expect(statusText(changed)).toBe(
      'Amended 6 May 2026 by Dr R. Example: answers were changed after they were sent.',
    );
    const { author: _, ...byNobody } = response({ ...changed, status: 'entered-in-error' });
    expect(statusText(byNobody)).toBe(
      'Withdrawn 6 May 2026 (by whom is not recorded): entered in error. Nothing of it is valid.',
    );
  });
});

test('a status is said where it matters', () => {
  expect(statusText(response())).toBeNull();
  expect(statusText(response({ status: 'in-progress' }))).toMatch(/^Draft/);
  expect(statusText(response({ status: 'stopped' }))).toMatch(/^Stopped/);
});

describe('who changes a response', () => {
  const { author: _, ...unsigned } = response({ source: { reference: 'Patient/p1' } });

  test('a draft stays a draft, anything else is amended', () => {
    expect(asAmended(response({ status: 'in-progress' }), 'Practitioner/x').status).toBe('in-progress');
    expect(asAmended(response({ status: 'stopped' }), 'Practitioner/x').status).toBe('amended');
    expect(asAmended(response({ status: 'amended' }), 'Practitioner/x').status).toBe('amended');
  });

  test('a clinician who is known has entered it, and the answers stay the patient’s', () => {
    const changed = asAmended(response(), 'Practitioner/x');
    expect(changed).toEqual({ ...unsigned, status: 'amended', author: { reference: 'Practitioner/x' } });
    expect(asAmended(changed, 'Practitioner/x')).toEqual(changed);
  });

  test('where nobody is known, it was not the patient, nor the clinician before', () => {
    expect(asAmended(response(), null)).toEqual({ ...unsigned, status: 'amended' });
    const before = asAmended(response(), 'Practitioner/x');
    expect(asAmended(before, null)).toEqual({ ...unsigned, status: 'amended' });
  });

  test('the same for a withdrawal', () => {
    expect(asWithdrawn(response(), null)).toEqual({ ...unsigned, status: 'entered-in-error' });
    expect(asWithdrawn(response(), 'Practitioner/x').author).toEqual({ reference: 'Practitioner/x' });
  });

  test('a device gives no answers', () => {
    const changed = asAmended(response({ author: { reference: 'Device/d' } }), 'Practitioner/x');
    expect(changed.source).toBeUndefined();
  });

  test('a narrative would go on telling of the old answers', () => {
    const text = { status: 'generated' as const, div: '<div>No</div>' };
    expect(asAmended(response({ text }), null).text).toBeUndefined();
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

test('a count breaks no line before its colon', () => {
  const flag = { code: 'a', urgency: 'emergency', from: [] };
  expect(countText('emergency', [flag])).toBe('Emergency: 1\u00a0red\u00a0flag');
  expect(countText('emergency', [flag, flag])).toBe('Emergency: 2\u00a0red\u00a0flags');
});
