import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { readAnswers } from '../../../src/fhir/answers.js';
import type { Form } from '../../../src/fhir/form.js';
import { type ScreeningDocument, toScreeningDocument } from '../../../src/fhir/screening-document.js';
import { DISCLAIMER } from '../../../src/scoring/notes.js';
import { score } from '../../../src/scoring/score.js';
import {
  type Answers,
  expectedCases,
  LINK_IDS,
  toResponse,
  worked,
  workedCases,
} from '../../support/contract-responses.js';
import { authoredForm, rules, software } from '../../support/fhir-content.js';
import { coded, formOf, optionsOf, responseWith } from '../../support/fhir-literals.js';
import { answersOf, readRedFlagCases } from '../../support/scoring-cases.js';

const form = authoredForm();

function documentOf(answers: Answers, more: Partial<QuestionnaireResponse> = {}): ScreeningDocument {
  const response = { ...toResponse(answers, 'x'), id: 'r1', ...more };
  const { answers: read, issues } = readAnswers(response, { form, oldestAge: null });
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  const isWithdrawn = response.status === 'entered-in-error';
  const scored = isWithdrawn ? null : score(rules, read, { min: 52, max: 52 });
  return toScreeningDocument({ response, version: 3, form, score: scored, software });
}

/** The document of a response to a Questionnaire that no rule is about. */
function unscored(small: Form | null, response: QuestionnaireResponse): ScreeningDocument {
  return toScreeningDocument({ response, version: 1, form: small, score: null, software });
}

const headings = ({ sections }: ScreeningDocument) => sections.map(({ heading }) => heading);
const linesOf = ({ sections }: ScreeningDocument, start: string) =>
  sections.find(({ heading }) => heading.startsWith(start) || heading.endsWith(`(${start})`))?.lines ?? [];
const everyLine = ({ sections }: ScreeningDocument) => sections.flatMap(({ lines }) => lines);

const CRITERIA = /\([a-z]+[a-z0-9-]*\)$/;
const WORDS: Record<string, string> = {
  met: 'met',
  'not-met': 'not met',
  indeterminate: 'open',
  'not-applicable': 'not applicable',
};

describe.each(Object.keys(workedCases))('worked case %s', (name) => {
  const document = documentOf(worked(name));
  const expected = expectedCases[name];

  test('red flags come first, then the eleven sets, the answers, the versions and the disclaimer', () => {
    const order = headings(document);
    expect(order[0]).toBe('Red flags');
    const sets = order.filter((heading) => CRITERIA.test(heading));
    expect(sets.map((heading) => CRITERIA.exec(heading)?.[0].slice(1, -1))).toEqual(
      Object.keys(expected?.sets ?? {}),
    );
    expect(order.slice(1, 12)).toEqual(sets);
    expect(order.slice(-3)).toEqual(['Answers', 'Versions', 'Please note']);
    expect(document.sections.at(-1)?.lines).toEqual([DISCLAIMER]);
    expect(document.sections.every(({ lines }) => lines.length > 0)).toBe(true);
  });

  test('the urgency, and of every set the verdict and bounds', () => {
    const urgency = expected?.urgency?.replaceAll('-', ' ') ?? 'not known';
    expect(linesOf(document, 'Red flags')[0]).toBe(`Urgency: ${urgency}`);
    for (const [id, { verdict, min, max }] of Object.entries(expected?.sets ?? {})) {
      const lines = linesOf(document, id);
      expect([id, lines[0]]).toEqual([id, `Verdict: ${WORDS[verdict]}`]);
      const bounds = min === max ? `${min}` : `${min}–${max}`;
      const present = lines.filter((line) => line.startsWith('Present: '));
      if (min === null) expect(present).toEqual([]);
      else expect(present[0]).toMatch(new RegExp(`^Present: ${bounds} of \\d+(; at least \\d needed)?$`));
    }
  });
});

describe('criteria sets', () => {
  test('each tells verdict, bounds, threshold, the decision and the note', () => {
    expect(linesOf(documentOf(worked('D5')), 'nice-ng65')).toEqual([
      'Verdict: met',
      'Present: 3 of 9; at least 4 needed',
      'Decision: refer',
      '3 of 9 present: refer. Refer to rheumatology.',
    ]);
    expect(linesOf(documentOf(worked('D4')), 'nice-ng65')).toContain('Decision: test HLA-B27');
    expect(linesOf(documentOf(worked('D8')), 'calin-1977')[1]).toMatch(
      /^Present: \d–\d of 5; at least 4 needed$/,
    );
    expect(linesOf(documentOf(worked('D1')), 'asas-axspa-2009')[1]).toMatch(/^Present: \d+–\d+ of 11$/);
  });

  test('someone diagnosed already gets verdicts and no decision', () => {
    const document = documentOf({ ...worked('D5'), 'diagnosed-conditions': ['axial-spa'] });
    const lines = linesOf(document, 'nice-ng65');
    expect(lines[0]).toBe('Verdict: met');
    expect(lines.some((line) => /^Decision|Refer/.test(line))).toBe(false);
    expect(linesOf(document, 'Warnings').join()).toContain('already diagnosed');
  });

  test('disagreement, and warnings with the sets that they concern', () => {
    const document = documentOf(worked('D9'));
    expect(linesOf(document, 'Where the criteria sets disagree')[0]).toContain('Not met: asas-ibp-2009');
    expect(linesOf(document, 'Warnings')).toContain(
      'Aged 50 or more: the Berlin criteria were derived in patients under 50. (berlin-2006-8a, berlin-2006-8b)',
    );
  });
});

describe('red flags', () => {
  const file = readRedFlagCases();

  test.each(file.cases.filter(({ flags }) => flags.length > 0).map((one) => [one.name, one] as const))(
    '%s',
    (_, one) => {
      const [first, ...others] = linesOf(
        documentOf(answersOf(file, one) as Answers, { status: 'stopped' }),
        'Red flags',
      );
      expect(first).toBe(`Urgency: ${one.urgency?.replaceAll('-', ' ')}`);
      const told = others.map((line) => line.split(':')[0]);
      expect(told.slice(0, one.flags.length)).toEqual(one.flags);
      expect(others.join(' ')).toContain(`Present: ${one.flags.join(', ')}.`);
    },
  );

  test('safety questions that were left open are told in their own words', () => {
    const { 'eye-symptoms-now': _, ...answers } = worked('D1');
    expect(linesOf(documentOf(answers, { status: 'stopped' }), 'Red flags')).toEqual([
      'Urgency: not known',
      'Safety questions not fully answered: "Is either of your eyes newly red, sore, hurt by light, or blurry?"',
      'Careful: safety questions not fully answered: eye-symptoms-now.',
    ]);
  });
});

describe('status', () => {
  const emergency = { ...worked('D1'), 'red-flag-emergency': ['leg-weakness'] };

  test('a draft says that it is preliminary, then its red flags; it has no verdicts', () => {
    const document = documentOf(emergency, { status: 'in-progress' });
    expect(document.title).toBe('Back pain screening for axial spondyloarthritis (preliminary)');
    expect(headings(document).slice(0, 3)).toEqual(['Status', 'Red flags', 'Criteria sets']);
    expect(document.sections[0]?.lines[0]).toMatch(/^Preliminary/);
    expect(linesOf(document, 'Red flags')).toContain('leg-weakness: emergency');
    expect(everyLine(document).filter((line) => line.startsWith('Verdict'))).toEqual([]);
    expect(linesOf(document, 'Answers').length).toBeGreaterThan(10);
  });

  test('a withdrawn one says so first, and repeats nothing of what it said', () => {
    const document = documentOf(emergency, { status: 'entered-in-error' });
    expect(document.title).toMatch(/\(entered in error\)$/);
    expect(document.sections).toEqual([
      { heading: 'Status', lines: ['This screening was entered in error: disregard it.'] },
      { heading: 'Versions', lines: expect.any(Array) },
      { heading: 'Please note', lines: [DISCLAIMER] },
    ]);
    expect(JSON.stringify(document)).not.toMatch(/weak|emergency|Verdict/i);
  });

  test.each([
    ['stopped', /^The questionnaire was stopped/],
    ['amended', /^Amended/],
  ] as const)('%s is told, and scored in full', (status, words) => {
    const document = documentOf(emergency, { status });
    expect(headings(document).slice(0, 2)).toEqual(['Status', 'Red flags']);
    expect(document.sections[0]?.lines[0]).toMatch(words);
    expect(everyLine(document).filter((line) => line.startsWith('Verdict'))).toHaveLength(11);
  });
});

describe('answers', () => {
  test('every question in its own words, and the words of the option, never those that were sent', () => {
    const response = toResponse(worked('D1'), 'x');
    const onset = 'How old were you when back pain like this first started? A guess is fine. = 28';
    const hostile = structuredClone(response);
    for (const group of hostile.item ?? [])
      for (const { answer = [] } of group.item ?? [])
        for (const { valueCoding } of answer) if (valueCoding) valueCoding.display = 'Something else';
    const document = documentOf(worked('D1'), { item: hostile.item ?? [] });
    expect(document).toEqual(documentOf(worked('D1')));
    const lines = linesOf(document, 'Answers');
    expect(lines).toContain(onset);
    expect(lines).toContain('What did your HLA-B27 blood test show? = Not tested');
    expect(lines.indexOf(onset)).toBe(LINK_IDS.indexOf('onset-age'));
  });

  test('"not sure" is not answered; several ticks are all told', () => {
    const lines = linesOf(
      documentOf({
        ...worked('D1'),
        'onset-speed': 'unknown',
        'red-flag-urgent': ['fever', 'weight-loss'],
      }),
      'Answers',
    );
    expect(lines).toContain('How did the pain begin? = not answered (Not sure)');
    expect(lines.find((line) => line.startsWith('Do any of these fit you now?'))).toMatch(
      / = [^;]*[Ff]ever[^;]*; [^;]*weight[^;]*$/,
    );
  });

  test('what was asked and left blank is listed in one line; what was not asked is nowhere', () => {
    const { 'night-rising-relief': _, 'hla-b27': __, ...answers } = worked('D1');
    const asked = linesOf(documentOf(answers), 'Answers').filter((line) => line.startsWith('Not answered: '));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('"What did your HLA-B27 blood test show?"');
    expect(asked[0]).toContain('does it ease if you get up and move?');
    const disabled = linesOf(documentOf({ ...answers, 'night-waking': 'never' }), 'Answers');
    expect(disabled.join()).not.toContain('does it ease if you get up and move?');
    expect(disabled.join()).toContain('"What did your HLA-B27 blood test show?"');
  });

  test('of any other Questionnaire: each type of answer, at each depth, and no score', () => {
    const small = formOf(
      { linkId: 'yes', type: 'boolean', text: 'Really?' },
      {
        linkId: 'drugs',
        type: 'group',
        repeats: true,
        text: 'Drugs',
        item: [
          { linkId: 'name', type: 'open-choice', text: 'Name', answerOption: optionsOf('a') },
          {
            linkId: 'dose',
            type: 'quantity',
            text: 'Dose',
            item: [{ linkId: 'why', type: 'string', text: 'Why' }],
          },
        ],
      },
      { linkId: 'who', type: 'reference', text: 'Who' },
      { linkId: 'scan', type: 'attachment', text: 'Scan' },
      { linkId: 'when', type: 'date' },
      { linkId: 'note', type: 'display', text: 'Thank you' },
      { linkId: 'left', type: 'decimal', text: 'Left' },
    );
    const document = unscored(
      small,
      responseWith([
        { linkId: 'yes', answer: [{ valueBoolean: false }] },
        {
          linkId: 'drugs',
          item: [
            { linkId: 'name', answer: [coded('a')] },
            {
              linkId: 'dose',
              answer: [
                {
                  valueQuantity: { comparator: '<', value: 2.5, code: 'mg' },
                  item: [
                    {
                      linkId: 'why',
                      answer: [{ valueString: 'pain\n\nRed flags\n---------\u2028none\u202e' }],
                    },
                  ],
                },
              ],
            },
          ],
        },
        { linkId: 'drugs', item: [{ linkId: 'name', answer: [{ valueString: 'b' }] }] },
        { linkId: 'who', answer: [{ valueReference: { identifier: { value: '7' } } }] },
        { linkId: 'scan', answer: [{ valueAttachment: { url: 'http://x' } }] },
        { linkId: 'when', answer: [{ valueDate: '2026-05' }] },
        { linkId: 'left', answer: [{ extension: [{ url: 'http://why', valueString: 'blank' }] }] },
      ]),
    );
    expect(linesOf(document, 'Score')).toEqual(['No rule is about this Questionnaire: it has no score.']);
    expect(linesOf(document, 'Answers')).toEqual([
      'Really? = no',
      'Name = a',
      'Dose = <2.5 mg',
      'Why = pain Red flags --------- none',
      'Name = b',
      'Who = 7',
      'Scan = (attachment)',
      'when = 2026-05',
      'Not answered: "Left"',
    ]);
  });
});

test('the versions of all that made it, and whom it is about', () => {
  const encounter = { reference: 'Encounter/e1' };
  const document = documentOf(worked('D1'), { encounter });
  expect(linesOf(document, 'Versions')).toEqual([
    'Questionnaire: https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening|1.0.0',
    'Rule set: 6.5.4',
    'Software: axspa-screening 9.8.7',
    'Response: QuestionnaireResponse/r1, version 3',
  ]);
  expect(document).toMatchObject({
    responseId: 'r1',
    version: 3,
    status: 'completed',
    authored: '2026-05-04T09:30:00+02:00',
    subject: { reference: 'Patient/p1' },
    encounter,
    software,
    title: 'Back pain screening for axial spondyloarthritis',
  });
});

test('it is plain JSON, also of a response that had nothing', () => {
  const full = documentOf(worked('D10'));
  expect(JSON.parse(JSON.stringify(full))).toEqual(full);
  const empty = unscored(null, {
    resourceType: 'QuestionnaireResponse',
    id: 'r2',
    status: 'entered-in-error',
  });
  expect(JSON.parse(JSON.stringify(empty))).toEqual(empty);
  expect(empty).toMatchObject({
    title: 'Questionnaire response (entered in error)',
    subject: null,
    authored: null,
  });
});
