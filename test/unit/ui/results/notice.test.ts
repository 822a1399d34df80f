import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import type { Edits } from '../../../../src/ui/results/edits.js';
import { NO_EDITS } from '../../../../src/ui/results/edits.js';
import type { Result } from '../../../../src/ui/results/load-result.js';
import { type Attempt, changedNotice, noticeAfter } from '../../../../src/ui/results/notice.js';
import { explained, explainedSet, SYSTEM, wording } from './explained.js';

const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  url: 'https://x.example/Questionnaire/q',
  version: '1',
  item: [
    {
      linkId: 'hla-b27',
      text: 'What did the HLA-B27 test show?',
      type: 'choice',
      answerOption: ['positive', 'not-tested'].map((code) => ({ valueCoding: { system: SYSTEM, code } })),
    },
  ],
};

const coded = (code: string) => ({ valueCoding: { system: SYSTEM, code } });

/** `hla`: what is stored. */
function result(
  hla: string | null,
  more: Partial<Result> = {},
  status: QuestionnaireResponse['status'] = 'amended',
) {
  const made: Result = {
    response: {
      resourceType: 'QuestionnaireResponse',
      status,
      questionnaire: 'https://x.example/Questionnaire/q|1',
      ...(hla !== null && { item: [{ linkId: 'hla-b27', answer: [coded(hla)] }] }),
    },
    etag: 'W/"1"',
    explanation: explained(),
    unexplained: '',
    advice: null,
    questionnaire,
    findings: null,
    patient: null,
    ...more,
  };
  return made;
}

const edits: Edits = new Map([['hla-b27', { over: [], given: [coded('positive')] }]]);
const done = (next: Result): Attempt['next'] => ({ state: 'done', result: next });
const attempt = (changed: Partial<Attempt>): Attempt => ({
  what: 'answers',
  saved: { state: 'overtaken' },
  before: result(null),
  next: done(result(null)),
  edits,
  wording,
  ...changed,
});

describe('overtaken', () => {
  test('an answer that still stands is to be saved again', () => {
    const { title, lines } = noticeAfter(attempt({}));
    expect(title).toBe('Not saved: this screening has changed in the meantime');
    expect(lines).toEqual([expect.stringMatching(/save it again/)]);
  });

  test('an answer of somebody else is told beside the own', () => {
    const { lines } = noticeAfter(attempt({ next: done(result('not-tested')) }));
    expect(lines).toEqual([
      'What did the HLA-B27 test show? You answered “Positive”. Stored now: “Not tested”.',
    ]);
  });

  test('the same answer leaves nothing to save', () => {
    const { lines } = noticeAfter(attempt({ next: done(result('positive')) }));
    expect(lines).toEqual([expect.stringMatching(/nothing is left to save/)]);
  });

  test('a withdrawal is told as one, and answers that go with it', () => {
    const withdrawn = done(result(null, {}, 'entered-in-error'));
    expect(noticeAfter(attempt({ what: 'withdrawal', edits: NO_EDITS }))).toMatchObject({
      title: 'Not withdrawn: this screening has changed in the meantime',
      lines: [expect.stringMatching(/withdraw it again/)],
    });
    expect(noticeAfter(attempt({ what: 'withdrawal', next: withdrawn })).title).toBe(
      'It is withdrawn already',
    );
    expect(noticeAfter(attempt({ next: withdrawn })).lines).toEqual([
      'It was withdrawn.',
      expect.stringMatching(/cannot be saved any more/),
    ]);
  });

  test('a new version that cannot be read is not taken for shown', () => {
    const { lines } = noticeAfter(attempt({ next: { state: 'unreachable' } }));
    expect(lines).toEqual([expect.stringMatching(/still the one before/)]);
  });
});

test('saved, with what that changed', () => {
  const saved = { state: 'saved', isQueued: false } as const;
  const criteriaSets = [explainedSet({ verdict: 'not-met', decision: 'not-met' })];
  const next = done(result('positive', { explanation: explained({ criteriaSets }) }));
  expect(noticeAfter(attempt({ saved, next }))).toEqual({
    tone: 'good',
    title: 'Saved',
    lines: ['NICE NG65 referral criteria: refer → not met'],
  });
  expect(noticeAfter(attempt({ saved, next: { state: 'unreachable' } }))).toMatchObject({
    tone: 'warn',
    lines: [expect.stringMatching(/still the one before/)],
  });
});

test('nobody knows what became of a request without an answer', () => {
  const saved = { state: 'unreachable' } as const;
  expect(noticeAfter(attempt({ saved, next: null })).title).toBe('Not sure whether this was saved');
  expect(noticeAfter(attempt({ saved, next: null, what: 'withdrawal' })).title).toMatch(/withdrawn$/);
});

test('what others change comes quietly, and with what it changed', () => {
  const criteriaSets = [explainedSet({ verdict: 'not-met', decision: 'not-met' })];
  const next = done(result('positive', { explanation: explained({ criteriaSets }) }));
  if (!next) throw new Error('there is one');
  expect(changedNotice(result(null), next)).toMatchObject({
    isQuiet: true,
    lines: ['You see the new version.', 'NICE NG65 referral criteria: refer → not met'],
  });
});
