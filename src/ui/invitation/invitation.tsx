import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { LanguageChoice, languageWanted, tellLanguage } from '../parts/language.js';
import { asLanguage, LANGUAGES, type Language } from '../parts/languages.js';
import { Page } from '../parts/page.js';
import { type Opened, openLink } from './open-link.js';
import { TEXTS } from './texts.js';

interface InvitationProps {
  readonly token: string;
  readonly isFramed: boolean;
}

/** Asked by hand, because whatever looks at links in a message must not use them up. */
export function Invitation({ token, isFramed }: InvitationProps) {
  const [language, setLanguage] = useState(() => asLanguage(languageWanted(LANGUAGES)));
  const [state, setState] = useState<'asking' | 'opening' | Exclude<Opened, object>>(
    token === '' ? 'invitation-invalid' : 'asking',
  );
  const claim = useRef('');
  const texts = TEXTS[language];
  useEffect(() => {
    tellLanguage(language);
    document.title = texts.title;
  }, [language]);
  const begin = async () => {
    setState('opening');
    claim.current ||= newClaim();
    const opened = await openLink(token, claim.current);
    if (typeof opened === 'object') location.replace(toScreen(opened.url, language, isFramed));
    else setState(opened);
  };
  const isOpen = state === 'asking' || state === 'opening';
  return (
    <Around isFramed={isFramed} language={language} onLanguage={(one) => setLanguage(asLanguage(one))}>
      <div data-screen={state}>
        <h1>{texts.title}</h1>
        {isOpen ? (
          <ul>
            {texts.points.map((point) => (
              <li key={point}>{point}</li>
            ))}
          </ul>
        ) : (
          <div class={`notice ${state === 'away' ? 'warn' : 'danger'}`} role="alert">
            <p>{texts[state]}</p>
          </div>
        )}
        {(isOpen || state === 'away') && (
          <div class="actions">
            <button
              type="button"
              class="button primary"
              data-action="begin"
              aria-disabled={state === 'opening'}
              onClick={() => state !== 'opening' && begin()}
            >
              {state === 'away' ? texts.retry : texts.begin}
            </button>
          </div>
        )}
        <p role="status">{state === 'opening' && texts.opening}</p>
      </div>
    </Around>
  );
}

interface AroundProps {
  readonly isFramed: boolean;
  readonly language: Language;
  onLanguage(language: string): void;
  readonly children: ComponentChildren;
}

function Around({ isFramed, language, onLanguage, children }: AroundProps) {
  const { language: label, skip, disclaimer } = TEXTS[language];
  const choice = (
    <LanguageChoice offered={LANGUAGES} current={language} label={label} onChoose={onLanguage} />
  );
  if (!isFramed) {
    return (
      <Page home={false} aside={choice} skipText={skip} disclaimer={disclaimer}>
        {children}
      </Page>
    );
  }
  return (
    <main class="embedded">
      <div class="bar">{choice}</div>
      {children}
      <p class="soft">{disclaimer}</p>
    </main>
  );
}

/** In the language that was chosen here, and in the same frame. */
function toScreen(to: string, language: string, isFramed: boolean): string {
  const url = new URL(to);
  url.searchParams.set('lang', language);
  if (isFramed) url.searchParams.set('embed', '1');
  return url.href;
}

function newClaim(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
