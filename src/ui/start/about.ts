import { textOf } from '../engine/text.js';
import { loadQuestionnaire } from '../parts/load-questionnaire.js';

/** What the Questionnaire says of itself: its description, in each language; null when it cannot be read. */
export async function loadAbout(canonical: string): Promise<((language: string) => string) | null> {
  const found = await loadQuestionnaire(canonical);
  if (typeof found === 'string' || !found.description) return null;
  const { description, _description } = found;
  return (language) => textOf({ description, _description }, 'description', language);
}
