import type { Fault } from '../engine/checks.js';
import type { Texts } from './texts-en.js';

/** Languages that the page speaks. */
export const LANGUAGES = ['en', 'es', 'de'] as const;

/** Each comes when it is asked for: nobody waits for what they do not read. */
const SOURCES: Readonly<Record<string, () => Promise<Texts>>> = {
  en: () => import('./texts-en.js').then(({ en }) => en),
  es: () => import('./texts-es.js').then(({ es }) => es),
  de: () => import('./texts-de.js').then(({ de }) => de),
} satisfies Record<(typeof LANGUAGES)[number], () => Promise<Texts>>;

/** All that is said where not even the texts can be had. */
export const NOTHING_LOADED = 'No connection. · Sin conexión. · Keine Verbindung.';

const there = new Map<string, Texts>();

/** Whether the texts of a language are there now; false without a connection, and then it can be tried again. */
export async function loadTexts(language: string): Promise<boolean> {
  try {
    const texts = there.get(language) ?? (await SOURCES[language]?.());
    if (texts) there.set(language, texts);
    return texts !== undefined;
  } catch {
    return false;
  }
}

/** The first of these languages whose texts can be loaded; null when none can. */
export async function loadFirst(languages: readonly string[]): Promise<string | null> {
  for (const language of languages) if (await loadTexts(language)) return language;
  return null;
}

/** The page's texts in a language that was loaded. Throws for another: nothing is drawn before its words are there. */
export function textsIn(language: string): Texts {
  const texts = there.get(language);
  if (!texts) throw new Error(`The texts in "${language}" were not loaded`);
  return texts;
}

/** Why the service did not take an answer, from the code that it gives. */
export function reasonText(code: string, { reasons, faults, notSaveable, forbidden }: Texts): string {
  const known: Readonly<Record<string, string>> = { ...faults, ...reasons, 'scope-missing': forbidden };
  return known[code] ?? notSaveable;
}

/** What is wrong, as a sentence that says what to do. */
export function faultText({ code, limit }: Fault, { faults, limits }: Texts): string {
  return limit ? limits[limit.name](limit.value) : faults[code];
}
