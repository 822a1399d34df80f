import type {
  CodeSystem,
  Coding,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemEnableWhen,
  Resource,
  ValueSet,
} from 'fhir/r4.js';
import { extensionFaults, faultsOf } from './form-faults.js';
import { createLimitsReader, type Limits, type LimitsReader } from './limits.js';
import { createOptionsReader, type Options, type OptionsReader } from './options.js';

/** Every item type of R4 that can stand in a Questionnaire. */
export const ITEM_TYPES = [
  'group',
  'display',
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
export type ItemType = (typeof ITEM_TYPES)[number];

/** One Questionnaire item, checked and indexed for reading responses. */
export interface Item {
  readonly linkId: string;
  readonly type: ItemType;
  readonly text: string;
  readonly required: boolean;
  readonly repeats: boolean;
  /** Position in the Questionnaire, depth first. */
  readonly place: number;
  /** null when any value of the type is an answer. */
  readonly options: Options | null;
  readonly limits: Limits;
  readonly enableWhen: readonly QuestionnaireItemEnableWhen[];
  readonly enableBehavior: 'all' | 'any';
  readonly parent: Item | null;
  readonly items: readonly Item[];
}

/** A Questionnaire as the reader sees it. */
export interface Form {
  /** Empty for a Questionnaire without one; only content that is served needs it. */
  readonly url: string;
  readonly version: string;
  readonly questionnaire: Questionnaire;
  readonly items: readonly Item[];
  readonly byLinkId: ReadonlyMap<string, Item>;
  /** Of each item (null for the top): those inside it whose absence can be a fault. */
  readonly demanding: ReadonlyMap<Item | null, readonly Item[]>;
}

/** Where value sets and their code systems are found. */
export interface Terminology {
  valueSet(url: string): ValueSet | undefined;
  codeSystem(url: string): CodeSystem | undefined;
}

/** Why a Questionnaire cannot be read: a feature or a slip, and the item it is in. */
export interface FormFault {
  readonly linkId: string | null;
  readonly text: string;
}

/** Questionnaire → Form, or every feature of it that the reader does not know. Nothing is ever skipped. */
export function readQuestionnaire(
  questionnaire: Questionnaire,
  terminology: Terminology,
): { form: Form } | { faults: readonly FormFault[] } {
  const faults: FormFault[] = rootFaults(questionnaire);
  const byLinkId = new Map<string, Item>();
  const readers = {
    options: createOptionsReader(withContained(questionnaire, terminology)),
    limits: createLimitsReader(),
  };
  const read = (sources: readonly QuestionnaireItem[] | undefined, parent: Item | null): Item[] =>
    (sources ?? []).map((source) => {
      const children: Item[] = [];
      const { item, faults: found } = readItem(
        source,
        { parent, place: byLinkId.size, items: children },
        readers,
      );
      const repeated = byLinkId.has(item.linkId) ? ['the linkId is not unique'] : [];
      for (const text of [...repeated, ...found]) faults.push({ linkId: source.linkId, text });
      byLinkId.set(item.linkId, item);
      for (const child of read(source.item, item)) children.push(child);
      return item;
    });
  const items = read(questionnaire.item, null);
  for (const fault of danglingQuestions(byLinkId)) faults.push(fault);
  if (faults.length > 0) return { faults };
  const { url = '', version = '' } = questionnaire;
  return { form: { url, version, questionnaire, items, byLinkId, demanding: demandingIn(items) } };
}

/** A response may hold thousands of instances of one group: what each must have is worked out once. */
function demandingIn(items: readonly Item[]): Map<Item | null, readonly Item[]> {
  const demanding = new Map<Item | null, readonly Item[]>();
  const visit = (parent: Item | null, inside: readonly Item[]): void => {
    for (const item of inside) visit(item, item.items);
    demanding.set(
      parent,
      inside.filter((item) => isDemanding(item, demanding.get(item) ?? [])),
    );
  };
  visit(null, items);
  return demanding;
}

/** Required itself, or a group that is always there and has something required in it. */
function isDemanding({ type, required, repeats, limits }: Item, inside: readonly Item[]): boolean {
  if (required || (limits.minOccurs ?? 0) > 0) return type !== 'display';
  return type === 'group' && !repeats && inside.length > 0;
}

function rootFaults(questionnaire: Questionnaire): FormFault[] {
  const faults = extensionFaults(questionnaire, []);
  if (questionnaire.modifierExtension || questionnaire.implicitRules)
    faults.push('its modifiers are not known');
  return faults.map((text) => ({ linkId: null, text }));
}

/** `#id` is a value set inside the Questionnaire. */
function withContained({ contained = [] }: Questionnaire, terminology: Terminology): Terminology {
  const inside = contained.filter(isValueSet);
  return {
    ...terminology,
    valueSet: (url) =>
      url.startsWith('#') ? inside.find(({ id }) => `#${id}` === url) : terminology.valueSet(url),
  };
}

function isValueSet(resource: Resource): resource is ValueSet {
  return resource.resourceType === 'ValueSet';
}

function readItem(
  source: QuestionnaireItem,
  tree: Pick<Item, 'parent' | 'place' | 'items'>,
  readers: { options: OptionsReader; limits: LimitsReader },
): { item: Item; faults: readonly string[] } {
  const options = readers.options(source);
  const limits = readers.limits(source);
  const item: Item = {
    ...tree,
    linkId: source.linkId,
    type: isItemType(source.type) ? source.type : 'display',
    text: source.text ?? source.linkId,
    required: source.required ?? false,
    repeats: source.repeats ?? false,
    options: options.options,
    limits: limits.limits,
    enableWhen: source.enableWhen ?? [],
    enableBehavior: source.enableBehavior ?? 'all',
  };
  const unknownType = isItemType(source.type) ? [] : [`the type "${source.type}" is not known`];
  return {
    item,
    faults: [...unknownType, ...faultsOf(source, tree.parent), ...options.faults, ...limits.faults],
  };
}

function danglingQuestions(byLinkId: ReadonlyMap<string, Item>): FormFault[] {
  return [...byLinkId.values()].flatMap(({ linkId, enableWhen }) =>
    enableWhen
      .filter(({ question }) => !byLinkId.has(question))
      .map(({ question }) => ({ linkId, text: `enableWhen asks for "${question}", which does not exist` })),
  );
}

function isItemType(type: string): type is ItemType {
  return ITEM_TYPES.some((one) => one === type);
}

/** The options of a choice as codings, in order. */
export function codingsOf({ options }: Item): Coding[] {
  return [...(options?.byKey.values() ?? [])].flatMap(({ valueCoding }) => valueCoding ?? []);
}
