import type { ComponentChildren } from 'preact';
import { LanguageChoice } from '../parts/language.js';
import { Page } from '../parts/page.js';
import type { Host } from './host.js';
import { textsIn } from './texts.js';

interface ShellProps {
  readonly language: string;
  /** The language that was chosen could not be loaded. */
  readonly isAway: boolean;
  readonly languages: readonly string[];
  readonly host: Host;
  onLanguage(language: string): void;
  readonly children: ComponentChildren;
}

/** What stands around a screen: a whole page, or in a portal only the choice of language. */
export function Shell({ language, isAway, languages, host, onLanguage, children }: ShellProps) {
  const texts = textsIn(language);
  const choice = (
    <LanguageChoice offered={languages} current={language} label={texts.language} onChoose={onLanguage} />
  );
  const content = (
    <div class="intake">
      <p role="status" class="status">
        {isAway && texts.languageAway}
      </p>
      {children}
    </div>
  );
  if (host.kind === 'page') {
    return (
      <Page home={false} aside={choice} skipText={texts.skip} disclaimer={texts.diagnosis}>
        {content}
      </Page>
    );
  }
  const Around = host.kind === 'frame' ? 'main' : 'section';
  return (
    <Around class="embedded" lang={language} aria-label={texts.questionnaire}>
      <div class="bar">{choice}</div>
      {content}
      <p class="soft">{texts.diagnosis}</p>
    </Around>
  );
}
