import type { CodeSystemConcept } from 'fhir/r4.js';

/** A text in the language that was asked for, or else in English. */
export interface Told {
  readonly text: string;
  readonly language: string;
}

/** What a concept says in a language (BCP 47); without words, its code. */
export function tell({ code, display = code, designation = [] }: CodeSystemConcept, language: string): Told {
  const found = designation.find((one) => one.language === language);
  return found ? { text: found.value, language } : { text: display, language: 'en' };
}
