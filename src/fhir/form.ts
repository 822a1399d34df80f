import type { Coding, Questionnaire, QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4.js';

/** Item types the reader knows; a Questionnaire with any other is refused at start, never half-read. */
const TYPES = [
  'group',
  'display',
  'choice',
  'boolean',
  'decimal',
  'integer',
  'date',
  'dateTime',
  'time',
  'string',
  'text',
  'url',
] as const;
export type ItemType = (typeof TYPES)[number];

/** One Questionnaire item, checked and indexed for reading responses. */
export interface Item {
  readonly linkId: string;
  readonly type: ItemType;
  readonly text: string;
  readonly required: boolean;
  readonly repeats: boolean;
  /** Position in the Questionnaire, depth first. */
  readonly place: number;
  readonly options: readonly Coding[];
  /** Codes of the options that stand alone (`questionnaire-optionExclusive`). */
  readonly exclusive: ReadonlySet<string>;
  readonly min: number | null;
  readonly max: number | null;
  readonly maxLength: number | null;
  readonly enableWhen: readonly QuestionnaireItemEnableWhen[];
  readonly enableBehavior: 'all' | 'any';
  readonly parent: Item | null;
  readonly items: readonly Item[];
}

/** A Questionnaire as the reader sees it. */
export interface Form {
  readonly url: string;
  readonly version: string;
  readonly questionnaire: Questionnaire;
  readonly items: readonly Item[];
  readonly byLinkId: ReadonlyMap<string, Item>;
}

const EXTENSIONS = 'http://hl7.org/fhir/StructureDefinition/';
const MIN_VALUE = `${EXTENSIONS}minValue`;
const MAX_VALUE = `${EXTENSIONS}maxValue`;
const OPTION_EXCLUSIVE = `${EXTENSIONS}questionnaire-optionExclusive`;
/** Extensions that change how a question looks, not what is a valid answer. */
const DRAWING = [`${EXTENSIONS}questionnaire-itemControl`, `${EXTENSIONS}questionnaire-sliderStepValue`];

const ITEM_ELEMENTS = [
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
];
const OPERATORS = ['exists', '=', '!=', '>', '<', '>=', '<='];

/** Questionnaire → Form, or every feature of it that the reader does not know, with its linkId. */
export function readQuestionnaire(
  questionnaire: Questionnaire,
): { form: Form } | { faults: readonly string[] } {
  const { url, version } = questionnaire;
  const faults: string[] = [];
  if (!url || !version) faults.push('the Questionnaire needs a url and a version');
  if (questionnaire.modifierExtension || questionnaire.implicitRules) faults.push('modifiers are not known');
  const byLinkId = new Map<string, Item>();
  const read = (items: readonly QuestionnaireItem[] | undefined, parent: Item | null): Item[] =>
    (items ?? []).map((source) => {
      faults.push(...faultsOf(source, parent, byLinkId));
      const children: Item[] = [];
      const item = toItem(source, { parent, place: byLinkId.size, items: children });
      byLinkId.set(item.linkId, item);
      children.push(...read(source.item, item));
      return item;
    });
  const items = read(questionnaire.item, null);
  for (const { linkId, enableWhen } of byLinkId.values()) {
    for (const { question } of enableWhen) {
      if (!byLinkId.has(question))
        faults.push(`${linkId}: enableWhen asks for "${question}", which does not exist`);
    }
  }
  if (faults.length > 0 || !url || !version) return { faults };
  return { form: { url, version, questionnaire, items, byLinkId } };
}

function toItem(source: QuestionnaireItem, tree: Pick<Item, 'parent' | 'place' | 'items'>): Item {
  const options = source.answerOption ?? [];
  const limit = (url: string) => {
    const extension = source.extension?.find((candidate) => candidate.url === url);
    return extension?.valueInteger ?? extension?.valueDecimal ?? null;
  };
  return {
    ...tree,
    linkId: source.linkId,
    type: isKnownType(source.type) ? source.type : 'display',
    text: source.text ?? source.linkId,
    required: source.required ?? false,
    repeats: source.repeats ?? false,
    options: options.flatMap(({ valueCoding }) => valueCoding ?? []),
    exclusive: new Set(
      options
        .filter(({ extension = [] }) =>
          extension.some((one) => one.url === OPTION_EXCLUSIVE && one.valueBoolean),
        )
        .flatMap(({ valueCoding }) => valueCoding?.code ?? []),
    ),
    min: limit(MIN_VALUE),
    max: limit(MAX_VALUE),
    maxLength: source.maxLength ?? null,
    enableWhen: source.enableWhen ?? [],
    enableBehavior: source.enableBehavior ?? 'all',
  };
}

function faultsOf(item: QuestionnaireItem, parent: Item | null, seen: ReadonlyMap<string, Item>): string[] {
  const faults: string[] = [];
  const fault = (text: string) => faults.push(`${item.linkId}: ${text}`);
  for (const element of Object.keys(item).filter(
    (key) => !key.startsWith('_') && !ITEM_ELEMENTS.includes(key),
  )) {
    fault(`the element "${element}" is not known`);
  }
  if (seen.has(item.linkId)) fault('the linkId is not unique');
  if (!isKnownType(item.type)) fault(`the type "${item.type}" is not known`);
  if (parent?.type === 'display') fault('a display item has no items of its own');
  if ((item.type === 'choice') !== (item.answerOption !== undefined))
    fault('choice items, and only they, list options');
  if ((item.enableWhen?.length ?? 0) > 1 && !item.enableBehavior)
    fault('several enableWhen need an enableBehavior');
  for (const { url } of item.extension ?? []) {
    if (![MIN_VALUE, MAX_VALUE, ...DRAWING].includes(url)) fault(`the extension "${url}" is not known`);
  }
  for (const option of item.answerOption ?? []) {
    if (!option.valueCoding?.system || !option.valueCoding.code)
      fault('an option needs a Coding with system and code');
    for (const { url } of option.extension ?? []) {
      if (url !== OPTION_EXCLUSIVE) fault(`the option's extension "${url}" is not known`);
    }
  }
  for (const condition of item.enableWhen ?? []) {
    if (!OPERATORS.includes(condition.operator)) fault(`the operator "${condition.operator}" is not known`);
    if (!ENABLE_WHEN_ANSWERS.some((name) => condition[name] !== undefined))
      fault('the answer of enableWhen is not known');
  }
  return faults;
}

function isKnownType(type: string): type is ItemType {
  return (TYPES as readonly string[]).includes(type);
}
