/** The intake's engine against the service's own reader: the same questions asked, the same answers refused. */
import { expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { RE2JS } from 're2js';
import type { Reading } from '../../src/fhir/answers.js';
import type { Answers } from '../../src/ui/engine/answers.js';
import { checkAll, checkQuestion } from '../../src/ui/engine/checks.js';
import { enabledQuestions, isEnabled } from '../../src/ui/engine/enablement.js';
import { type Form, loadQuestionnaire } from '../../src/ui/engine/load.js';
import { readPattern } from '../../src/ui/engine/pattern.js';
import { linkIdAt, readResponse, toResponse } from '../../src/ui/engine/response.js';
import { type Draw, holds, tellsRuns } from '../support/property-draw.js';
import { makeQuestionnaire } from '../support/property-form.js';
import { makeAnswers, makeIntakeForm } from '../support/property-intake.js';
import { formFrom, readPair } from '../support/property-read.js';

tellsRuns('intake engine');

const BASE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  questionnaire: 'https://made-up.example.org/Questionnaire/intake|1',
  status: 'completed',
};

function load(questionnaire: Questionnaire): Form {
  const loaded = loadQuestionnaire(structuredClone(questionnaire));
  if ('faults' in loaded) throw new Error(loaded.faults.join(' '));
  return loaded.form;
}

/** Code and linkId of each issue, in an order of its own. */
function issuesOf({ issues }: Reading, response: QuestionnaireResponse): string[] {
  return issues
    .map(({ code, text, expression = '' }) => {
      const [, missing] = /^"(.*)" must be answered\.$/.exec(text) ?? [];
      return `${code} ${missing ?? linkIdAt(response, expression)}`;
    })
    .sort();
}

function faultsOf(form: Form, answers: Answers): string[] {
  return checkAll(form, answers)
    .map(({ code, linkId }) => `${code} ${linkId}`)
    .sort();
}

test('asks what the service asks, and refuses what it refuses', () => {
  const seen = { valid: 0, faulty: 0, enabled: 0, disabled: 0 };
  holds(3000, (draw) => {
    const made = makeIntakeForm(draw);
    const form = load(made.questionnaire);
    const answers = makeAnswers(made, draw, draw.pick([0, 0, 25]));
    const response = toResponse(form, answers, BASE);
    const reading = readPair(made.questionnaire, response);
    const faults = faultsOf(form, answers);
    expect(faults).toEqual(issuesOf(reading, response));
    for (const { linkId } of made.nodes.map(({ item }) => item)) {
      const enabled = isEnabled(form, answers, linkId);
      expect([linkId, enabled]).toEqual([linkId, !reading.answers.disabled.has(linkId)]);
      seen[enabled ? 'enabled' : 'disabled'] += 1;
    }
    seen[faults.length === 0 ? 'valid' : 'faulty'] += 1;
  });
  expect(Math.min(seen.valid, seen.faulty)).toBeGreaterThan(300);
  expect(Math.min(seen.enabled, seen.disabled)).toBeGreaterThan(1000);
});

test('what is written is read again, and only what is asked is written', () => {
  holds(1000, (draw) => {
    const made = makeIntakeForm(draw);
    const form = load(made.questionnaire);
    const answers = makeAnswers(made, draw, 0);
    const asked = enabledQuestions(form, answers).flatMap(({ linkId }) => {
      const given = answers.get(linkId);
      return given ? [[linkId, given] as const] : [];
    });
    const read = readResponse(form, toResponse(form, answers, BASE));
    expect(read).toEqual({ answers: new Map(asked) });
  });
});

test('a response that nobody changed is written as it was', () => {
  holds(1000, (draw) => {
    const made = makeIntakeForm(draw);
    const form = load(made.questionnaire);
    const response = toResponse(form, makeAnswers(made, draw, 0), { ...BASE, id: 'r1', language: 'de' });
    const extension = [{ url: 'https://made-up.example.org/said-by', valueString: 'a relative' }];
    const decorate = (item: QuestionnaireResponseItem): QuestionnaireResponseItem => ({
      ...item,
      ...(draw.chance(30) && { extension, _linkId: { extension } }),
      ...(draw.chance(30) && { text: 'As it was asked' }),
      ...(item.answer && {
        answer: item.answer.map((one) => (draw.chance(30) ? { ...one, extension } : one)),
      }),
      ...(item.item && { item: item.item.map(decorate) }),
    });
    const before = { ...response, ...(response.item && { item: response.item.map(decorate) }) };
    const read = readResponse(form, before);
    if ('faults' in read) throw new Error(read.faults.join(' '));
    expect(toResponse(form, read.answers, before)).toEqual(before);
  });
});

test('what it loads, the service reads; each question is checked as the whole is', () => {
  let loaded = 0;
  holds(1000, (draw) => {
    const { questionnaire } = draw.chance(50) ? makeQuestionnaire(draw) : makeIntakeForm(draw);
    const read = loadQuestionnaire(questionnaire);
    if ('faults' in read) return;
    loaded += 1;
    formFrom(questionnaire);
    const answers: Answers = new Map();
    const each = read.form.questions.flatMap(({ linkId }) => checkQuestion(read.form, answers, linkId));
    const isQuestion = ({ linkId }: { linkId: string }) =>
      read.form.byLinkId.get(linkId)?.kind === 'question';
    expect(each).toEqual(checkAll(read.form, answers).filter(isQuestion));
  });
  expect(loaded).toBeGreaterThan(300);
});

const ATOMS = [
  'a',
  'b',
  ' ',
  '-',
  '😀',
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '\\.',
  '\\n',
  '[ab]',
  '[^a]',
  '[\\s0-9]',
  '[a-]',
];
const QUANTIFIERS = ['?', '*', '+', '{2}', '{1,3}', '{0,}', '*?', '+?'];
const LETTERS = [
  'a',
  'b',
  'c',
  '0',
  '9',
  ' ',
  '\n',
  '\r',
  '\t',
  '\u000b',
  '\u00a0',
  '\u2028',
  '_',
  '-',
  '.',
  '😀',
  'é',
  '٣',
];

function patternOf(draw: Draw, depth: number): string {
  const parts = Array.from({ length: draw.integer(1, 3) }, () => {
    const inner = depth < 2 && draw.chance(30);
    const atom = inner ? `${draw.pick(['(', '(?:'])}${patternOf(draw, depth + 1)})` : draw.pick(ATOMS);
    return atom + (draw.chance(40) ? draw.pick(QUANTIFIERS) : '');
  });
  const sequence = parts.join('');
  return draw.chance(20) ? `${sequence}|${patternOf(draw, depth + 1)}` : sequence;
}

test('a pattern that it takes matches what it matches for the service', () => {
  const seen = { taken: 0, matches: 0 };
  holds(2000, (draw) => {
    const source = patternOf(draw, 0);
    const pattern = readPattern(source);
    if (!pattern) return;
    seen.taken += 1;
    const theirs = RE2JS.compile(source);
    for (let count = 0; count < 20; count += 1) {
      const text = Array.from({ length: draw.integer(0, 4) }, () => draw.pick(LETTERS)).join('');
      const isMatch = theirs.testExact(text);
      expect([source, text, pattern.test(text)]).toEqual([source, text, isMatch]);
      if (isMatch) seen.matches += 1;
    }
  });
  expect(seen.taken).toBeGreaterThan(1000);
  expect(seen.matches).toBeGreaterThan(1000);
});
