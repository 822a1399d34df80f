import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { readAnswers } from '../../../../src/fhir/answers.js';
import { readQuestionnaire } from '../../../../src/fhir/form.js';
import { type Answer, type Answers, toggleOption, withAnswers } from '../../../../src/ui/engine/answers.js';
import { checkAll } from '../../../../src/ui/engine/checks.js';
import { loadQuestionnaire } from '../../../../src/ui/engine/load.js';
import { firstUnanswered, linkIdAt, readResponse, toResponse } from '../../../../src/ui/engine/response.js';
import { optionText } from '../../../../src/ui/engine/text.js';
import {
  type Answers as CaseAnswers,
  toItems,
  toResponse as toWorkedResponse,
  workedCases,
} from '../../../support/contract-responses.js';
import {
  BASE,
  CANONICAL,
  choice,
  coded,
  control,
  core,
  formOf,
  item,
  UCUM,
} from '../../../support/intake-form.js';

const form = formOf(
  item('g', 'group', {
    item: [
      item('a', 'boolean'),
      item('n', 'integer', {
        enableWhen: [{ question: 'a', operator: 'exists', answerBoolean: true }],
        item: [item('n-help', 'display')],
      }),
      item('inner', 'group', { item: [item('s', 'string')] }),
    ],
  }),
  item('note', 'display'),
  choice('c', { repeats: true }),
  item('o', 'open-choice', {
    repeats: true,
    answerOption: [{ valueCoding: coded('red', 'Red').valueCoding }],
  }),
  item('q', 'quantity', {
    extension: [core('questionnaire-unit', { valueCoding: { system: UCUM, code: 'kg' } })],
  }),
);
const given = (answers: Readonly<Record<string, Answer[]>>): Answers => new Map(Object.entries(answers));
const kg = (value: number) => ({ valueQuantity: { value, unit: 'kg', system: UCUM, code: 'kg' } });

describe('answers → response', () => {
  test('nothing answered: no items at all', () => {
    expect(toResponse(form, new Map(), BASE)).toEqual(BASE);
  });

  test('false and 0 are answers, blanks are not there; groups where something is in them; in document order', () => {
    const answers = given({
      c: [coded('red', 'Red')],
      n: [{ valueInteger: 0 }],
      s: [],
      a: [{ valueBoolean: false }],
    });
    expect(toResponse(form, answers, BASE)).toEqual({
      ...BASE,
      item: [
        {
          linkId: 'g',
          item: [
            { linkId: 'a', answer: [{ valueBoolean: false }] },
            { linkId: 'n', answer: [{ valueInteger: 0 }] },
          ],
        },
        { linkId: 'c', answer: [coded('red', 'Red')] },
      ],
    });
    const deep = toResponse(form, given({ s: [{ valueString: 'x' }] }), BASE);
    expect(deep.item).toEqual([
      { linkId: 'g', item: [{ linkId: 'inner', item: [{ linkId: 's', answer: [{ valueString: 'x' }] }] }] },
    ]);
  });

  test('what is not asked is not written', () => {
    expect(toResponse(form, given({ n: [{ valueInteger: 3 }] }), BASE)).toEqual(BASE);
  });

  test('everything else of base stays', () => {
    const base: QuestionnaireResponse = {
      ...BASE,
      id: 'r1',
      meta: { versionId: '3' },
      language: 'de',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
      extension: [{ url: 'urn:x', valueCode: 'x' }],
      identifier: { value: '1' },
      status: 'in-progress',
      subject: { reference: 'Patient/1' },
      encounter: { reference: 'Encounter/1' },
      authored: '2026-05-04T09:30:00+02:00',
      author: { reference: 'Practitioner/1' },
      source: { reference: 'Patient/1' },
    };
    const frozen = structuredClone(base);
    expect(toResponse(form, given({ q: [kg(0)] }), base)).toEqual({
      ...frozen,
      item: [{ linkId: 'q', answer: [kg(0)] }],
    });
    expect(base).toEqual(frozen);
  });

  test('choices carry the display of the Questionnaire, whatever was said before', () => {
    const german = given({ c: [coded('red', 'Rot')], o: [coded('red'), { valueString: 'Rosa' }] });
    expect(toResponse(form, german, BASE).item).toEqual([
      { linkId: 'c', answer: [coded('red', 'Red')] },
      { linkId: 'o', answer: [coded('red', 'Red'), { valueString: 'Rosa' }] },
    ]);
  });
});

describe('what base says of an answer', () => {
  const extension = [{ url: 'https://clinic.example.org/said-by', valueString: 'a relative' }];
  const before: QuestionnaireResponseItem[] = [
    {
      linkId: 'g',
      text: 'Group',
      extension,
      item: [
        { id: '1', linkId: 'a', text: 'As asked', extension, answer: [{ extension, valueBoolean: true }] },
        { linkId: 'n', extension: [{ url: 'urn:why', valueCode: 'asked-declined' }] },
      ],
    },
    { linkId: 'note', text: 'Read this' },
    {
      linkId: 'c',
      extension,
      text: 'Colours',
      answer: [{ ...coded('green', 'Grün'), extension }, coded('red', 'Rot')],
    },
  ];
  const base = { ...BASE, item: before };
  const read = readResponse(form, base);
  const answers = 'answers' in read ? read.answers : new Map();

  test('stays while nothing changes', () => {
    expect([...answers]).toEqual([
      ['a', [{ valueBoolean: true }]],
      ['c', [coded('green', 'Grün'), coded('red', 'Rot')]],
    ]);
    expect(toResponse(form, answers, base)).toEqual(base);
  });

  test('stays when the ticks are taken away and set again', () => {
    const [question] = form.questions.filter(({ linkId }) => linkId === 'c');
    const [red] = question?.options ?? [];
    if (!question || !red) throw new Error('no option');
    const without = toggleOption(question, answers.get('c') ?? [], red);
    const again = toggleOption(question, without, red);
    expect(toResponse(form, withAnswers(form, answers, 'c', again), base)).toEqual(base);
    expect(toResponse(form, withAnswers(form, answers, 'c', without), base).item?.[2]).toEqual({
      linkId: 'c',
      text: 'Colours',
      answer: [{ ...coded('green', 'Grün'), extension }],
    });
  });

  test('of a changed answer, only the text of its question stays', () => {
    const changed = withAnswers(form, answers, 'a', [{ valueBoolean: false }]);
    expect(toResponse(form, changed, base).item?.[0]).toEqual({
      linkId: 'g',
      text: 'Group',
      extension,
      item: [
        { id: '1', linkId: 'a', text: 'As asked', answer: [{ valueBoolean: false }] },
        { linkId: 'n', extension: [{ url: 'urn:why', valueCode: 'asked-declined' }] },
      ],
    });
  });

  test('goes with the answer, and with the group when nothing is left in it', () => {
    const cleared = withAnswers(form, answers, 'a', []);
    expect(toResponse(form, cleared, base).item).toEqual(before.slice(1));
  });
});

describe('response → answers', () => {
  const reading = (...items: QuestionnaireResponseItem[]) => {
    const read = readResponse(form, { ...BASE, ...(items.length > 0 && { item: items }) });
    return 'faults' in read ? read.faults : [...read.answers];
  };

  test('blanks are unanswered, answers not asked for now are kept', () => {
    expect(reading()).toEqual([]);
    expect(reading({ linkId: 'c', answer: [{ extension: [{ url: 'urn:x', valueCode: 'x' }] }] })).toEqual([]);
    expect(reading({ linkId: 'g', item: [{ linkId: 'n', answer: [{ valueInteger: 3 }] }] })).toEqual([
      ['n', [{ valueInteger: 3 }]],
    ]);
  });

  test('what is only wrong is kept, to be put right', () => {
    expect(reading({ linkId: 'c', answer: [coded('red'), coded('none')] })).toEqual([
      ['c', [coded('red'), coded('none')]],
    ]);
  });

  test.each<[string, QuestionnaireResponseItem, string]>([
    ['an unknown item', { linkId: 'x' }, '"x": the Questionnaire has no such item.'],
    ['one elsewhere', { linkId: 'a' }, '"a": it stands in another place than in the Questionnaire.'],
    [
      'an answer to a group',
      { linkId: 'g', answer: [{ valueBoolean: true }] },
      '"g": a group takes no answer.',
    ],
    [
      'an answer to a display',
      { linkId: 'note', answer: [{ valueBoolean: true }] },
      '"note": a display takes no answer.',
    ],
    ['items in a question', { linkId: 'c', item: [{ linkId: 'a' }] }, '"c": it has items in it.'],
    [
      'items in an answer',
      { linkId: 'c', answer: [{ ...coded('red'), item: [{ linkId: 'a' }] }] },
      '"c": it has items in it.',
    ],
    [
      'a modifier of an item',
      { linkId: 'c', modifierExtension: [{ url: 'urn:x' }] },
      '"c": its modifiers are not known.',
    ],
    [
      'a modifier of an answer',
      { linkId: 'c', answer: [{ ...coded('red'), modifierExtension: [{ url: 'urn:x' }] }] },
      '"c": its modifiers are not known.',
    ],
    [
      'another type',
      { linkId: 'c', answer: [{ valueString: 'red' }] },
      '"c": valueString is no answer to it.',
    ],
    [
      'a code that is no option',
      { linkId: 'c', answer: [coded('blue')] },
      '"c": the answer is not among its options.',
    ],
    [
      'a file',
      { linkId: 'o', answer: [{ valueAttachment: { url: 'urn:x' } }] },
      '"o": valueAttachment is no answer to it.',
    ],
    [
      'two texts',
      { linkId: 'o', answer: [{ valueString: 'a' }, { valueString: 'b' }] },
      '"o": it takes one text beside its options.',
    ],
    [
      'two values',
      { linkId: 'o', answer: [{ valueString: 'a', valueInteger: 1 }] },
      '"o": an answer has one value.',
    ],
    ['two answers to one question', { linkId: 'q', answer: [kg(1), kg(2)] }, '"q": it takes one answer.'],
    [
      'another unit',
      { linkId: 'q', answer: [{ valueQuantity: { value: 1, system: UCUM, code: 'g' } }] },
      '"q": the unit is not one of its units.',
    ],
    [
      'a comparator',
      { linkId: 'q', answer: [{ valueQuantity: { ...kg(1).valueQuantity, comparator: '<' } }] },
      '"q": a quantity has a value and a unit, and nothing else.',
    ],
    [
      'no amount',
      { linkId: 'q', answer: [{ valueQuantity: { system: UCUM, code: 'kg' } }] },
      '"q": a quantity has a value and a unit, and nothing else.',
    ],
  ])('refused: %s', (_name, one, fault) => {
    expect(reading(one)).toEqual([fault]);
  });

  test('refused: what a slider would show as another number', () => {
    const slider = formOf(
      item('s', 'decimal', {
        extension: [
          control('slider'),
          core('minValue', { valueInteger: 0 }),
          core('maxValue', { valueInteger: 10 }),
        ],
      }),
    );
    const at = (valueDecimal: number) =>
      readResponse(slider, { ...BASE, item: [{ linkId: 's', answer: [{ valueDecimal }] }] });
    expect(at(0)).toEqual({ answers: new Map([['s', [{ valueDecimal: 0 }]]]) });
    for (const off of [-1, 2.5, 12])
      expect(at(off)).toEqual({ faults: ['"s": its slider does not stand at this answer.'] });
  });

  test('refused: an item twice; a modifier; another version; all told at once', () => {
    const twice: QuestionnaireResponse = {
      ...BASE,
      questionnaire: CANONICAL.replace('|1', '|2'),
      implicitRules: 'urn:x',
      item: [{ linkId: 'c' }, { linkId: 'c' }, { linkId: 'x' }],
    };
    expect(readResponse(form, twice)).toEqual({
      faults: [
        `The response is to "${CANONICAL.replace('|1', '|2')}", not to "${CANONICAL}".`,
        'The modifiers of the response are not known.',
        '"c": it is there more than once.',
        '"x": the Questionnaire has no such item.',
      ],
    });
  });
});

test.each([
  ['QuestionnaireResponse.item[0]', 'g'],
  ['QuestionnaireResponse.item[0].item[1]', 'n'],
  ['QuestionnaireResponse.item[0].item[1].answer[0].value', 'n'],
  ['QuestionnaireResponse.item[0].item[1].answer[1]', 'n'],
  ['QuestionnaireResponse.item[0].item[1].answer[0].item[0]', 'under'],
  ['QuestionnaireResponse.item[1].linkId', 'c'],
  ['QuestionnaireResponse.item[0].answer', 'g'],
  ['QuestionnaireResponse', null],
  ['QuestionnaireResponse.status', null],
  ['QuestionnaireResponse.item[7]', null],
  ['QuestionnaireResponse.item[0].item[7]', null],
  ['Bundle.entry[0].resource.item[0]', null],
  ['', null],
])('%s is about %s', (expression, expected) => {
  const items: QuestionnaireResponseItem[] = [
    {
      linkId: 'g',
      item: [{ linkId: 'a' }, { linkId: 'n', answer: [{ valueInteger: 0, item: [{ linkId: 'under' }] }] }],
    },
    { linkId: 'c' },
  ];
  expect(linkIdAt({ ...BASE, item: items }, expression)).toBe(expected);
});

test('a draft opens at the first question that is drawn and not answered', () => {
  const all = { a: [{ valueBoolean: false }], n: [{ valueInteger: 0 }], s: [{ valueString: 'x' }] };
  expect(firstUnanswered(form, new Map())).toBe('a');
  expect(firstUnanswered(form, given({ a: [{ valueBoolean: false }] }))).toBe('n');
  expect(firstUnanswered(form, given({ ...all, n: [] }))).toBe('n');
  expect(firstUnanswered(form, given({ ...all, c: [coded('red')], q: [kg(0)] }))).toBe('o');
  expect(
    firstUnanswered(form, given({ ...all, c: [coded('red')], q: [kg(0)], o: [coded('red')] })),
  ).toBeNull();
});

test('a draft never opens at what cannot be answered', () => {
  const hidden = [core('questionnaire-hidden', { valueBoolean: true })];
  const shown = formOf(item('r', 'string', { readOnly: true }), item('h', 'string', { extension: hidden }));
  expect(firstUnanswered(shown, new Map())).toBeNull();
});

describe('the worked cases', () => {
  const path = new URL('../../../../resources/Questionnaire-axspa-back-pain-screening.json', import.meta.url);
  const questionnaire: Questionnaire = JSON.parse(readFileSync(path, 'utf8'));
  const loaded = loadQuestionnaire(questionnaire);
  if ('faults' in loaded) throw new Error(loaded.faults.join(' '));
  const ours = loaded.form;
  const theirs = readQuestionnaire(questionnaire, { valueSet: () => undefined, codeSystem: () => undefined });
  if ('faults' in theirs) throw new Error('the service does not read it');

  /** As a person does: finds the option by what it says in a language, and ticks it. */
  function answered(answers: CaseAnswers, language: string): Answers {
    let all: Answers = new Map();
    for (const question of ours.questions) {
      const { linkId, options } = question;
      const value = answers[linkId];
      if (value === undefined) continue;
      if (typeof value === 'number') {
        all = withAnswers(ours, all, linkId, [{ valueInteger: value }]);
        continue;
      }
      for (const code of [value].flat()) {
        const said = options.filter(({ answer }) => answer.valueCoding?.code === code);
        const [option] = options.filter((one) =>
          said.some((it) => optionText(it, language) === optionText(one, language)),
        );
        if (!option) throw new Error(`no option ${code}`);
        all = withAnswers(ours, all, linkId, toggleOption(question, all.get(linkId) ?? [], option));
      }
    }
    return all;
  }

  test.each(Object.entries(workedCases))(
    '%s: the service takes it, and it is the same in every language',
    (name, answers) => {
      const base = { ...toWorkedResponse({}, name) };
      const [en, es, de] = ['en', 'es', 'de'].map((language) =>
        toResponse(ours, answered(answers, language), base),
      );
      expect(checkAll(ours, answered(answers, 'en'))).toEqual([]);
      expect([es, de]).toEqual([en, en]);
      if (!en) throw new Error('no response');
      expect(readAnswers(en, { form: theirs.form, oldestAge: null }).issues).toEqual([]);
      expect(withoutDisplays(en.item)).toEqual(withoutDisplays(toItems(answers)));
      expect(readResponse(ours, en)).toEqual({ answers: answered(answers, 'en') });
    },
  );

  test('are more than a few', () => {
    expect(Object.keys(workedCases).length).toBeGreaterThan(10);
  });
});

/** Ticks in the order of their codes: the fixtures have them in any. */
function withoutDisplays(items: readonly QuestionnaireResponseItem[] = []): unknown[] {
  return items.map(({ linkId, answer, item }) => ({
    linkId,
    item: withoutDisplays(item),
    answer: (answer ?? [])
      .map(({ valueCoding, ...rest }) => JSON.stringify([valueCoding?.system, valueCoding?.code, rest]))
      .sort(),
  }));
}
