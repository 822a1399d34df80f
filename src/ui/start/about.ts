import type { Bundle, Element, Questionnaire } from 'fhir/r4.js';
import { getFhir, resourcesIn } from '../parts/fhir-client.js';

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

/** What the Questionnaire says of itself: its description, in each language; null when it cannot be read. */
export async function loadAbout(canonical: string): Promise<((language: string) => string) | null> {
  const [url = '', version] = canonical.split('|');
  const query = new URLSearchParams({ url, ...(version && { version }) });
  const reply = await getFhir<Bundle<Questionnaire>>(`Questionnaire?${query}`);
  const [found] = reply.state === 'done' ? resourcesIn(reply.body) : [];
  if (!found?.description) return null;
  const { description, _description } = found;
  return (language) => translationIn(_description, language) ?? description;
}

/** The FHIR `translation` of a text; undefined for none. */
export function translationIn(element: Element | undefined, language: string): string | undefined {
  const translations = element?.extension?.filter(({ url }) => url === TRANSLATION) ?? [];
  const part = (extension: Element, name: string) => extension.extension?.find(({ url }) => url === name);
  const found = translations.find((one) => part(one, 'lang')?.valueCode === language);
  return found && part(found, 'content')?.valueString;
}
