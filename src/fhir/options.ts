import type {
  Coding,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponseItemAnswer,
  ValueSet,
} from 'fhir/r4.js';
import type { Terminology } from './form.js';

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
  return `${name}|${String(value)}`;
}

/** The options of an item: its list, or its value set enumerated; null when any value answers. */
export function readOptions(
  item: QuestionnaireItem,
  terminology: Terminology,
): { options: Options | null; faults: readonly string[] } {
  if (item.answerValueSet !== undefined) return readValueSet(item.answerValueSet, terminology);
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
  if (!codings) return { options: null, faults: [`the value set "${url}" is not here, or cannot be listed`] };
  const byKey = new Map(
    codings.map((valueCoding) => [answerKey({ valueCoding }), { valueCoding, isExclusive: false }]),
  );
  return { options: { byKey }, faults: [] };
}

/** The codes of a value set that lists them or includes a whole code system of ours; undefined for any other. */
function expand({ expansion, compose }: ValueSet, { codeSystem }: Terminology): Coding[] | undefined {
  if (expansion?.contains) {
    const isFlat = expansion.contains.every(({ contains, abstract }) => !contains && !abstract);
    return isFlat
      ? expansion.contains.map(({ system, code, display }) => toCoding(system, code, display))
      : undefined;
  }
  if (!compose || compose.exclude) return undefined;
  const parts = compose.include.map(({ system, concept, filter, valueSet }) => {
    if (!system || filter || valueSet) return undefined;
    const concepts = concept ?? codeSystem(system)?.concept;
    return concepts?.map(({ code, display }) => toCoding(system, code, display));
  });
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function toCoding(system?: string, code?: string, display?: string): Coding {
  return { ...(system && { system }), ...(code && { code }), ...(display && { display }) };
}
