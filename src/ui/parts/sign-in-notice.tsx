import { useEffect, useState } from 'preact/hooks';
import type { Refusal } from './refusal.js';
import { pageUrl } from './service.js';
import { loadSettings, type SignInPlace } from './settings.js';
import { SignInLinks } from './sign-in-links.js';

interface SignInNoticeProps {
  readonly why: Refusal;
  /** What stands on the page, in a sentence. */
  readonly shown?: string;
  onRetry(): void;
}

/**
 * For clinicians: why nothing can be read or saved, and the way back to this page. Who signs in in another window finds
 * the page as it was.
 */
export function SignInNotice({ why, shown, onRetry }: SignInNoticeProps) {
  const [places, setPlaces] = useState<readonly SignInPlace[]>([]);
  useEffect(() => {
    loadSettings().then((settings) => setPlaces(settings?.signIn ?? []));
  }, []);
  useEffect(() => onReturn(onRetry), [onRetry]);
  const isOut = why === 'signedOut';
  return (
    <div class="notice warn" role="alert" data-sign-in={why}>
      <p>
        <strong>{isOut ? OUT : FORBIDDEN}</strong> {shown}
      </p>
      <p>{isOut ? (places.length > 0 ? SIGN_IN : OPEN_ANEW) : AS_ANOTHER}</p>
      <div class="actions">
        {isOut && (
          <SignInLinks places={places} isBeside text={(name) => `Sign in with ${name} (new window)`} />
        )}
        <button type="button" class="button" data-action="again" onClick={onRetry}>
          Try again
        </button>
        {!isOut && (
          <a class="button" href={pageUrl('')}>
            Start page
          </a>
        )}
      </div>
    </div>
  );
}

const OUT = 'You are not signed in, or your sign-in has run out.';
const FORBIDDEN = 'Your sign-in does not let you see this.';
const SIGN_IN = 'Sign in, then come back to this window.';
const OPEN_ANEW = 'Open this page again from where you came.';
const AS_ANOTHER =
  'It is for others, or your record system does not allow it. On the start page you can sign out, and sign in as somebody else.';

/** Tells when somebody comes back to this window. → a function that ends it */
function onReturn(tell: () => void): () => void {
  const look = () => document.visibilityState === 'visible' && tell();
  document.addEventListener('visibilitychange', look);
  return () => document.removeEventListener('visibilitychange', look);
}
