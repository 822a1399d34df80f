import { describe, expect, test } from '@jest/globals';
import { noteOnRedFlags } from '../../../src/scoring/notes.js';
import { evaluateRedFlags, redFlags, safetyQuestions, type Urgency } from '../../../src/scoring/red-flags.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import { answersOf, readRedFlagCases } from '../../support/scoring-cases.js';
import { questionOf, type Response, toAnswers } from '../../support/scoring-questions.js';

const rules = createRuleSet('strict');
const nothing: Response = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};

function evaluate(response: Response) {
  return evaluateRedFlags(rules.redFlags, createView(rules, toAnswers(response)));
}

const file = readRedFlagCases();

/** clinical.md §13, the red-flag table in its own order. */
const LEVEL: Record<string, Urgency> = {
  'saddle-numbness': 'emergency',
  'urine-retention': 'emergency',
  'urine-incontinence': 'emergency',
  'bowel-incontinence': 'emergency',
  'leg-weakness': 'emergency',
  'sexual-change': 'emergency',
  'major-trauma': 'emergency',
  'chest-pain': 'emergency',
  breathless: 'emergency',
  'axspa-with-injury': 'emergency',
  'eye-symptoms-now': 'same-day',
  fever: 'same-day',
  'severe-worsening': 'same-day',
  'breathing-pain': 'same-day',
  'cancer-with-severe-pain': 'same-day',
  'cancer-with-upper-spine-pain': 'same-day',
  'infection-risk-with-pain': 'same-day',
  'axspa-with-deformity': 'same-day',
  'emergency-signs-unsure': 'same-day',
  'weight-loss': 'urgent-days',
  'cancer-history': 'urgent-days',
  'infection-risk': 'urgent-days',
  'fracture-risk': 'urgent-days',
  'minor-injury': 'urgent-days',
  'unremitting-pain': 'urgent-days',
  'strain-pain': 'urgent-days',
  deformity: 'urgent-days',
  'urgent-signs-unsure': 'urgent-days',
  'upper-back-pain-alone': 'urgent-days',
};

describe('truth table', () => {
  test.each(file.cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const { urgency, flags, unanswered } = evaluate(answersOf(file, each));
    expect({
      urgency,
      complete: unanswered.length === 0,
      flags: flags.map(({ code }) => code).sort(),
    }).toEqual({ urgency: each.urgency, complete: each.complete, flags: [...each.flags].sort() });
  });

  test('every flag is raised in one case and left out of another', () => {
    for (const { code } of redFlags) {
      expect([code, file.cases.some(({ flags }) => flags.includes(code))]).toEqual([code, true]);
      expect([code, file.cases.some(({ flags }) => !flags.includes(code))]).toEqual([code, true]);
    }
  });

  test('every urgency, and no urgency, is the outcome of a case', () => {
    expect(new Set(file.cases.map(({ urgency }) => urgency))).toEqual(
      new Set(['emergency', 'same-day', 'urgent-days', 'none-reported', null]),
    );
  });
});

describe('levels', () => {
  test('are those of the table', () => {
    expect(Object.fromEntries(redFlags.map(({ code, urgency }) => [code, urgency]))).toEqual(LEVEL);
  });

  test('every option of questions 1 and 2 is a flag of its own', () => {
    for (const linkId of ['red-flag-emergency', 'red-flag-urgent']) {
      for (const code of questionOf(linkId).options.filter(
        (option) => !['none', 'unknown'].includes(option),
      )) {
        const { flags, urgency } = evaluate({ ...nothing, [linkId]: [code] });
        expect(flags).toEqual([{ code, urgency: LEVEL[code], linkIds: [linkId] }]);
        expect(urgency).toBe(LEVEL[code]);
      }
    }
  });

  test('the highest wins, and all are reported', () => {
    const all = evaluate({
      'red-flag-emergency': ['chest-pain'],
      'red-flag-urgent': ['fever', 'weight-loss'],
      'eye-symptoms-now': 'yes',
    });
    expect(all.urgency).toBe('emergency');
    expect(all.flags.map(({ code }) => code)).toEqual([
      'chest-pain',
      'eye-symptoms-now',
      'fever',
      'weight-loss',
    ]);
    expect(evaluate({ ...nothing, 'red-flag-urgent': ['weight-loss', 'fever'] }).urgency).toBe('same-day');
  });
});

describe('none reported', () => {
  test('only when all three safety questions say so', () => {
    expect(evaluate(nothing)).toEqual({
      urgency: 'none-reported',
      flags: [],
      unanswered: [],
      blank: [],
      messages: [],
    });
    for (const linkId of Object.keys(safetyQuestions)) {
      const { [linkId]: _, ...rest } = nothing;
      const { urgency, unanswered, blank } = evaluate(rest);
      expect({ urgency, unanswered, blank }).toEqual({
        urgency: null,
        unanswered: [linkId],
        blank: [linkId],
      });
    }
  });

  test('never from an empty response or from the pain questions alone', () => {
    expect(evaluate({}).urgency).toBeNull();
    expect(evaluate({ 'pain-location': ['low-back'], 'night-waking': 'never' }).urgency).toBeNull();
  });

  test('"not sure" is unanswered but not blank; for the eyes it raises no flag', () => {
    expect(evaluate({ ...nothing, 'eye-symptoms-now': 'unknown' })).toMatchObject({
      urgency: null,
      flags: [],
      unanswered: ['eye-symptoms-now'],
      blank: [],
    });
    expect(evaluate({ ...nothing, 'red-flag-emergency': ['unknown'] })).toMatchObject({
      urgency: 'same-day',
      unanswered: ['red-flag-emergency'],
      blank: [],
    });
  });
});

describe('where a flag comes from', () => {
  test('all questions of a combination that hold', () => {
    const { flags } = evaluate({
      ...nothing,
      'red-flag-urgent': ['cancer-history'],
      'pain-location': ['mid-back'],
      'night-waking': 'second-half',
    });
    expect(Object.fromEntries(flags.map(({ code, linkIds }) => [code, linkIds]))).toEqual({
      'cancer-with-severe-pain': ['red-flag-urgent', 'night-waking'],
      'cancer-with-upper-spine-pain': ['red-flag-urgent', 'pain-location'],
      'cancer-history': ['red-flag-urgent'],
    });
  });

  test('night waking alone raises nothing', () => {
    for (const waking of ['first-half', 'second-half', 'both-halves']) {
      expect(evaluate({ ...nothing, 'night-waking': waking }).flags).toEqual([]);
    }
  });
});

describe('messages', () => {
  const compression = expect.stringContaining('compression of the spinal cord');
  const neck = expect.stringContaining('do not bend or straighten the neck');
  const spa: Response = { 'diagnosed-conditions': ['axial-spa'] };

  test.each<[string, Response, readonly unknown[]]>([
    [
      'an emergency option with a cancer history',
      { 'red-flag-emergency': ['leg-weakness'], 'red-flag-urgent': ['cancer-history'] },
      [compression],
    ],
    ['a cancer history alone', { 'red-flag-urgent': ['cancer-history'] }, []],
    ['an emergency option alone', { 'red-flag-emergency': ['leg-weakness'] }, []],
    ['known axial SpA after a minor injury', { ...spa, 'red-flag-urgent': ['minor-injury'] }, [neck]],
    ['known axial SpA after a bad fall', { ...spa, 'red-flag-emergency': ['major-trauma'] }, [neck]],
    ['a bad fall alone', { 'red-flag-emergency': ['major-trauma'] }, []],
    ['a minor injury alone', { 'red-flag-urgent': ['minor-injury'] }, []],
    ['known axial SpA with chest pain', { ...spa, 'red-flag-emergency': ['chest-pain'] }, []],
    ['known axial SpA alone', spa, []],
    [
      'known axial SpA after a minor injury, with a cancer history: no option of question 1, so no cord message',
      { ...spa, 'red-flag-urgent': ['minor-injury', 'cancer-history'] },
      [neck],
    ],
    [
      'all of it',
      { ...spa, 'red-flag-emergency': ['major-trauma'], 'red-flag-urgent': ['cancer-history'] },
      [compression, neck],
    ],
  ])('%s', (_name, response, messages) => {
    expect(evaluate({ ...nothing, ...response }).messages.map(({ text }) => text)).toEqual(messages);
  });
});

describe('note', () => {
  test('none reported is not called safe', () => {
    expect(noteOnRedFlags(evaluate(nothing))).toBe(
      'No red flag reported. That does not mean that there is none.',
    );
  });

  test('names the flags, what was not answered, and the messages', () => {
    const note = noteOnRedFlags(
      evaluate({ 'red-flag-emergency': ['leg-weakness'], 'red-flag-urgent': ['cancer-history'] }),
    );
    expect(note).toBe(
      'Present: leg-weakness, cancer-history. Careful: safety questions not fully answered: eye-symptoms-now. With a history of cancer, consider compression of the spinal cord.',
    );
  });

  test('nothing answered', () => {
    expect(noteOnRedFlags(evaluate({}))).toBe(
      'Careful: safety questions not fully answered: red-flag-emergency, red-flag-urgent, eye-symptoms-now.',
    );
  });
});
