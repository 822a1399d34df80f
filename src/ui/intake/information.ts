import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.js';
import { tell } from '../parts/designation.js';

/** What patients are told, by the codes that `$advice` gives: CodeSystem/patient-information, in every language. */
export type Information = ReadonlyMap<string, CodeSystemConcept>;

/** Where everything that may be called for stands below; and what is told when nothing else is known. */
const ADVICE = 'advice';
const ALWAYS = 'get-help-at-once';

/** null when the words for an emergency are not in it. */
export function readInformation({ concept = [] }: CodeSystem): Information | null {
  const parts = concept.find(({ code }) => code === ADVICE)?.concept ?? [];
  const information = new Map(parts.map((part) => [part.code, part]));
  return information.has('emergency') && information.has(ALWAYS) ? information : null;
}

/** Title and paragraphs in a language (BCP 47; English when it is not there), with the number to call put in. */
export interface Advice {
  readonly code: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** The words for codes, in their order. A code without words is told by what is always true. */
export function adviceIn(information: Information, codes: readonly string[], language: string): Advice[] {
  const parts = codes.flatMap((code) => information.get(code) ?? information.get(ALWAYS) ?? []);
  return [...new Set(parts)].map((part) => ({
    code: part.code,
    title: tell(part, language).text,
    paragraphs: (part.concept ?? []).map((paragraph) => tell(paragraph, language).text),
  }));
}
