/** Questions of every R4 type with answers that are right for them: made for the properties, apart from src/fhir. */
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Coding,
  Extension,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  ValueSet,
} from 'fhir/r4.js';
import type { Draw } from './property-draw.js';

export const CORE = 'http://hl7.org/fhir/StructureDefinition';
export const CODES = 'https://made-up.example.org/codes';
export const OTHER_CODES = 'https://made-up.example.org/other-codes';
export const IN_CONTENT = 'https://made-up.example.org/ValueSet/in-content';
export const WHOLE_SYSTEM = 'https://made-up.example.org/ValueSet/whole-system';

export const QUESTION_TYPES = [
  'boolean',
  'decimal',
  'integer',
  'date',
  'dateTime',
  'time',
  'string',
  'text',
  'url',
  'choice',
  'open-choice',
  'attachment',
  'reference',
  'quantity',
] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];

export interface Question {
  readonly item: Partial<QuestionnaireItem>;
  /** Answers that are right. */
  readonly pool: readonly Answer[];
  /** Those of them that stand alone. */
  readonly alone: readonly Answer[];
}

export const limit = (name: string, value: Omit<Extension, 'url'>): Extension => ({
  url: `${CORE}/${name}`,
  ...value,
});

const coding = (code: string, system = CODES): Coding => ({ system, code, display: `The ${code}` });

/** Value sets of the made-up content: one that lists its codes, one that is a whole code system. */
export const VALUE_SETS: readonly ValueSet[] = [
  {
    resourceType: 'ValueSet',
    status: 'active',
    url: IN_CONTENT,
    compose: {
      include: [
        { system: CODES, concept: [{ code: 'red' }, { code: 'green' }] },
        { system: OTHER_CODES, concept: [{ code: 'red' }] },
      ],
    },
  },
  {
    resourceType: 'ValueSet',
    status: 'active',
    url: WHOLE_SYSTEM,
    compose: { include: [{ system: CODES }] },
  },
];
export const WHOLE = ['red', 'green', 'blue'];

/** Value sets inside the Questionnaire. */
export const CONTAINED: ValueSet[] = [
  {
    resourceType: 'ValueSet',
    id: 'composed',
    status: 'active',
    compose: { include: [{ system: CODES, concept: [{ code: 'red' }, { code: 'blue' }] }] },
  },
  {
    resourceType: 'ValueSet',
    id: 'expanded',
    status: 'active',
    expansion: { timestamp: '2026-05-04', contains: [coding('red'), coding('green', OTHER_CODES)] },
  },
];

const CODED: readonly [valueSet: string, codings: Coding[]][] = [
  ['#composed', [coding('red'), coding('blue')]],
  ['#expanded', [coding('red'), coding('green', OTHER_CODES)]],
  [IN_CONTENT, [coding('red'), coding('green'), coding('red', OTHER_CODES)]],
  [`${WHOLE_SYSTEM}|1.0`, WHOLE.map((code) => coding(code))],
];

const simply = (pool: readonly Answer[], extension: Extension[], more: Partial<QuestionnaireItem> = {}) => ({
  item: { ...more, ...(extension.length > 0 && { extension }) },
  pool,
  alone: [],
});

/** Limits that the pool touches and keeps to: a bound is itself allowed. */
const MAKERS: Readonly<Record<QuestionType, (draw: Draw) => Question>> = {
  boolean: () => simply([{ valueBoolean: false }, { valueBoolean: true }], []),
  integer: (draw) =>
    simply(
      [0, 3, -7, 42].map((valueInteger) => ({ valueInteger })),
      some(draw, limit('minValue', { valueInteger: -7 }), limit('maxValue', { valueInteger: 42 })),
      draw.chance(30) ? { maxLength: 2 } : {},
    ),
  decimal: (draw) =>
    simply(
      [0, 0.5, -2.25, 10].map((valueDecimal) => ({ valueDecimal })),
      some(
        draw,
        limit('minValue', { valueDecimal: -2.25 }),
        limit('maxValue', { valueDecimal: 10 }),
        limit('maxDecimalPlaces', { valueInteger: 2 }),
      ),
    ),
  date(draw) {
    const dates = draw.pick([
      ['1999-12-31', '2024-02-29', '2026-05-04'],
      ['1999-12', '2024-02'],
      ['1999', '2024'],
    ]);
    const bounds = [
      limit('minValue', { valueDate: '1999-12-31' }),
      limit('maxValue', { valueDate: '2026-05-04' }),
    ];
    return simply(
      dates.map((valueDate) => ({ valueDate })),
      some(draw, ...bounds),
    );
  },
  dateTime: (draw) =>
    simply(
      ['2026-05-04T09:30:00Z', '2026-05-04T09:30:00+02:00', '2020-01-01T00:00:00.5-05:00'].map(
        (valueDateTime) => ({ valueDateTime }),
      ),
      some(
        draw,
        limit('minValue', { valueDateTime: '2020-01-01T05:00:00.5Z' }),
        limit('maxValue', { valueDateTime: '2026-05-04T09:30:00Z' }),
      ),
    ),
  time: (draw) =>
    simply(
      ['00:00:00', '09:30:00', '23:59:59'].map((valueTime) => ({ valueTime })),
      some(draw, limit('minValue', { valueTime: '00:00:00' }), limit('maxValue', { valueTime: '23:59:59' })),
    ),
  string: words,
  text: words,
  url: () => simply([{ valueUri: 'https://example.org/a?b#c' }, { valueUri: 'urn:oid:1.2.3' }], []),
  choice: (draw) => (draw.chance(70) ? coded(draw) : draw.pick(OTHER_OPTIONS)),
  'open-choice'(draw) {
    const { item, pool, alone } = coded(draw);
    return { item, pool: [...pool, { valueString: 'something else' }, { valueString: 'red' }], alone };
  },
  attachment: () =>
    simply(
      [
        { valueAttachment: { url: 'https://example.org/scan.png', title: 'Scan' } },
        { valueAttachment: { contentType: 'text/plain', data: 'aGVsbG8=' } },
      ],
      [],
    ),
  reference: (draw) =>
    simply(
      ['Patient/1', 'https://fhir.example.org/Patient/2', 'Group/1'].map((reference) => ({
        valueReference: { reference },
      })),
      draw.chance(50)
        ? ['Patient', 'Group'].map((valueCode) => limit('questionnaire-referenceResource', { valueCode }))
        : [],
    ),
  quantity: (draw) =>
    simply(
      [0, 2.5, -1].map((value) => ({
        valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
      })),
      draw.chance(50)
        ? ['g', 'kg'].map((code) =>
            limit('questionnaire-unitOption', { valueCoding: { system: 'http://unitsofmeasure.org', code } }),
          )
        : [],
    ),
};

function words(draw: Draw): Question {
  return simply(
    ['a', 'Grüße', '😀😀😀😀😀', 'ab c'].map((valueString) => ({ valueString })),
    some(draw, limit('minLength', { valueInteger: 1 }), limit('regex', { valueString: '[^0-9]+' })),
    draw.chance(50) ? { maxLength: 5 } : {},
  );
}

/** Choices whose options are no codings. */
const OTHER_OPTIONS: readonly Question[] = (
  [
    [{ valueInteger: 0 }, { valueInteger: 1 }],
    [{ valueString: 'one' }, { valueString: 'two' }],
    [{ valueDate: '2026-05-04' }, { valueDate: '2026-05-05' }],
    [{ valueTime: '08:00:00' }, { valueTime: '20:00:00' }],
    [{ valueReference: { reference: 'Location/1' } }, { valueReference: { reference: 'Location/2' } }],
  ] satisfies QuestionnaireItemAnswerOption[][]
).map((answerOption) => ({ item: { answerOption }, pool: answerOption, alone: [] }));

function coded(draw: Draw): Question {
  if (draw.chance(40)) {
    const [answerValueSet, codings] = draw.pick(CODED);
    return { item: { answerValueSet }, pool: codings.map((valueCoding) => ({ valueCoding })), alone: [] };
  }
  const codings = [coding('red'), coding('red', OTHER_CODES), coding('green'), { code: 'bare' }];
  const options: QuestionnaireItemAnswerOption[] = codings.map((valueCoding) => ({ valueCoding }));
  const none = { valueCoding: coding('none') };
  const extension = [limit('questionnaire-optionExclusive', { valueBoolean: true })];
  const alone = draw.chance(60) ? [none] : [];
  const answerOption = [...options, ...alone.map((option) => ({ ...option, extension }))];
  return { item: { answerOption }, pool: codings.map((valueCoding) => ({ valueCoding })), alone };
}

function some(draw: Draw, ...extensions: Extension[]): Extension[] {
  return extensions.filter(() => draw.chance(40));
}

export function questionOf(type: QuestionType, draw: Draw): Question {
  return MAKERS[type](draw);
}
