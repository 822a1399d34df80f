import { useEffect, useState } from 'preact/hooks';
import { languageWanted, tellLanguage } from '../parts/language.js';
import { asLanguage, LANGUAGES, type Language } from '../parts/languages.js';

/** The language that is read, and a way to choose another; said on `<html>` and in the address. */
export function useLanguage(): [Language, (language: string) => void] {
  const [language, setLanguage] = useState(() => asLanguage(languageWanted(LANGUAGES)));
  useEffect(() => tellLanguage(language), [language]);
  return [language, (chosen) => setLanguage(asLanguage(chosen))];
}
