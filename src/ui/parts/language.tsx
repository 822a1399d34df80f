import { primary } from './languages.js';

/** The one of the offered languages (BCP 47) that `?lang=` or the browser asks for; else the first. */
export function languageWanted(offered: readonly string[]): string {
  const asked = new URLSearchParams(location.search).get('lang');
  const wanted = [...(asked ? [asked] : []), ...navigator.languages];
  const found = wanted.flatMap((one) => offered.find((offer) => isSame(offer, one)) ?? []);
  return found[0] ?? offered[0] ?? 'en';
}

/** `de-AT` is served by `de`. */
function isSame(offer: string, wanted: string): boolean {
  return primary(offer) === primary(wanted);
}

interface LanguageChoiceProps {
  readonly offered: readonly string[];
  readonly current: string;
  readonly label: string;
  onChoose(language: string): void;
}

/** Every language by its own name. Says on `<html>` and in the address which one is read. */
export function LanguageChoice({ offered, current, label, onChoose }: LanguageChoiceProps) {
  return (
    <nav class="languages" aria-label={label}>
      {offered.map((language) => (
        <button
          key={language}
          type="button"
          class="language"
          lang={language}
          aria-current={language === current ? 'true' : undefined}
          onClick={() => onChoose(language)}
        >
          {nameOf(language)}
        </button>
      ))}
    </nav>
  );
}

/** For a page that is all ours: the element in a portal leaves the portal's page alone. */
export function tellLanguage(language: string): void {
  document.documentElement.lang = language;
  const url = new URL(location.href);
  url.searchParams.set('lang', language);
  history.replaceState(history.state, '', url);
}

function nameOf(language: string): string {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
