import type { ComponentChildren } from 'preact';
import { clinicianUrl } from '../parts/author.js';
import { LanguageChoice } from '../parts/language.js';
import { LANGUAGES, type Language } from '../parts/languages.js';
import { Page } from '../parts/page.js';
import { TEXTS } from './texts.js';

interface FrameProps {
  readonly width: 'narrow' | 'wide';
  readonly language: Language;
  /** Clinicians start here, too; the other page is for patients, and does not lead to the worklist. */
  readonly isForAll?: boolean;
  onLanguage(language: string): void;
  readonly children: ComponentChildren;
}

/** What the pages for everybody have around them, in the language that is read. */
export function Frame({ width, language, isForAll = false, onLanguage, children }: FrameProps) {
  const texts = TEXTS[language];
  const aside = (
    <div class="links">
      {isForAll && <a href={clinicianUrl('worklist')}>{texts.worklist}</a>}
      <LanguageChoice offered={LANGUAGES} current={language} label={texts.language} onChoose={onLanguage} />
    </div>
  );
  return (
    <Page width={width} aside={aside} skipText={texts.skip} disclaimer={texts.disclaimer}>
      {children}
    </Page>
  );
}
