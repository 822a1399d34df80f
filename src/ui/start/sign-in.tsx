import { useState } from 'preact/hooks';
import type { Language } from '../parts/languages.js';
import { pageUrl } from '../parts/service.js';
import type { Session, SignInPlace } from '../parts/settings.js';
import { SignInLinks } from '../parts/sign-in-links.js';
import { signOut } from '../parts/sign-out.js';
import { TEXTS } from './texts.js';

interface SignInProps {
  readonly places: readonly SignInPlace[];
  readonly language: Language;
}

/** Where nobody is signed in yet: the ways in. */
export function SignIn({ places, language }: SignInProps) {
  const texts = TEXTS[language];
  return (
    <section class="card" aria-labelledby="start">
      <h2 id="start">{texts.signIn}</h2>
      <p>{places.length > 0 ? texts.signInLead : texts.signInElsewhere}</p>
      {places.length > 0 && (
        <div class="actions">
          <SignInLinks places={places} text={texts.signInWith} />
        </div>
      )}
    </section>
  );
}

interface SignedInProps {
  readonly session: Session;
  readonly language: Language;
}

/** Who is signed in, by the name that the record has for them, and the way out. */
export function SignedIn({ session: { person, invited }, language }: SignedInProps) {
  const texts = TEXTS[language];
  const [state, setState] = useState<'in' | 'leaving' | 'failed'>('in');
  const leave = async () => {
    if (state === 'leaving') return;
    setState('leaving');
    if (await signOut()) location.assign(pageUrl('', { lang: language }));
    else setState('failed');
  };
  return (
    <div class="signed-in">
      <p>{invited ? texts.invited : person === null ? texts.signedIn : texts.signedInAs(person)}</p>
      <button type="button" class="button" data-action="sign-out" onClick={leave}>
        {texts.signOut}
      </button>
      {state === 'failed' && (
        <p class="notice danger" role="alert">
          {texts.signOutFailed}
        </p>
      )}
    </div>
  );
}

/** For patients: their own questionnaire, and nothing about anybody else. */
export function OwnQuestionnaire({ session: { patient }, language }: SignedInProps) {
  const texts = TEXTS[language];
  return (
    <section class="card" aria-labelledby="start">
      <h2 id="start">{texts.own}</h2>
      {patient === null ? (
        <p>{texts.noPatient}</p>
      ) : (
        <>
          <p>{texts.ownLead}</p>
          <a class="button primary" href={pageUrl('screen', { subject: patient, lang: language })}>
            {texts.own}
          </a>
        </>
      )}
    </section>
  );
}
