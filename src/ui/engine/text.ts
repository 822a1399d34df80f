import type { Element } from 'fhir/r4.js';
import type { Option } from './form.js';

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

/** The properties that carry translations. */
export type TextProperty =
  | 'text'
  | 'title'
  | 'display'
  | 'prefix'
  | 'description'
  | 'purpose'
  | 'valueString';

/** Anything of the Questionnaire with texts: itself, an item, a Coding, an option. */
export type Texts = { readonly [name in TextProperty]?: string | undefined } & {
  readonly [name in `_${TextProperty}`]?: Element | undefined;
};

/**
 * A text in the language asked for (BCP 47; `de` serves `de-AT`), from its translation extensions; without one, the
 * Questionnaire's own text. Empty when there is none at all.
 */
export function textOf(element: Texts, property: TextProperty, language: string): string {
  const translations = translationsIn(element[`_${property}`]);
  for (let tag = language.toLowerCase(); tag; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    const found = translations.find(([one]) => one.toLowerCase() === tag);
    if (found) return found[1];
  }
  return element[property] ?? '';
}

/** What an option says: its display (its code without one), or its value as text. */
export function optionText({ source, answer }: Option, language: string): string {
  const { valueCoding, valueInteger, valueDate, valueTime } = answer;
  if (valueCoding) return textOf(source.valueCoding ?? {}, 'display', language) || (valueCoding.code ?? '');
  return textOf(source, 'valueString', language) || String(valueInteger ?? valueDate ?? valueTime ?? '');
}

/** Language and text of each translation of a primitive, given its `_` sibling, in order. */
export function translationsIn(sibling: Element | undefined): [language: string, text: string][] {
  return (sibling?.extension ?? [])
    .filter(({ url }) => url === TRANSLATION)
    .flatMap(({ extension: parts = [] }): [string, string][] => {
      const language = parts.find(({ url }) => url === 'lang')?.valueCode;
      const text = parts.find(({ url }) => url === 'content')?.valueString;
      return language && text ? [[language, text]] : [];
    });
}
