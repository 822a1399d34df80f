/** One thing wrong at a time: what to add to a Questionnaire, how it is answered rightly and wrongly, and where the fault is then. */
import type {
  QuestionnaireResponseItemAnswer as Answer,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import type { DetailsCode } from '../../src/fhir/outcome.js';
import { CODES, limit, OTHER_CODES } from './property-questions.js';
import type { Pair } from './property-response.js';

type Items = QuestionnaireResponseItem[];

/** Definitions to add to a container, and items to add to one instance of it. `at` is below its first new item. */
export interface Variant {
  readonly defined: QuestionnaireItem[];
  readonly right: Items;
  readonly wrong: Items;
  /** From the container's path and the index of the first new item. */
  readonly at: (container: string, first: number) => string;
}

export type FaultKind =
  | 'unknown-link-id'
  | 'wrong-order'
  | 'wrong-nesting'
  | 'duplicate-link-id'
  | 'wrong-answer-type'
  | 'too-many-answers'
  | 'out-of-range'
  | 'too-long-answer'
  | 'pattern'
  | 'bad-date'
  | 'code-not-in-options'
  | 'answer-required'
  | 'answer-not-enabled'
  | 'exclusive-option'
  | 'unknown-element'
  | 'wrong-json-type'
  | 'missing-element'
  | 'nesting-too-deep';

const item = (...answer: Answer[]): QuestionnaireResponseItem => ({ linkId: 'new', answer });
const question = (
  type: QuestionnaireItem['type'],
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({
  linkId: 'new',
  type,
  ...more,
});
const limited = (type: QuestionnaireItem['type'], ...extension: ReturnType<typeof limit>[]) =>
  question(type, { extension });
const words = (valueString: string): Answer => ({ valueString });
const coded = (code: string, system = CODES): Answer => ({ valueCoding: { system, code } });

const itself = (container: string, first: number) => `${container}.item[${first}]`;
const next = (container: string, first: number) => `${container}.item[${first + 1}]`;
const below = (path: string) => (container: string, first: number) => `${itself(container, first)}.${path}`;
const first = below('answer[0]');

/** A question with a right answer and a wrong one. */
const answered = (defined: QuestionnaireItem, right: Answer, wrong: Answer, at = first): Variant => ({
  defined: [defined],
  right: [item(right)],
  wrong: [item(wrong)],
  at,
});

/** An optional group that repeats, so that what is required in it is required in one place only. */
const inGroup = (children: QuestionnaireItem[], right: Items, wrong: Items, at: Variant['at']): Variant => ({
  defined: [{ linkId: 'new', type: 'group', repeats: true, item: children }],
  right: [{ linkId: 'new', item: right }],
  wrong: [{ linkId: 'new', ...(wrong.length > 0 && { item: wrong }) }],
  at,
});

const child = (linkId: string, more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId,
  type: 'string',
  ...more,
});
const said = (linkId: string, ...answer: Answer[]): QuestionnaireResponseItem => ({
  linkId,
  ...(answer.length > 0 && { answer }),
});

const RIGHT_VALUES: readonly (readonly [QuestionnaireItem['type'], Answer])[] = [
  ['boolean', { valueBoolean: false }],
  ['decimal', { valueDecimal: 0 }],
  ['integer', { valueInteger: 0 }],
  ['date', { valueDate: '2026-05-04' }],
  ['dateTime', { valueDateTime: '2026-05-04T09:30:00Z' }],
  ['time', { valueTime: '09:30:00' }],
  ['string', { valueString: 'a' }],
  ['text', { valueString: 'a' }],
  ['url', { valueUri: 'urn:x' }],
  ['choice', coded('red')],
  ['open-choice', coded('red')],
  ['attachment', { valueAttachment: { url: 'urn:x' } }],
  ['reference', { valueReference: { reference: 'Patient/1' } }],
  ['quantity', { valueQuantity: { value: 0 } }],
];

/** Every type with the value of every other type that does not answer it. */
const wrongTypes: Variant[] = RIGHT_VALUES.flatMap(([type, right]) =>
  RIGHT_VALUES.filter(([, wrong]) => {
    const [name] = Object.keys(wrong);
    const takes = type === 'open-choice' ? ['valueCoding', 'valueString'] : Object.keys(right);
    return name !== undefined && !takes.includes(name);
  }).map(([, wrong]) => answered(question(type), right, wrong)),
);

const ranges: readonly (readonly [QuestionnaireItem['type'], keyof Answer, unknown, unknown, unknown])[] = [
  ['integer', 'valueInteger', 0, -1, 1],
  ['decimal', 'valueDecimal', 0.5, 0.49, 0.51],
  ['date', 'valueDate', '2024-02-29', '2024-02-28', '2024-03-01'],
  [
    'dateTime',
    'valueDateTime',
    '2026-05-04T09:30:00Z',
    '2026-05-04T09:29:59.9Z',
    '2026-05-04T08:30:01-01:00',
  ],
  ['time', 'valueTime', '09:30:00', '09:29:59', '09:30:01'],
];

const outOfRange: Variant[] = [
  ...ranges.flatMap(([type, name, bound, less, more]) => [
    answered(limited(type, limit('minValue', { [name]: bound })), { [name]: bound }, { [name]: less }),
    answered(limited(type, limit('maxValue', { [name]: bound })), { [name]: bound }, { [name]: more }),
  ]),
  answered(
    limited('decimal', limit('maxDecimalPlaces', { valueInteger: 2 })),
    { valueDecimal: 1.25 },
    { valueDecimal: 1.125 },
  ),
  answered(
    limited('decimal', limit('maxDecimalPlaces', { valueInteger: 6 })),
    { valueDecimal: 1e-6 },
    { valueDecimal: 1e-7 },
  ),
  answered(limited('text', limit('minLength', { valueInteger: 2 })), words('ab'), words('😀')),
];

const options = [coded('red'), coded('green', OTHER_CODES)];
const choices = (['choice', 'open-choice'] as const).map((type) => question(type, { answerOption: options }));

const notAmongThem: Variant[] = choices.flatMap((defined) => [
  answered(defined, coded('red'), coded('blue')),
  answered(defined, coded('red'), coded('red', OTHER_CODES)),
  answered(defined, coded('red'), { valueCoding: { code: 'red' } }),
  answered(defined, coded('red'), { valueCoding: { system: CODES, code: 'Red', display: 'red' } }),
]);

const exclusive = question('choice', {
  repeats: true,
  answerOption: [
    coded('red'),
    { ...coded('none'), extension: [limit('questionnaire-optionExclusive', { valueBoolean: true })] },
  ],
});

const datesOf = (type: 'date' | 'dateTime' | 'time', right: string, ...wrong: string[]): Variant[] =>
  wrong.map((text) => {
    const name = { date: 'valueDate', dateTime: 'valueDateTime', time: 'valueTime' }[type];
    return answered(question(type), { [name]: right }, { [name]: text });
  });

/** A response item that FHIR does not know. */
const misshapen = (broken: Readonly<Record<string, unknown>>): Items =>
  [{ linkId: 'new', ...broken }] as unknown as Items;

const misshape = (broken: Readonly<Record<string, unknown>>, at: Variant['at']): Variant => ({
  defined: [question('string')],
  right: [item(words('a'))],
  wrong: misshapen(broken),
  at,
});

const nested = (levels: number): QuestionnaireResponseItem => ({
  linkId: 'new',
  ...(levels > 0 && { item: [nested(levels - 1)] }),
});

export const VARIANTS: Readonly<Record<FaultKind, readonly Variant[]>> = {
  'unknown-link-id': [
    { defined: [], right: [], wrong: [{ linkId: 'nobody', answer: [words('a')] }], at: itself },
    { defined: [], right: [], wrong: [{ linkId: '__proto__' }], at: itself },
    inGroup([child('a')], [said('a')], [said('A')], below('item[0]')),
  ],
  'wrong-order': [
    {
      defined: [child('a'), child('b')],
      right: [said('a', words('a')), said('b', words('b'))],
      wrong: [said('b', words('b')), said('a', words('a'))],
      at: next,
    },
    {
      defined: [{ linkId: 'new', type: 'display' }, child('b')],
      right: [said('new'), said('b')],
      wrong: [said('b'), said('new')],
      at: next,
    },
  ],
  'wrong-nesting': [
    {
      defined: [question('group', { item: [child('a')] })],
      right: [{ linkId: 'new', item: [said('a', words('a'))] }],
      wrong: [said('a', words('a'))],
      at: itself,
    },
    {
      defined: [question('string', { item: [child('a')] })],
      right: [item({ valueString: 'x', item: [said('a', words('a'))] })],
      wrong: [{ ...item(words('x')), item: [said('a', words('a'))] }],
      at: below('item[0]'),
    },
    {
      defined: [question('group', { item: [child('a')] }), child('b')],
      right: [{ linkId: 'new', item: [said('a')] }, said('b')],
      wrong: [{ linkId: 'new', item: [said('a'), said('b')] }],
      at: below('item[1]'),
    },
  ],
  'duplicate-link-id': [
    {
      defined: [question('string', { repeats: true })],
      right: [item(words('a'), words('b'))],
      wrong: [item(words('a')), item(words('b'))],
      at: next,
    },
    {
      defined: [question('group', { item: [child('a')] })],
      right: [{ linkId: 'new', item: [said('a')] }],
      wrong: [{ linkId: 'new', item: [said('a')] }, { linkId: 'new' }],
      at: next,
    },
  ],
  'wrong-answer-type': [
    ...wrongTypes,
    {
      defined: [question('group', { item: [child('a')] })],
      right: [{ linkId: 'new' }],
      wrong: [item(words('a'))],
      at: below('answer'),
    },
    {
      defined: [question('display')],
      right: [{ linkId: 'new' }],
      wrong: [item(words('a'))],
      at: below('answer'),
    },
    answered(
      limited('reference', limit('questionnaire-referenceResource', { valueCode: 'Patient' })),
      { valueReference: { reference: 'Patient/1' } },
      { valueReference: { reference: 'Group/1' } },
    ),
    answered(question('choice', { answerOption: [words('one')] }), words('one'), coded('one')),
  ],
  'too-many-answers': [
    {
      defined: [question('integer')],
      right: [item({ valueInteger: 0 })],
      wrong: [item({ valueInteger: 0 }, { valueInteger: 0 })],
      at: below('answer[1]'),
    },
    {
      defined: [
        question('string', {
          repeats: true,
          extension: [limit('questionnaire-maxOccurs', { valueInteger: 2 })],
        }),
      ],
      right: [item(words('a'), words('b'))],
      wrong: [item(words('a'), words('b'), words('c'))],
      at: below('answer[2]'),
    },
    {
      defined: [
        question('group', {
          repeats: true,
          item: [child('a')],
          extension: [limit('questionnaire-maxOccurs', { valueInteger: 1 })],
        }),
      ],
      right: [{ linkId: 'new' }],
      wrong: [{ linkId: 'new' }, { linkId: 'new' }],
      at: next,
    },
  ],
  'out-of-range': outOfRange,
  'too-long-answer': [
    answered(question('string', { maxLength: 5 }), words('Grüße'), words('Grüße!')),
    answered(question('text', { maxLength: 2 }), words('😀😀'), words('😀😀😀')),
    answered(question('url', { maxLength: 5 }), { valueUri: 'urn:x' }, { valueUri: 'urn:xy' }),
    answered(question('integer', { maxLength: 3 }), { valueInteger: 999 }, { valueInteger: 1000 }),
  ],
  pattern: [
    answered(limited('string', limit('regex', { valueString: '[0-9]{5}' })), words('01234'), words('a01234')),
    answered(limited('text', limit('regex', { valueString: 'a|b' })), words('b'), words('bb')),
    answered(limited('string', limit('regex', { valueString: '^x+$' })), words('xx'), words('xx\ny')),
  ],
  'bad-date': [
    ...datesOf(
      'date',
      '2024-02-29',
      '2023-02-29',
      '2026-13-01',
      '26-05-04',
      '2026-5-4',
      '2026-05-04T09:30:00Z',
    ),
    ...datesOf(
      'dateTime',
      '2026-05-04T09:30:00Z',
      '2026-02-31',
      '2026-05-04T09:30:00',
      '2026-05-04T24:00:00Z',
    ),
    ...datesOf('time', '23:59:59', '24:00:00', '9:30:00', '09:30', '09:30:00Z'),
  ],
  'code-not-in-options': [
    ...notAmongThem,
    answered(question('choice', { answerValueSet: '#composed' }), coded('blue'), coded('green')),
    answered(
      limited('quantity', limit('questionnaire-unitOption', { valueCoding: { system: CODES, code: 'kg' } })),
      { valueQuantity: { value: 0, system: CODES, code: 'kg' } },
      { valueQuantity: { value: 0, system: OTHER_CODES, code: 'kg' } },
    ),
  ],
  'answer-required': [
    inGroup([child('a', { required: true })], [said('a', words('a'))], [], itself),
    inGroup([child('a', { required: true })], [said('a', words('a'))], [said('a')], below('item[0]')),
    inGroup(
      [child('a', { required: true })],
      [said('a', words('a'))],
      [said('a', { extension: [{ url: 'urn:x', valueCode: 'asked-declined' }] })],
      below('item[0]'),
    ),
    inGroup(
      [child('a', { repeats: true, extension: [limit('questionnaire-minOccurs', { valueInteger: 2 })] })],
      [said('a', words('a'), words('b'))],
      [said('a', words('a'))],
      below('item[0]'),
    ),
    inGroup(
      [{ linkId: 'g', type: 'group', item: [child('a', { required: true })] }],
      [{ linkId: 'g', item: [said('a', words('a'))] }],
      [],
      itself,
    ),
    inGroup(
      [
        {
          linkId: 'g',
          type: 'group',
          repeats: true,
          item: [child('a')],
          extension: [limit('questionnaire-minOccurs', { valueInteger: 2 })],
        },
      ],
      [
        { linkId: 'g', item: [said('a')] },
        { linkId: 'g', item: [said('a')] },
      ],
      [{ linkId: 'g', item: [said('a')] }],
      itself,
    ),
    inGroup(
      [{ linkId: 'g', type: 'group', required: true, repeats: true, item: [child('a')] }],
      [{ linkId: 'g', item: [said('a')] }],
      [],
      itself,
    ),
    inGroup(
      [{ linkId: 'g', type: 'group', required: true, item: [child('a')] }],
      [{ linkId: 'g', item: [said('a')] }],
      [{ linkId: 'g' }],
      below('item[0]'),
    ),
    inGroup(
      [child('a', { item: [child('b', { required: true })] })],
      [said('a', { valueString: 'a', item: [said('b', words('b'))] })],
      [said('a', words('a'))],
      below('item[0].answer[0]'),
    ),
  ],
  'answer-not-enabled': [
    {
      defined: [
        question('boolean'),
        child('b', { enableWhen: [{ question: 'new', operator: '=', answerBoolean: true }] }),
      ],
      right: [item({ valueBoolean: true }), said('b', words('b'))],
      wrong: [item({ valueBoolean: false }), said('b', words('b'))],
      at: next,
    },
    {
      defined: [
        question('integer', { enableWhen: [{ question: 'b', operator: 'exists', answerBoolean: false }] }),
        child('b'),
      ],
      right: [item({ valueInteger: 0 }), said('b')],
      wrong: [item({ valueInteger: 0 }), said('b', words('b'))],
      at: itself,
    },
    inGroup(
      [
        {
          linkId: 'g',
          type: 'group',
          enableWhen: [{ question: 'c', operator: '!=', answerString: 'x' }],
          item: [child('a')],
        },
        child('c'),
      ],
      [{ linkId: 'g', item: [said('a', words('a'))] }, said('c', words('y'))],
      [{ linkId: 'g', item: [said('a', words('a'))] }, said('c', words('x'))],
      below('item[0].item[0]'),
    ),
  ],
  'exclusive-option': [
    {
      defined: [exclusive],
      right: [item(coded('none'))],
      wrong: [item(coded('red'), coded('none'))],
      at: itself,
    },
    {
      defined: [exclusive],
      right: [item(coded('red'))],
      wrong: [item(coded('none'), coded('red'))],
      at: itself,
    },
  ],
  'unknown-element': [
    misshape({ valueString: 'a' }, below('valueString')),
    misshape({ answer: [{ valueString: 'a', value: 'a' }] }, below('answer[0].value')),
    misshape({ answer: [{ valueCoding: { code: 'a', kode: 'b' } }] }, below('answer[0].valueCoding.kode')),
    misshape({ constructor: 'a' }, below('constructor')),
  ],
  'wrong-json-type': [
    misshape({ answer: { valueString: 'a' } }, below('answer')),
    misshape({ answer: [] }, below('answer')),
    misshape({ answer: [null] }, below('answer[0]')),
    misshape({ answer: [{}] }, first),
    misshape({ answer: [{ valueInteger: '0' }] }, below('answer[0].valueInteger')),
    misshape({ answer: [{ valueInteger: 0.5 }] }, below('answer[0].valueInteger')),
    misshape({ answer: [{ valueBoolean: 'false' }] }, below('answer[0].valueBoolean')),
    misshape({ answer: [{ valueString: '' }] }, below('answer[0].valueString')),
    misshape({ answer: [{ valueInteger: 0, valueString: '0' }] }, first),
  ],
  'missing-element': [
    {
      defined: [question('string')],
      right: [item(words('a'))],
      wrong: [{ answer: [words('a')] }] as unknown as Items,
      at: below('linkId'),
    },
  ],
  'nesting-too-deep': [{ defined: [], right: [], wrong: [nested(60)], at: () => 'QuestionnaireResponse' }],
};

/** Faults of structure: said by the shape reader, before any answer is looked at. */
export const OF_SHAPE: readonly FaultKind[] = [
  'unknown-element',
  'wrong-json-type',
  'missing-element',
  'nesting-too-deep',
] satisfies DetailsCode[];

/** The pair with a variant put into one of its places: answered rightly, wrongly, and where the fault is then. */
export function plant(variant: Variant, { made, response, spots }: Pair, spotIndex: number) {
  const spot = spots[spotIndex];
  if (!spot) throw new Error('no such place');
  const definitions = spot.node ? spot.node.item : made.questionnaire;
  const defined = [...(definitions.item ?? []), ...variant.defined];
  if (defined.length > 0) definitions.item = defined;
  const before = spot.holder.item ?? [];
  const withItems = (items: Items): QuestionnaireResponse => {
    const all = [...before, ...items];
    if (all.length > 0) spot.holder.item = all;
    return structuredClone(response);
  };
  return {
    questionnaire: made.questionnaire,
    right: withItems(variant.right),
    wrong: withItems(variant.wrong),
    at: variant.at(spot.at, before.length),
  };
}
