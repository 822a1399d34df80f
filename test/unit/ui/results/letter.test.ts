import { expect, test } from '@jest/globals';
import { type LetterSource, letterText, redFlagLines } from '../../../../src/ui/results/letter.js';
import { explained, explainedSet, plainSet, wording } from './explained.js';

const criterion = { code: 'x', text: 'X', finding: 'met', reason: null };

const source = (): LetterSource => ({
  patient: {
    resourceType: 'Patient',
    name: [{ given: ['Ana'], family: 'Example' }],
    gender: 'female',
    birthDate: '1990-01-01',
  },
  response: {
    resourceType: 'QuestionnaireResponse',
    status: 'amended',
    authored: '2026-05-04',
    author: { reference: 'Practitioner/x' },
    source: { reference: 'Patient/p1' },
    meta: { lastUpdated: '2026-05-05' },
    questionnaire: 'https://x.example/Questionnaire/q|1.0.0',
  },
  explanation: explained({
    redFlags: {
      urgency: 'emergency',
      complete: false,
      flags: [{ code: 'numb', urgency: 'emergency', from: [{ linkId: 'signs', answer: ['numb', 'fever'] }] }],
      unanswered: ['eye'],
    },
    criteriaSets: [
      explainedSet({
        verdict: 'indeterminate',
        decision: 'test-hla-b27',
        min: 3,
        max: 3,
        settledBy: [['hla-b27']],
        note: 'Test HLA-B27 and refer if positive.',
        criteria: [{ ...criterion, from: [{ linkId: 'onset-age', answer: 28 }] }],
      }),
      plainSet({ verdict: 'not-met', min: 2, max: 3 }),
    ],
    facts: [{ ...criterion, from: [{ linkId: 'hla-b27', answer: 'not-tested' }] }],
    disagreement: 'Met: nice-ng65. Not met: calin-1977. They ask for different things.',
    warnings: [{ code: 'w', text: 'Under 16.', criteriaSets: [] }],
  }),
  wording,
  versions: null,
  safetyNotes: ['Do not move the neck.'],
});

test('a letter: flags, verdicts with bounds and what is open, answers, versions, disclaimer', () => {
  const text = letterText(source());
  expect(text).toBe(`Back pain screening: Ana Example
36 years, female, born 1 Jan 1990
Answered 4 May 2026 by the patient.
Amended 5 May 2026 by a clinician: answers were changed after they were sent.

RED FLAGS
- Emergency: Saddle numbness (answered: Numb between the legs)
- Not fully answered: “A sore eye?”
Do not move the neck.

RESULTS
NICE NG65: test HLA-B27. 1 set open, 1 not met.
NICE NG65: Test HLA-B27 and refer if positive.
- NICE NG65 referral criteria: test HLA-B27; 3 of 9, needs 4 (3 with HLA-B27). Ask: What did the HLA-B27 test show?
- Calin criteria for inflammatory back pain: not met; 2 to 3 of 5, needs 4

The sets disagree. Met: NICE NG65 referral criteria.

ANSWERS THAT DECIDED
- How old were you? 28
- What did the HLA-B27 test show? Not tested

Note: Under 16.

Rule set 1.0.0 (sha256:0123456789ab), night pain strict. Questionnaire https://x.example/Questionnaire/q, version 1.0.0.
Screening aid, not a diagnosis.
`);
});

test('notes that could not be read are said to be missing', () => {
  expect(letterText({ ...source(), safetyNotes: null })).toMatch(
    /A sore eye\?”\nThe notes on red flags could not be read/,
  );
});

test('no red flag is told with what that does not mean', () => {
  expect(redFlagLines(explained().redFlags, wording)).toEqual([
    'None reported. That is not the same as safe.',
  ]);
});
