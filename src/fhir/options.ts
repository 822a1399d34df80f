import type {
  Coding,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponseItemAnswer,
  ValueSet,
} from 'fhir/r4.js';
import type { Terminology } from './form.js';
import { canonicalJson } from './identity.js';

export const OPTION_EXCLUSIVE = 'http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive';

/** One permitted answer. */
export interface Option {
  readonly valueCoding?: Coding;
  /** It stands alone (`questionnaire-optionExclusive`). */
  readonly isExclusive: boolean;
}

/** The permitted answers of a choice, by key, in order. */
export interface Options {
  readonly byKey: ReadonlyMap<string, Option>;
}

/**
 * What tells one answer from another: the type, and system and code of a coding (never its display), the
 * number, the text, the reference.
 */
export function answerKey(answer: QuestionnaireResponseItemAnswer | QuestionnaireItemAnswerOption): string {
  const { valueCoding, valueReference } = answer;
  if (valueCoding) return `coding|${valueCoding.system ?? ''}|${valueCoding.code ?? ''}`;
  if (valueReference) return `reference|${valueReference.reference ?? ''}`;
  const [name = '', value = ''] = Object.entries(answer).find(([key]) => key.startsWith('value')) ?? [];
  return `${name}|${typeof value === 'object' ? canonicalJson(value) : String(value)}`;
}

/** The options of an item: its list, or its value set enumerated; null when any value answers. */
export type OptionsReader = (item: QuestionnaireItem) => {
  options: Options | null;
  faults: readonly string[];
};

/** Reads the options of one Questionnaire. A value set is enumerated once, however many items share it. */
export function createOptionsReader(terminology: Terminology): OptionsReader {
  const read = new Map<string, ReturnType<OptionsReader>>();
  return (item) => {
    if (item.answerValueSet === undefined) return readList(item);
    const known = read.get(item.answerValueSet) ?? readValueSet(item.answerValueSet, terminology);
    read.set(item.answerValueSet, known);
    return known;
  };
}

function readList(item: QuestionnaireItem): ReturnType<OptionsReader> {
  if (!item.answerOption) return { options: null, faults: [] };
  const faults = item.answerOption
    .filter(lacksCode)
    .map(() => 'an option needs a Coding with a code, or another value');
  const byKey = new Map(item.answerOption.map((option) => [answerKey(option), toOption(option)]));
  if (byKey.size < item.answerOption.length) faults.push('an option stands in the list twice');
  return { options: { byKey }, faults };
}

function lacksCode(option: QuestionnaireItemAnswerOption): boolean {
  const names = Object.keys(option).filter((key) => key.startsWith('value'));
  return names.length !== 1 || (option.valueCoding !== undefined && option.valueCoding.code === undefined);
}

function toOption({ valueCoding, extension = [] }: QuestionnaireItemAnswerOption): Option {
  const isExclusive = extension.some(
    ({ url, valueBoolean }) => url === OPTION_EXCLUSIVE && valueBoolean === true,
  );
  return { ...(valueCoding && { valueCoding }), isExclusive };
}

function readValueSet(
  url: string,
  terminology: Terminology,
): { options: Options | null; faults: readonly string[] } {
  const valueSet = terminology.valueSet(url);
  const codings = valueSet && expand(valueSet, terminology);
  if (!codings?.every(({ code }) => code !== undefined))
    return { options: null, faults: [`the value set "${url}" is not here, or cannot be listed`] };
  const byKey = new Map(
    codings.map((valueCoding) => [answerKey({ valueCoding }), { valueCoding, isExclusive: false }]),
  );
  return { options: { byKey }, faults: [] };
}

/**
 * The codes of a value set that lists them or includes a whole code system of ours; undefined for any other.
 * A contained one is whatever the caller sent: no element of it is taken for granted.
 */
function expand({ expansion, compose }: ValueSet, { codeSystem }: Terminology): Coding[] | undefined {
  const contains = objectsIn(expansion?.contains);
  if (contains) {
    const isFlat = contains.every((one) => !('contains' in one) && !('abstract' in one));
    return isFlat ? contains.map((one) => toCoding(one)) : undefined;
  }
  const includes = objectsIn(compose?.include);
  if (!includes || compose?.exclude) return undefined;
  const parts = includes.map((include) => {
    if (!('system' in include) || 'filter' in include || 'valueSet' in include) return undefined;
    const { system } = include;
    const listed = 'concept' in include ? include.concept : codeSystem(String(system))?.concept;
    return objectsIn(listed)?.map((concept) => toCoding({ ...concept, system }));
  });
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function objectsIn(list: unknown): object[] | undefined {
  const isList = Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null);
  return isList ? list : undefined;
}

function toCoding(source: { system?: unknown; code?: unknown; display?: unknown }): Coding {
  const { system, code, display } = source;
  return {
    ...(typeof system === 'string' && { system }),
    ...(typeof code === 'string' && { code }),
    ...(typeof display === 'string' && { display }),
  };
}
