/** Questionnaires that the pages can draw, with answers right and wrong, made for the properties of the intake. */
import type { Questionnaire, QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4.js';
import type { Answer } from '../../src/ui/engine/answers.js';
import { QUESTION_TYPES, type QuestionType } from '../../src/ui/engine/form.js';
import type { Draw } from './property-draw.js';
import { CODES, CORE, limit, OTHER_CODES, questionOf } from './property-questions.js';

/** An item, what answers it, and what does not. */
export interface IntakeNode {
  readonly item: QuestionnaireItem;
  readonly parent: IntakeNode | null;
  readonly right: readonly Answer[];
}

export interface IntakeForm {
  readonly questionnaire: Questionnaire;
  /** In document order. */
  readonly nodes: readonly IntakeNode[];
}

const UCUM = 'http://unitsofmeasure.org';
const CONTROLS = 'http://hl7.org/fhir/questionnaire-item-control';
const control = (code: string) =>
  limit('questionnaire-itemControl', { valueCodeableConcept: { coding: [{ system: CONTROLS, code }] } });
const hidden = limit('questionnaire-hidden', { valueBoolean: true });
const KG = { system: UCUM, code: 'kg', display: 'kilogram' };
const GRAM = { system: UCUM, code: 'g' };

export function makeIntakeForm(draw: Draw): IntakeForm {
  const nodes: IntakeNode[] = [];
  const make = (parent: IntakeNode | null, depth: number): QuestionnaireItem[] =>
    Array.from({ length: draw.integer(1, depth === 0 ? 5 : 3) }, (_, at) => {
      const node = makeNode(`q${nodes.length}`, parent, draw, at > 0 && depth < 3);
      nodes.push(node);
      if (node.item.type === 'group') node.item.item = make(node, depth + 1);
      else if (node.right.length > 0 && draw.chance(15)) node.item.item = [helpIn(node, nodes)];
      return node.item;
    });
  const item = make(null, 0);
  for (const node of nodes) if (draw.chance(45)) addConditions(node, nodes, draw);
  const url = 'https://made-up.example.org/Questionnaire/intake';
  return {
    questionnaire: { resourceType: 'Questionnaire', url, version: '1', status: 'active', item },
    nodes,
  };
}

function helpIn(parent: IntakeNode, nodes: IntakeNode[]): QuestionnaireItem {
  const item: QuestionnaireItem = {
    linkId: `q${nodes.length}`,
    type: 'display',
    text: 'Think of last week.',
    extension: [control('help')],
  };
  nodes.push({ item, parent, right: [] });
  return item;
}

/** The first in each group is a question, so that a required group can be answered. */
function makeNode(linkId: string, parent: IntakeNode | null, draw: Draw, mayHold: boolean): IntakeNode {
  const kind = draw.integer(0, 99);
  const text = `Item ${linkId}`;
  const required = draw.chance(35);
  if (mayHold && kind >= 92) return { item: { linkId, text, type: 'display' }, parent, right: [] };
  const unseen = draw.chance(8) ? [hidden] : [];
  if (mayHold && kind >= 70) {
    const extension = unseen.length > 0 ? { extension: unseen } : {};
    return { item: { linkId, text, type: 'group', required, ...extension }, parent, right: [] };
  }
  const type = draw.pick(QUESTION_TYPES);
  const { item, right } = intakeQuestion(type, draw);
  const extension = [...(item.extension ?? []), ...unseen];
  return {
    item: { linkId, text, type, ...item, required, ...(extension.length > 0 && { extension }) },
    parent,
    right,
  };
}

interface Made {
  readonly item: Partial<QuestionnaireItem>;
  readonly right: readonly Answer[];
}

function intakeQuestion(type: QuestionType, draw: Draw): Made {
  if (type === 'choice' || type === 'open-choice') return choiceOf(type, draw);
  if (type === 'quantity') {
    const extension = draw.chance(50)
      ? [limit('questionnaire-unit', { valueCoding: KG })]
      : [KG, GRAM].map((valueCoding) => limit('questionnaire-unitOption', { valueCoding }));
    const right = [0, 2.5, -1].map((value) => ({
      valueQuantity: { value, unit: 'kilogram', system: UCUM, code: 'kg' },
    }));
    return { item: { extension }, right };
  }
  if ((type === 'integer' || type === 'decimal') && draw.chance(30)) {
    const value = type === 'integer' ? 'valueInteger' : 'valueDecimal';
    const ends = [limit('minValue', { [value]: 0 }), limit('maxValue', { [value]: 10 })];
    const right = [0, 3, 10].map((number) => ({ [value]: number }));
    return { item: { extension: [control('slider'), ...ends] }, right };
  }
  const { item, pool } = questionOf(type, draw);
  return { item, right: pool };
}

function choiceOf(type: 'choice' | 'open-choice', draw: Draw): Made {
  const repeats = draw.chance(60);
  const exclusive = limit('questionnaire-optionExclusive', { valueBoolean: true });
  const coded = ['red', 'green', 'blue'].map((code) => ({ system: CODES, code, display: `The ${code}` }));
  const others = [{ system: OTHER_CODES, code: 'red' }, { code: 'bare' }];
  const options = draw.pick([
    [...coded, ...others].map((valueCoding) => ({ valueCoding })),
    [{ valueInteger: 0 }, { valueInteger: 1 }],
    [{ valueString: 'one' }, { valueString: 'two' }],
    [{ valueDate: '2026-05-04' }, { valueDate: '2026' }],
    [{ valueTime: '08:00:00' }, { valueTime: '20:00:00' }],
  ] satisfies Answer[][]);
  const alone = ['none', 'unknown'].slice(0, draw.integer(0, 2)).map((code) => ({
    valueCoding: { system: CODES, code, display: code },
  }));
  const answerOption = [...options, ...alone.map((option) => ({ ...option, extension: [exclusive] }))];
  const occurs = [
    ...(repeats && draw.chance(15) ? [limit('questionnaire-minOccurs', { valueInteger: 2 })] : []),
    ...(repeats && draw.chance(30) ? [limit('questionnaire-maxOccurs', { valueInteger: 3 })] : []),
  ];
  const text: Answer[] = type === 'open-choice' ? [{ valueString: 'something else' }] : [];
  const item = {
    answerOption,
    repeats,
    ...(occurs.length > 0 && { extension: occurs }),
    ...(type === 'open-choice' && draw.chance(30) && { maxLength: 16 }),
  };
  return { item, right: [...options, ...alone, ...text] };
}

/** Answers of every type, over and under every limit of the questions above. */
const ANYTHING: readonly Answer[] = [
  ...[-8, -7, 0, 10, 11, 42, 43, 100].map((valueInteger) => ({ valueInteger })),
  ...[-2.26, -2.25, 0, 0.125, 10, 10.01].map((valueDecimal) => ({ valueDecimal })),
  ...[
    '1998',
    '1999',
    '1999-12',
    '1999-12-30',
    '2026-05-05',
    '2026-06',
    '2027',
    '2026-02-31',
    '2026-13',
    '26',
  ].map((valueDate) => ({ valueDate })),
  ...['a', 'one', 'red', 'Grüße!', '😀😀😀😀😀😀', '123', 'a1', 'none', 'a very long text indeed'].map(
    (valueString) => ({ valueString }),
  ),
  ...['red', 'none', 'unheard-of'].map((code) => ({ valueCoding: { system: CODES, code } })),
  { valueCoding: { code: 'red' } },
  { valueBoolean: false },
  { valueBoolean: true },
  { valueTime: '08:00:00' },
  { valueQuantity: { value: 1, unit: 'g', system: UCUM, code: 'g' } },
  { valueQuantity: { value: 1, unit: 'lb', system: UCUM, code: '[lb_av]' } },
];

/** Answers to any of the questions, asked or not; with some of them wrong when `wrong` is above 0 (of a hundred). */
export function makeAnswers(
  { nodes }: IntakeForm,
  draw: Draw,
  wrong: number,
): ReadonlyMap<string, readonly Answer[]> {
  return new Map(
    nodes.flatMap(({ item, right }): [string, Answer[]][] => {
      if (right.length === 0 || draw.chance(30)) return [];
      if (draw.chance(wrong))
        return [
          [item.linkId, Array.from({ length: draw.integer(1, 3) }, () => draw.pick([...ANYTHING, ...right]))],
        ];
      const { maxOccurs, alone } = ticksOf(item);
      const one = draw.pick(right);
      if (!item.repeats || alone(one)) return [[item.linkId, [one]]];
      const free = draw.shuffle(right.filter((answer) => !alone(answer)));
      return [[item.linkId, free.slice(0, draw.integer(1, maxOccurs))]];
    }),
  );
}

function ticksOf({ extension = [], answerOption = [] }: QuestionnaireItem) {
  const most = extension.find(({ url }) => url === `${CORE}/questionnaire-maxOccurs`)?.valueInteger;
  const codes = answerOption.filter((option) => option.extension).map(({ valueCoding }) => valueCoding?.code);
  return {
    maxOccurs: most ?? 5,
    alone: ({ valueCoding }: Answer) => valueCoding !== undefined && codes.includes(valueCoding.code),
  };
}

const OPERATORS = ['=', '!=', '>', '<', '>=', '<='] as const;

/** One to three conditions on questions anywhere, before or after; never in a circle. */
function addConditions(node: IntakeNode, nodes: readonly IntakeNode[], draw: Draw): void {
  const questions = nodes.filter((one) => one.right.length > 0 && !dependsOn(one, node, nodes));
  if (questions.length === 0) return;
  const conditions = Array.from({ length: draw.integer(1, 3) }, () =>
    conditionOn(draw.pick(questions), draw),
  );
  node.item.enableWhen = conditions;
  if (conditions.length > 1 || draw.chance(30)) node.item.enableBehavior = draw.pick(['all', 'any']);
}

function dependsOn(node: IntakeNode, other: IntakeNode, nodes: readonly IntakeNode[]): boolean {
  if (node === other) return true;
  const asked = (node.item.enableWhen ?? []).map(({ question }) =>
    nodes.find(({ item }) => item.linkId === question),
  );
  return [node.parent, ...asked].some((one) => one && dependsOn(one, other, nodes));
}

function conditionOn({ item, right }: IntakeNode, draw: Draw): QuestionnaireItemEnableWhen {
  const question = item.linkId;
  if (draw.chance(25)) return { question, operator: 'exists', answerBoolean: draw.chance(50) };
  const [name = '', value] = Object.entries(draw.pick(draw.chance(85) ? right : ANYTHING))[0] ?? [];
  const hasOrder = name !== 'valueBoolean' && name !== 'valueCoding';
  const operator = draw.pick(hasOrder ? OPERATORS : OPERATORS.slice(0, 2));
  return { question, operator, [name.replace('value', 'answer')]: value };
}
