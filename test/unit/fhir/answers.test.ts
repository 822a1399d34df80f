import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { readAnswers } from '../../../src/fhir/answers.js';
import { inDocumentOrder } from '../../../src/fhir/document-order.js';
import type { Form } from '../../../src/fhir/form.js';
import { coding, system } from '../../support/contract-responses.js';
import { authoredForm, display } from '../../support/fhir-content.js';
import {
  coded,
  FHIR,
  faultsIn,
  formOf,
  optionsOf,
  readCleanly,
  responseWith,
} from '../../support/fhir-literals.js';

const Q = 'QuestionnaireResponse';
const EXTENSION = [{ url: 'urn:x', valueCode: 'asked-declined' }];

/** Two groups, a repeating group, and a question with questions under its answer. */
const form = formOf(
  {
    linkId: 'first',
    type: 'group',
    item: [
      { linkId: 'title', type: 'display', text: 'Title' },
      { linkId: 'q1', type: 'choice', required: true, answerOption: optionsOf('yes', 'no') },
      {
        linkId: 'q2',
        type: 'string',
        required: true,
        enableWhen: [{ question: 'q1', operator: '=', answerCoding: coded('yes').valueCoding ?? {} }],
      },
    ],
  },
  {
    linkId: 'second',
    type: 'group',
    item: [
      { linkId: 'age', type: 'integer', item: [{ linkId: 'age.help', type: 'display' }] },
      {
        linkId: 'pets',
        type: 'choice',
        repeats: true,
        answerOption: optionsOf('cat', 'dog', 'none!'),
        item: [{ linkId: 'name', type: 'string', required: true }],
      },
    ],
  },
  {
    linkId: 'visit',
    type: 'group',
    repeats: true,
    item: [{ linkId: 'when', type: 'date', required: true }],
  },
);
const VISIT: QuestionnaireResponseItem = {
  linkId: 'visit',
  item: [{ linkId: 'when', answer: [{ valueDate: '2026' }] }],
};
const no: QuestionnaireResponseItem = { linkId: 'q1', answer: [coded('no')] };
const yes: QuestionnaireResponseItem = { linkId: 'q1', answer: [coded('yes')] };
const words = (valueString: string): QuestionnaireResponseItem => ({
  linkId: 'q2',
  answer: [{ valueString }],
});
const first = (...item: QuestionnaireResponseItem[]): QuestionnaireResponseItem => ({
  linkId: 'first',
  item,
});
const second = (...item: QuestionnaireResponseItem[]): QuestionnaireResponseItem => ({
  linkId: 'second',
  item,
});
const given = (...item: QuestionnaireResponseItem[]) => Object.fromEntries(readCleanly(form, item).given);

describe('reading', () => {
  test('codes as text, ticks as a list, numbers as numbers', () => {
    const ages = second(
      { linkId: 'age', answer: [{ valueInteger: 40 }] },
      {
        linkId: 'pets',
        answer: [{ ...coded('cat'), item: [{ linkId: 'name', answer: [{ valueString: 'Tom' }] }] }],
      },
    );
    expect(given(first(yes, words('why')), ages, VISIT)).toEqual({
      q1: 'yes',
      q2: 'why',
      age: 40,
      pets: ['cat'],
      name: 'Tom',
      when: '2026',
    });
  });

  test('0, false and absent are three things', () => {
    const small = formOf(
      { linkId: 'n', type: 'integer' },
      { linkId: 'd', type: 'decimal' },
      { linkId: 'b', type: 'boolean' },
      { linkId: 'blank', type: 'integer' },
    );
    const { given: read } = readCleanly(small, [
      { linkId: 'n', answer: [{ valueInteger: 0 }] },
      { linkId: 'd', answer: [{ valueDecimal: 0 }] },
      { linkId: 'b', answer: [{ valueBoolean: false }] },
      { linkId: 'blank' },
    ]);
    expect([...read]).toEqual([
      ['n', 0],
      ['d', 0],
      ['b', 'false'],
    ]);
  });

  test('the same tick twice is one, and one tick is still a list', () => {
    const small = formOf({ linkId: 'm', type: 'choice', repeats: true, answerOption: optionsOf('a', 'b') });
    const read = (...codes: string[]) =>
      readCleanly(small, [{ linkId: 'm', answer: codes.map(coded) }]).given;
    expect(read('a', 'b', 'a').get('m')).toEqual(['a', 'b']);
    expect(read('b').get('m')).toEqual(['b']);
  });

  test('an answer of extensions alone is a blank', () => {
    const blank = { linkId: 'age', answer: [{ extension: EXTENSION }] };
    const sibling = { linkId: 'age', answer: [{ _valueInteger: { extension: EXTENSION } }] };
    expect(given(first(no), second(blank), VISIT)).toEqual({ q1: 'no', when: '2026' });
    expect(given(first(no), second(sibling), VISIT)).toEqual({ q1: 'no', when: '2026' });
    const required = [first({ linkId: 'q1', answer: [{ extension: EXTENSION }] }), VISIT];
    expect(faultsIn(form, required)).toEqual([['answer-required', `${Q}.item[0].item[0]`]]);
  });

  test('disabled questions are named, with all that is under them', () => {
    expect(readCleanly(form, [first(no), VISIT]).disabled).toEqual(new Set(['q2']));
    expect(readCleanly(form, [first(yes, words('x')), VISIT]).disabled).toEqual(new Set());
  });

  test('displays may be echoed, and text and extensions said', () => {
    const title = { linkId: 'title', text: 'Title', extension: EXTENSION };
    const help = {
      linkId: 'age',
      text: 'Age?',
      answer: [{ valueInteger: 1, item: [{ linkId: 'age.help' }] }],
    };
    expect(given(first(title, no), second(help), VISIT)).toEqual({ q1: 'no', age: 1, when: '2026' });
  });

  test('our own Questionnaire, as a client fills it in', () => {
    const shown = (code: string) => ({
      valueCoding: { ...coding(code).valueCoding, display: display(system('verdicts'), 'met') },
    });
    const item: QuestionnaireResponseItem[] = [
      {
        linkId: 'safety',
        text: 'Your safety first',
        item: [
          { linkId: 'red-flag-emergency', answer: [shown('none')] },
          { linkId: 'red-flag-urgent', answer: [coding('fever'), coding('weight-loss')] },
          { linkId: 'eye-symptoms-now', answer: [coding('no')] },
        ],
      },
      {
        linkId: 'pain',
        item: [
          { linkId: 'onset-age', answer: [{ valueInteger: 28, item: [{ linkId: 'onset-age-help' }] }] },
          { linkId: 'pain-intensity', answer: [{ valueInteger: 0 }] },
        ],
      },
    ];
    const { given: read, disabled } = readCleanly(authoredForm(), item);
    expect(Object.fromEntries(read)).toEqual({
      'red-flag-emergency': ['none'],
      'red-flag-urgent': ['fever', 'weight-loss'],
      'eye-symptoms-now': 'no',
      'onset-age': 28,
      'pain-intensity': 0,
    });
    expect(disabled).toEqual(new Set(['night-rising-relief', 'family-second-degree']));
  });
});

describe('place', () => {
  const faults = (...item: QuestionnaireResponseItem[]) => faultsIn(form, item, { status: 'in-progress' });

  test.each<[string, QuestionnaireResponseItem[], string, string]>([
    ['unknown at the top', [{ linkId: 'gone' }], 'unknown-link-id', 'item[0]'],
    ['unknown in a group', [first({ linkId: 'gone' })], 'unknown-link-id', 'item[0].item[0]'],
    ['in another case', [{ linkId: 'First' }], 'unknown-link-id', 'item[0]'],
    ['a name of Object', [{ linkId: 'constructor' }], 'unknown-link-id', 'item[0]'],
    ['a question at the top', [no], 'wrong-nesting', 'item[0]'],
    ['a question in another group', [second(no)], 'wrong-nesting', 'item[0].item[0]'],
    ['a group in a group', [first(second())], 'wrong-nesting', 'item[0].item[0]'],
    [
      'a child beside its question',
      [second({ linkId: 'age', answer: [{ valueInteger: 1 }] }, { linkId: 'age.help' })],
      'wrong-nesting',
      'item[0].item[1]',
    ],
    [
      'a child under the question and not its answer',
      [second({ linkId: 'age', answer: [{ valueInteger: 1 }], item: [{ linkId: 'age.help' }] })],
      'wrong-nesting',
      'item[0].item[0].item[0]',
    ],
    [
      'a stranger under an answer',
      [second({ linkId: 'age', answer: [{ valueInteger: 1, item: [no] }] })],
      'wrong-nesting',
      'item[0].item[0].answer[0].item[0]',
    ],
    ['groups the wrong way round', [second(), first()], 'wrong-order', 'item[1]'],
    [
      'questions the wrong way round',
      [first(yes, words('x'), { linkId: 'title' })],
      'wrong-order',
      'item[0].item[2]',
    ],
    ['a question twice', [first(no, no)], 'duplicate-link-id', 'item[0].item[1]'],
    [
      'a display twice',
      [first({ linkId: 'title' }, { linkId: 'title' })],
      'duplicate-link-id',
      'item[0].item[1]',
    ],
    ['a group twice that does not repeat', [first(), first()], 'duplicate-link-id', 'item[1]'],
    [
      'a repeating question twice',
      [second({ linkId: 'pets', answer: [coded('none')] }, { linkId: 'pets', answer: [coded('none')] })],
      'duplicate-link-id',
      'item[0].item[1]',
    ],
    [
      'an answer to a group',
      [{ linkId: 'first', answer: [{ valueString: 'x' }] }],
      'wrong-answer-type',
      'item[0].answer',
    ],
    [
      'an answer to a display',
      [first({ linkId: 'title', answer: [{ valueString: 'x' }] })],
      'wrong-answer-type',
      'item[0].item[0].answer',
    ],
  ])('%s', (_name, item, code, path) => {
    // A question named here may be blank on purpose: nothing is required of a response in progress.
    const found = faults(...item).filter(([one]) => one !== 'answer-required');
    expect(found).toEqual([[code, `${Q}.${path}`]]);
  });

  test('a repeating group may be there again, and each time is checked', () => {
    expect(faults(VISIT, VISIT, VISIT)).toEqual([]);
    const bad = { linkId: 'visit', item: [{ linkId: 'when', answer: [{ valueDate: '2026-13' }] }] };
    expect(faults(VISIT, bad, { linkId: 'visit', item: [{ linkId: 'q1' }] })).toEqual([
      ['bad-date', `${Q}.item[1].item[0].answer[0]`],
      ['wrong-nesting', `${Q}.item[2].item[0]`],
    ]);
  });

  test('left-out items put nothing out of order', () => {
    expect(faults(second(), VISIT)).toEqual([]);
    expect(faults(first({ linkId: 'title' }, words('x')), VISIT)).toEqual([
      ['answer-not-enabled', `${Q}.item[0].item[1]`],
    ]);
  });
});

describe('enablement', () => {
  const q2 = `${Q}.item[0].item[1]`;

  test.each<[string, QuestionnaireResponseItem[], (readonly [string, string])[]]>([
    ['enabled and answered', [yes, words('x')], []],
    ['disabled and left out', [no], []],
    ['disabled and blank', [no, { linkId: 'q2' }], []],
    [
      'disabled and blank but for an extension',
      [no, { linkId: 'q2', answer: [{ extension: EXTENSION }] }],
      [],
    ],
    ['disabled and answered', [no, words('x')], [['answer-not-enabled', q2]]],
    [
      'disabled and answered wrongly: one fault, not two',
      [no, { linkId: 'q2', answer: [{ valueInteger: 1 }] }],
      [['answer-not-enabled', q2]],
    ],
    ['enabled and left out', [yes], [['answer-required', `${Q}.item[0]`]]],
    ['enabled and blank', [yes, { linkId: 'q2' }], [['answer-required', q2]]],
  ])('%s', (_name, item, expected) => {
    expect(faultsIn(form, [first(...item), VISIT])).toEqual(expected);
  });

  test('a disabled answer is not among the answers', () => {
    const { answers } = readAnswers(responseWith([first(no, words('x')), VISIT]), { form, oldestAge: null });
    expect([...answers.given.keys()]).toEqual(['q1', 'when']);
  });

  test('a disabled group disables its questions, and requires none', () => {
    const small = formOf(
      { linkId: 'q', type: 'boolean' },
      {
        linkId: 'g',
        type: 'group',
        required: true,
        enableWhen: [{ question: 'q', operator: '=', answerBoolean: true }],
        item: [{ linkId: 'in', type: 'string', required: true }],
      },
    );
    const q = (valueBoolean: boolean) => ({ linkId: 'q', answer: [{ valueBoolean }] });
    const group = { linkId: 'g', item: [{ linkId: 'in', answer: [{ valueString: 'x' }] }] };
    expect(faultsIn(small, [q(false)])).toEqual([]);
    expect(faultsIn(small, [q(false), { linkId: 'g', item: [{ linkId: 'in' }] }])).toEqual([]);
    expect(faultsIn(small, [q(false), group])).toEqual([['answer-not-enabled', `${Q}.item[1].item[0]`]]);
    expect(faultsIn(small, [q(true)])).toEqual([['answer-required', Q]]);
    expect(faultsIn(small, [q(true), group])).toEqual([]);
  });

  test('in a repeating group, a condition looks at its own instance', () => {
    const when = (question: string) => [{ question, operator: '=' as const, answerBoolean: true }];
    const small = formOf(
      {
        linkId: 'g',
        type: 'group',
        repeats: true,
        item: [
          { linkId: 'q', type: 'boolean' },
          { linkId: 'if', type: 'string', required: true, enableWhen: when('q') },
        ],
      },
      { linkId: 'any', type: 'string', enableWhen: when('q') },
    );
    const instance = (valueBoolean: boolean, ...item: QuestionnaireResponseItem[]) => ({
      linkId: 'g',
      item: [{ linkId: 'q', answer: [{ valueBoolean }] }, ...item],
    });
    const why = { linkId: 'if', answer: [{ valueString: 'x' }] };
    const any = { linkId: 'any', answer: [{ valueString: 'x' }] };
    expect(faultsIn(small, [instance(true, why), instance(false), any])).toEqual([]);
    expect(faultsIn(small, [instance(true), instance(false, why)])).toEqual([
      ['answer-required', `${Q}.item[0]`],
      ['answer-not-enabled', `${Q}.item[1].item[1]`],
    ]);
    expect(faultsIn(small, [instance(false), any])).toEqual([['answer-not-enabled', `${Q}.item[1]`]]);
  });

  test('a condition may look ahead, and into answers', () => {
    const ahead = formOf(
      {
        linkId: 'a',
        type: 'string',
        enableWhen: [{ question: 'c', operator: 'exists', answerBoolean: true }],
      },
      { linkId: 'b', type: 'boolean', item: [{ linkId: 'c', type: 'string' }] },
    );
    const a = { linkId: 'a', answer: [{ valueString: 'x' }] };
    const b = (...item: QuestionnaireResponseItem[]) => ({
      linkId: 'b',
      answer: [{ valueBoolean: true, item }],
    });
    expect(faultsIn(ahead, [a, b({ linkId: 'c', answer: [{ valueString: 'y' }] })])).toEqual([]);
    expect(faultsIn(ahead, [a, b({ linkId: 'c' })])).toEqual([['answer-not-enabled', `${Q}.item[0]`]]);
  });
});

describe('completeness', () => {
  test.each([
    ['completed', true],
    ['amended', true],
    ['in-progress', false],
    ['stopped', false],
    ['entered-in-error', false],
  ] as const)('%s', (status, complete) => {
    const required = (...at: string[]) => (complete ? at.map((one) => ['answer-required', one]) : []);
    expect(faultsIn(form, [], { status })).toEqual(required(Q));
    expect(faultsIn(form, [first()], { status })).toEqual(required(`${Q}.item[0]`));
    expect(faultsIn(form, [first(yes)], { status })).toEqual(required(`${Q}.item[0]`));
    expect(faultsIn(form, [first(no), { linkId: 'visit' }], { status })).toEqual(required(`${Q}.item[1]`));
    expect(faultsIn(form, [first(no), VISIT], { status })).toEqual([]);
  });

  test('under an answer, only where there is one', () => {
    const pets = (...codes: string[]) => [
      first(no),
      second({ linkId: 'pets', answer: codes.map(coded) }),
      VISIT,
    ];
    const at = `${Q}.item[1].item[0].answer`;
    expect(faultsIn(form, [first(no), second({ linkId: 'pets' }), VISIT])).toEqual([]);
    const blank = { linkId: 'pets', answer: [{ extension: EXTENSION }] };
    expect(faultsIn(form, [first(no), second(blank), VISIT])).toEqual([]);
    expect(faultsIn(form, pets('cat', 'dog'))).toEqual([
      ['answer-required', `${at}[0]`],
      ['answer-required', `${at}[1]`],
    ]);
  });

  test('items under an answer do not stand in for its value', () => {
    const small = formOf({
      linkId: 'n',
      type: 'integer',
      required: true,
      item: [{ linkId: 'help', type: 'display' }],
    });
    expect(faultsIn(small, [{ linkId: 'n', answer: [{ item: [{ linkId: 'help' }] }] }])).toEqual([
      ['answer-required', `${Q}.item[0]`],
    ]);
  });

  test('a required group is there with something in it; an optional one that repeats may be away', () => {
    const item = [{ linkId: 'in', type: 'string' as const }];
    const small = formOf(
      { linkId: 'must', type: 'group', required: true, item },
      {
        linkId: 'may',
        type: 'group',
        repeats: true,
        item: [{ linkId: 'in2', type: 'string', required: true }],
      },
    );
    expect(faultsIn(small, [])).toEqual([['answer-required', Q]]);
    expect(
      faultsIn(small, [{ linkId: 'must', item: [{ linkId: 'in', answer: [{ valueString: 'x' }] }] }]),
    ).toEqual([]);
    expect(faultsIn(small, [], { status: 'stopped' })).toEqual([]);
  });

  test('the three safety questions are required, the others are not', () => {
    const safety = {
      linkId: 'safety',
      item: ['red-flag-emergency', 'red-flag-urgent', 'eye-symptoms-now'].map((linkId) => ({
        linkId,
        answer: [coding('unknown')],
      })),
    };
    expect(faultsIn(authoredForm(), [safety])).toEqual([]);
    expect(faultsIn(authoredForm(), [])).toEqual([
      ['answer-required', Q],
      ['answer-required', Q],
      ['answer-required', Q],
    ]);
    expect(faultsIn(authoredForm(), [{ ...safety, item: safety.item.slice(1) }])).toEqual([
      ['answer-required', `${Q}.item[0]`],
    ]);
  });
});

describe('all at once', () => {
  const dated = formOf(
    { linkId: 'pick', type: 'choice', required: true, answerOption: optionsOf('yes') },
    { linkId: 'many', type: 'choice', repeats: true, answerOption: optionsOf('sekret-a', 'sekret-b!') },
    {
      linkId: 'onset-age',
      type: 'integer',
      extension: [
        { url: `${FHIR}/minValue`, valueInteger: 1 },
        { url: `${FHIR}/maxValue`, valueInteger: 110 },
      ],
    },
    { linkId: 'day', type: 'date' },
    { linkId: 'note', type: 'string', maxLength: 3 },
    {
      linkId: 'if',
      type: 'string',
      enableWhen: [{ question: 'note', operator: 'exists', answerBoolean: false }],
    },
  );
  const response: QuestionnaireResponse = responseWith([
    { linkId: 'many', answer: [coded('sekret-a'), coded('sekret-b'), coded('sekret-c')] },
    { linkId: 'pick', answer: [{ valueString: 'sekret' }, coded('sekret')] },
    { linkId: 'onset-age', answer: [{ valueInteger: 97 }, { valueInteger: 9876 }] },
    { linkId: 'day', answer: [{ valueDate: '2026-02-31' }] },
    { linkId: 'note', answer: [{ valueString: 'sekret' }] },
    { linkId: 'if', answer: [{ valueString: 'sekret' }] },
    { linkId: 'sekret' },
    { linkId: 'note' },
  ]);
  const { issues } = readAnswers(response, { form: dated, oldestAge: 40 });

  test('every fault, each at its element', () => {
    const at = (path: string) => `${Q}.item${path}`;
    expect(inDocumentOrder(issues, response).map(({ code, expression }) => [code, expression])).toEqual([
      ['exclusive-option', at('[0]')],
      ['code-not-in-options', at('[0].answer[2]')],
      ['wrong-order', at('[1]')],
      ['wrong-answer-type', at('[1].answer[0]')],
      ['too-many-answers', at('[1].answer[1]')],
      ['code-not-in-options', at('[1].answer[1]')],
      ['onset-after-age', at('[2].answer[0]')],
      ['too-many-answers', at('[2].answer[1]')],
      ['out-of-range', at('[2].answer[1]')],
      ['bad-date', at('[3].answer[0]')],
      ['too-long-answer', at('[4].answer[0]')],
      ['answer-not-enabled', at('[5]')],
      ['unknown-link-id', at('[6]')],
      ['duplicate-link-id', at('[7]')],
    ]);
  });

  test('no sentence repeats what the patient answered', () => {
    for (const { text } of issues) expect(text).toMatch(/^(?!.*(sekret|97|9876|2026)).{10,}\.$/);
  });
});

describe('size', () => {
  /** How often readAnswers looks at a linkId of the response or at a member of an item of the form. */
  function looks(count: number): number {
    let looked = 0;
    const counting = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(object, name, receiver) {
          looked += 1;
          return Reflect.get(object, name, receiver);
        },
      });
    const linkIds = Array.from({ length: count }, (_, index) => `q${index}`);
    const plain = formOf(
      { linkId: 'q', type: 'boolean' },
      ...linkIds.map((linkId) => ({
        linkId,
        type: 'integer' as const,
        required: true,
        enableWhen: [{ question: 'q', operator: '=' as const, answerBoolean: true }],
      })),
    );
    const items = plain.items.map(counting);
    const large: Form = { ...plain, items, byLinkId: new Map(items.map((item) => [item.linkId, item])) };
    const item: QuestionnaireResponseItem[] = [
      { linkId: 'q', answer: [{ valueBoolean: true }] },
      ...linkIds.map((linkId) => ({ linkId, answer: [{ valueInteger: 1 }] })),
    ];
    looked = 0;
    const { answers, issues } = readAnswers(responseWith(item.map(counting)), {
      form: large,
      oldestAge: null,
    });
    expect(answers.given.size).toBe(count + 1);
    expect(issues).toEqual([]);
    return looked;
  }

  test('2,000 questions take twice the looks of 1,000', () => {
    const [one, two] = [looks(1_000), looks(2_000)];
    expect(one).toBeGreaterThan(1_000);
    expect(two).toBeLessThan(one * 2.01);
    expect(two).toBeLessThan(2_000 * 60);
  });

  test('many conditions on a question of many answers look at each answer a few times only', () => {
    function looksAt(count: number): number {
      let looked = 0;
      const answer = Array.from(
        { length: count },
        () =>
          new Proxy(
            { valueInteger: 1 },
            {
              get(object, name, receiver) {
                looked += 1;
                return Reflect.get(object, name, receiver);
              },
            },
          ),
      );
      const many = formOf(
        { linkId: 'q', type: 'integer', repeats: true },
        ...Array.from({ length: count }, (_, index) => ({
          linkId: `q${index}`,
          type: 'string' as const,
          enableWhen: [{ question: 'q', operator: '=' as const, answerInteger: -1 }],
        })),
      );
      expect(faultsIn(many, [{ linkId: 'q', answer }])).toEqual([]);
      return looked;
    }
    expect(looksAt(400)).toBeLessThan(looksAt(200) * 2.5);
  });

  test('2,000 faults are 2,000 issues', () => {
    const item = Array.from({ length: 2_000 }, (_, index) => ({ linkId: `gone-${index}` }));
    expect(faultsIn(form, item, { status: 'stopped' })).toHaveLength(2_000);
  });
});
