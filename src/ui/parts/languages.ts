/** Languages of the pages for patients, in the order in which they are offered. */
export const LANGUAGES = ['en', 'es', 'de'] as const;

export type Language = (typeof LANGUAGES)[number];

/** English for any other. */
export function asLanguage(language: string): Language {
  return LANGUAGES.find((one) => one === language) ?? 'en';
}

/** `de` of `de-AT`. */
export function primary(language: string): string {
  return language.toLowerCase().split('-')[0] ?? '';
}
