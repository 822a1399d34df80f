import type { Element, Extension, QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4.js';
import type { Item } from './form.js';
import { LIMIT_EXTENSIONS } from './limits.js';
import { OPTION_EXCLUSIVE } from './options.js';

const CORE = 'http://hl7.org/fhir/StructureDefinition/';
const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';

/** Extensions that change how a question looks or what is made of it elsewhere, never what answers it. */
const HARMLESS = [
  `${CORE}translation`,
  `${CORE}rendering-style`,
  `${CORE}rendering-xhtml`,
  `${CORE}rendering-markdown`,
];
const HARMLESS_ON_ITEMS = [
  ...HARMLESS,
  `${CORE}questionnaire-itemControl`,
  `${CORE}questionnaire-sliderStepValue`,
  `${CORE}questionnaire-choiceOrientation`,
  `${CORE}questionnaire-displayCategory`,
  `${CORE}questionnaire-supportLink`,
  `${CORE}questionnaire-unit`,
  `${CORE}questionnaire-hidden`,
  `${CORE}entryFormat`,
  `${SDC}shortText`,
  `${SDC}observationExtract`,
  `${SDC}observation-extract-category`,
];
const HARMLESS_ON_OPTIONS = [
  ...HARMLESS,
  `${CORE}ordinalValue`,
  `${CORE}itemWeight`,
  `${CORE}questionnaire-optionPrefix`,
];

const ITEM_ELEMENTS = [
  'id',
  'linkId',
  'type',
  'text',
  'prefix',
  'code',
  'definition',
  'required',
  'repeats',
  'readOnly',
  'maxLength',
  'enableWhen',
  'enableBehavior',
  'answerOption',
  'answerValueSet',
  'initial',
  'item',
  'extension',
];

const ENABLE_WHEN_ANSWERS: readonly (keyof QuestionnaireItemEnableWhen)[] = [
  'answerBoolean',
  'answerDecimal',
  'answerInteger',
  'answerDate',
  'answerDateTime',
  'answerTime',
  'answerString',
  'answerCoding',
  'answerQuantity',
  'answerReference',
];
const OPERATORS = ['exists', '=', '!=', '>', '<', '>=', '<='];

/** What the reader does not know, or R4 does not allow, in one item (R4 Questionnaire, que-1 to que-12). */
export function faultsOf(item: QuestionnaireItem, parent: Item | null): string[] {
  const isDisplay = item.type === 'display';
  const isChoice = item.type === 'choice' || item.type === 'open-choice';
  const hasOptions = item.answerOption !== undefined || item.answerValueSet !== undefined;
  const rows: [boolean, string][] = [
    [parent?.type === 'display', 'a display item has no items of its own'],
    [item.type === 'group' && !item.item?.length, 'a group needs items'],
    [
      isDisplay && (item.required === true || item.repeats === true),
      'a display item is neither required nor repeated',
    ],
    [hasOptions && !isChoice, 'only choice and open-choice items have options'],
    [
      item.answerOption !== undefined && item.answerValueSet !== undefined,
      'options come as a list or as a value set, not both',
    ],
    [(item.enableWhen?.length ?? 0) > 1 && !item.enableBehavior, 'several enableWhen need an enableBehavior'],
  ];
  return [
    ...unknownElements(item),
    ...rows.filter(([holds]) => holds).map(([, text]) => text),
    ...extensionFaults(item, [...HARMLESS_ON_ITEMS, ...LIMIT_EXTENSIONS]),
    ...[...(item.answerOption ?? []), ...(item.enableWhen ?? []), ...(item.initial ?? [])]
      .filter((part) => 'modifierExtension' in part)
      .map(() => 'a modifierExtension is not known'),
    ...(item.enableWhen ?? []).flatMap((condition) => extensionFaults(condition, [])),
    ...(item.answerOption ?? []).flatMap((option) =>
      extensionFaults(option, [...HARMLESS_ON_OPTIONS, OPTION_EXCLUSIVE]),
    ),
    ...(item.enableWhen ?? []).flatMap(enableWhenFaults),
  ];
}

function unknownElements(item: QuestionnaireItem): string[] {
  return Object.keys(item)
    .filter((key) => !key.startsWith('_') && !ITEM_ELEMENTS.includes(key))
    .map((key) => `the element "${key}" is not known`);
}

/** Unknown extensions on an element and on its primitives. */
export function extensionFaults(element: Element, known: readonly string[]): string[] {
  const allowed = [...HARMLESS, ...known];
  const siblings = Object.entries(element).flatMap(([name, value]) =>
    name.startsWith('_') ? [value].flat() : [],
  );
  const urls = [element, ...siblings]
    .flatMap((one: Element | null) => one?.extension ?? [])
    .map((one?: Extension | null) => one?.url ?? 'without url');
  return urls.filter((url) => !allowed.includes(url)).map((url) => `the extension "${url}" is not known`);
}

function enableWhenFaults(condition: QuestionnaireItemEnableWhen): string[] {
  const faults: string[] = [];
  if (!OPERATORS.includes(condition.operator))
    faults.push(`the operator "${condition.operator}" is not known`);
  if (!ENABLE_WHEN_ANSWERS.some((name) => condition[name] !== undefined))
    faults.push('the answer of enableWhen is not known');
  if (condition.operator === 'exists' && condition.answerBoolean === undefined)
    faults.push('"exists" needs answerBoolean');
  return faults;
}
