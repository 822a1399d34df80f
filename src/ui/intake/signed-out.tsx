import { SignInLinks } from '../parts/sign-in-links.js';
import type { View } from './view.js';

/** Nobody is signed in any more: the answers are here, and can be saved when somebody is. */
export function SignedOut({ texts, settings, host, dispatch }: View) {
  return (
    <>
      <p>{settings.session?.invited ? texts.linkOver : texts.runOut}</p>
      <div class="actions">
        {/* What stands in another page has a sign-in of its own there, which another window would not share. */}
        {host.kind === 'page' && <SignInLinks places={settings.signIn} text={texts.signIn} isBeside />}
        <button type="button" class="button" data-action="again" onClick={() => dispatch({ type: 'again' })}>
          {texts.tryAgain}
        </button>
      </div>
    </>
  );
}
