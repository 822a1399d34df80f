import { useEffect, useState } from 'preact/hooks';
import { clinicianUrl } from '../parts/author.js';
import type { Language } from '../parts/languages.js';
import { pageUrl } from '../parts/service.js';
import { loadSettings, type Settings } from '../parts/settings.js';
import { loadAbout } from './about.js';
import { Frame } from './frame.js';
import { PatientChoice } from './patient-choice.js';
import { OwnQuestionnaire, SignedIn, SignIn } from './sign-in.js';
import { TEXTS } from './texts.js';
import { useLanguage } from './use-language.js';

/** What this is and for whom, and the two ways in: start a screening, or see the worklist. */
export function Start() {
  const [language, setLanguage] = useLanguage();
  const [settings, setSettings] = useState<Settings | 'loading' | null>('loading');
  const texts = TEXTS[language];
  useEffect(() => {
    loadSettings().then(setSettings);
  }, []);
  useEffect(() => {
    document.title = texts.title;
  }, [texts.title]);
  const known = settings === 'loading' ? null : settings;
  const session = known?.session ?? null;
  const visitor = settings === 'loading' ? null : visitorIn(settings);
  return (
    <Frame width="wide" isForAll={visitor === 'clinician'} language={language} onLanguage={setLanguage}>
      {session && <SignedIn session={session} language={language} />}
      <h1>{texts.title}</h1>
      {settings === 'loading' ? (
        <p role="status">{texts.loading}</p>
      ) : (
        <About settings={known} language={language} />
      )}
      {known?.isDemo && <p class="notice warn">{texts.demo}</p>}
      <div class="ways">
        {visitor === 'nobody' && <SignIn places={known?.signIn ?? []} language={language} />}
        {visitor === 'patient' && session && <OwnQuestionnaire session={session} language={language} />}
        {visitor === 'clinician' && (
          <section class="card" aria-labelledby="start">
            <h2 id="start">{texts.start}</h2>
            <PatientChoice settings={known} language={language} />
          </section>
        )}
        <OtherWays isForAll={visitor === 'clinician'} language={language} />
      </div>
    </Frame>
  );
}

/** Whom the page is for: where nobody has to sign in, everybody may do what a clinician may. */
function visitorIn(settings: Settings | null): 'nobody' | 'patient' | 'clinician' {
  if (settings?.session) return settings.session.isPatient ? 'patient' : 'clinician';
  return settings?.isGuarded ? 'nobody' : 'clinician';
}

interface OtherWaysProps {
  readonly isForAll: boolean;
  readonly language: Language;
}

function OtherWays({ isForAll, language }: OtherWaysProps) {
  const texts = TEXTS[language];
  return (
    <div>
      {isForAll && (
        <section class="card" aria-labelledby="clinicians">
          <h2 id="clinicians">{texts.clinicians}</h2>
          <p>{texts.worklistText}</p>
          <a class="button primary" href={clinicianUrl('worklist')}>
            {texts.worklist}
          </a>
        </section>
      )}
      <section class="card" aria-labelledby="learn">
        <h2 id="learn">{texts.learn}</h2>
        <p>{texts.learnText}</p>
        <a class="button" href={pageUrl('learn', { lang: language })}>
          {texts.learn}
        </a>
      </section>
    </div>
  );
}

interface AboutProps {
  readonly settings: Settings | null;
  readonly language: Language;
}

/** In the words of the Questionnaire, which a clinician reviews. */
function About({ settings, language }: AboutProps) {
  const [about, setAbout] = useState<{ of: (language: string) => string } | 'failed' | null>(null);
  const canonical = settings?.questionnaire || null;
  useEffect(() => {
    if (canonical === null) setAbout('failed');
    else loadAbout(canonical).then((of) => setAbout(of ? { of } : 'failed'));
  }, [canonical]);
  const texts = TEXTS[language];
  if (about === 'failed') return <p>{`${texts.disclaimer} ${texts.aboutFailed}`}</p>;
  return <p class="about">{about ? about.of(language) : texts.loading}</p>;
}
