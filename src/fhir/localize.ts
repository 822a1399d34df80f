import type { Coding, Element, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

/** The languages a Questionnaire can be read in, its own first; told by the translations of its title. */
export function languagesOf({ language, _title }: Questionnaire): string[] {
  return [...(language ? [language] : []), ...translationsIn(_title).keys()];
}

/**
 * A Questionnaire with every text in another of its languages. Codes, linkIds, and the translations
 * themselves, stay as they are; a text without a translation stays too.
 */
export function localize(questionnaire: Questionnaire, language: string): Questionnaire {
  const { _title, _description, _purpose, title, description, purpose } = questionnaire;
  return {
    ...questionnaire,
    language,
    ...told('title', title, _title, language),
    ...told('description', description, _description, language),
    ...told('purpose', purpose, _purpose, language),
    ...(questionnaire.item && { item: questionnaire.item.map((item) => localizeItem(item, language)) }),
  };
}

function localizeItem(source: QuestionnaireItem, language: string): QuestionnaireItem {
  const { text, _text, prefix, _prefix, answerOption, item } = source;
  const options = answerOption?.map((option) =>
    option.valueCoding ? { ...option, valueCoding: localizeCoding(option.valueCoding, language) } : option,
  );
  return {
    ...source,
    ...told('prefix', prefix, _prefix, language),
    ...told('text', text, _text, language),
    ...(options && { answerOption: options }),
    ...(item && { item: item.map((child) => localizeItem(child, language)) }),
  };
}

function localizeCoding(coding: Coding, language: string): Coding {
  return { ...coding, ...told('display', coding.display, coding._display, language) };
}

/** One element in the language asked for, where it has it; nothing to change where it has not. */
function told<Name extends string>(
  name: Name,
  text: string | undefined,
  sibling: Element | undefined,
  language: string,
): { [key in Name]?: string } {
  const translation = translationsIn(sibling).get(language);
  if (text === undefined || translation === undefined) return {};
  const element: { [key in Name]?: string } = {};
  element[name] = translation;
  return element;
}

/** Language → text, of the translation extensions on a primitive. */
function translationsIn(sibling: Element | undefined): ReadonlyMap<string, string> {
  const found = (sibling?.extension ?? [])
    .filter(({ url }) => url === TRANSLATION)
    .flatMap(({ extension: parts = [] }): [string, string][] => {
      const language = parts.find(({ url }) => url === 'lang')?.valueCode;
      const text = parts.find(({ url }) => url === 'content')?.valueString;
      return language && text ? [[language, text]] : [];
    });
  return new Map(found);
}
