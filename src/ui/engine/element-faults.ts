import type { Extension, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';

const CORE = 'http://hl7.org/fhir/StructureDefinition/';
const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';

export const TRANSLATION = `${CORE}translation`;
export const MIN_VALUE = `${CORE}minValue`;
export const MAX_VALUE = `${CORE}maxValue`;
export const MIN_LENGTH = `${CORE}minLength`;
export const REGEX = `${CORE}regex`;
export const MAX_DECIMAL_PLACES = `${CORE}maxDecimalPlaces`;
export const MIN_OCCURS = `${CORE}questionnaire-minOccurs`;
export const MAX_OCCURS = `${CORE}questionnaire-maxOccurs`;
export const UNIT = `${CORE}questionnaire-unit`;
export const UNIT_OPTION = `${CORE}questionnaire-unitOption`;
export const ITEM_CONTROL = `${CORE}questionnaire-itemControl`;
export const SLIDER_STEP = `${CORE}questionnaire-sliderStepValue`;
export const HIDDEN = `${CORE}questionnaire-hidden`;
export const OPTION_EXCLUSIVE = `${CORE}questionnaire-optionExclusive`;

/** How an extension is written, and the item types it may stand on. */
interface Rule {
  readonly values: readonly (keyof Extension)[];
  readonly on?: readonly string[];
}
const NUMBERS = ['integer', 'decimal'];
const TEXTS = ['string', 'text', 'open-choice'];
const CHOICES = ['choice', 'open-choice'];
const BOUND: Rule = { values: ['valueInteger', 'valueDecimal', 'valueDate'], on: [...NUMBERS, 'date'] };

/** All that an item may have; each of them is drawn, kept to, or says nothing about how the item is drawn. */
const ON_ITEMS: Readonly<Record<string, Rule>> = {
  [MIN_VALUE]: BOUND,
  [MAX_VALUE]: BOUND,
  [MIN_LENGTH]: { values: ['valueInteger'], on: TEXTS },
  [REGEX]: { values: ['valueString'], on: TEXTS },
  [MAX_DECIMAL_PLACES]: { values: ['valueInteger'], on: ['decimal'] },
  [MIN_OCCURS]: { values: ['valueInteger'], on: CHOICES },
  [MAX_OCCURS]: { values: ['valueInteger'], on: CHOICES },
  [UNIT]: { values: ['valueCoding'], on: [...NUMBERS, 'quantity'] },
  [UNIT_OPTION]: { values: ['valueCoding'], on: ['quantity'] },
  [ITEM_CONTROL]: { values: ['valueCodeableConcept'] },
  [SLIDER_STEP]: { values: ['valueInteger'], on: NUMBERS },
  [HIDDEN]: { values: ['valueBoolean'] },
  [`${CORE}questionnaire-choiceOrientation`]: { values: ['valueCode'], on: CHOICES },
  [`${SDC}shortText`]: { values: ['valueString'] },
  [`${SDC}observationExtract`]: { values: ['valueBoolean'] },
  [`${SDC}observation-extract-category`]: { values: ['valueCodeableConcept'] },
};
const MANY = [UNIT_OPTION, `${SDC}observation-extract-category`];
const ON_OPTIONS: Readonly<Record<string, Rule>> = {
  [OPTION_EXCLUSIVE]: { values: ['valueBoolean'] },
  [`${CORE}ordinalValue`]: { values: ['valueDecimal'] },
  [`${CORE}itemWeight`]: { values: ['valueDecimal'] },
};

const CODING = 'id system version code display';
const ELEMENTS = {
  questionnaire: `resourceType id meta language text contained url identifier version name title derivedFrom status
    experimental subjectType date publisher contact description useContext jurisdiction purpose copyright approvalDate
    lastReviewDate effectivePeriod code item extension`,
  item: `id linkId type text prefix code definition required repeats readOnly maxLength enableWhen enableBehavior
    answerOption initial item extension`,
  option: 'id valueCoding valueString valueInteger valueDate valueTime initialSelected extension',
  enableWhen: `id question operator answerBoolean answerInteger answerDecimal answerDate answerDateTime answerTime
    answerString answerCoding answerQuantity`,
  initial: 'id valueBoolean valueInteger valueDecimal valueDate valueString valueQuantity',
};

/** What is not known of the Questionnaire itself; its items are left out. */
export function questionnaireFaults(questionnaire: Questionnaire): string[] {
  const missing = [questionnaire.url, questionnaire.version].includes(undefined);
  return [
    ...(missing ? ['a Questionnaire needs its url and its version'] : []),
    ...elementFaults(questionnaire, ELEMENTS.questionnaire, {}),
  ];
}

/** What is not known of an item, its options, conditions and initial values; items inside it are left out. */
export function itemFaults(item: QuestionnaireItem): string[] {
  const extensions = item.extension ?? [];
  const doubled = extensions.filter(
    ({ url }, at) => !MANY.includes(url) && extensions.findIndex((one) => one.url === url) < at,
  );
  const misplaced = extensions.filter(({ url }) => ON_ITEMS[url]?.on?.includes(item.type) === false);
  return [
    ...elementFaults(item, ELEMENTS.item, ON_ITEMS),
    ...doubled.map(({ url }) => `the extension "${url}" may stand once`),
    ...misplaced.map(({ url }) => `the extension "${url}" does not belong to the type "${item.type}"`),
    ...(item.answerOption ?? []).flatMap((option) => [
      ...elementFaults(option, ELEMENTS.option, ON_OPTIONS),
      ...elementFaults(option.valueCoding ?? {}, CODING, {}),
    ]),
    ...(item.enableWhen ?? []).flatMap((condition) => elementFaults(condition, ELEMENTS.enableWhen, {})),
    ...(item.initial ?? []).flatMap((initial) => elementFaults(initial, ELEMENTS.initial, {})),
  ];
}

/** Elements and extensions that are not known, on an element and on its primitives, which have translations only. */
function elementFaults(element: object, names: string, rules: Readonly<Record<string, Rule>>): string[] {
  const known = names.split(/\s+/);
  return Object.entries(element).flatMap(([name, value]: [string, unknown]): string[] => {
    if (name === 'extension') return extensionsIn(element).flatMap((one) => extensionFaults(one, rules));
    if (name.startsWith('_')) return extensionsIn(value).flatMap((one) => extensionFaults(one, ON_TEXTS));
    return known.includes(name) ? [] : [`the element "${name}" is not known`];
  });
}

const ON_TEXTS: Readonly<Record<string, Rule>> = { [TRANSLATION]: { values: ['extension'] } };

function extensionFaults(extension: Extension, rules: Readonly<Record<string, Rule>>): string[] {
  const { url } = extension;
  const rule = Object.hasOwn(rules, url) ? rules[url] : undefined;
  if (!rule) return [`the extension "${url}" is not known here`];
  if (!rule.values.some((name) => extension[name] !== undefined))
    return [`the extension "${url}" has a value of another type`];
  const parts = extension.extension ?? [];
  if (url !== TRANSLATION) return parts.map((part) => `the extension "${part.url}" is not known here`);
  const isWhole =
    parts.length === 2 &&
    parts.some((part) => part.url === 'lang' && part.valueCode) &&
    parts.some((part) => part.url === 'content' && part.valueString);
  return isWhole ? [] : ['a translation needs one "lang" and one "content"'];
}

/** Of an element, or of the `_` sibling of a primitive, whose shape has been checked. */
function extensionsIn(element: unknown): readonly Extension[] {
  const hasExtensions = (one: unknown): one is { extension?: Extension[] } =>
    typeof one === 'object' && one !== null;
  return hasExtensions(element) ? (element.extension ?? []) : [];
}
