import { pageUrl } from './service.js';
import type { SignInPlace } from './settings.js';

interface SignInLinksProps {
  readonly places: readonly SignInPlace[];
  /** "Sign in with {name}" in the language of the page. */
  readonly text: (name: string) => string;
  /** What is on this page stays there: it opens beside it. */
  readonly isBeside?: boolean;
}

/** One link for each place where people may sign in. */
export function SignInLinks({ places, text, isBeside = false }: SignInLinksProps) {
  return (
    <>
      {places.map(({ iss, name }) => (
        <a
          key={iss}
          class="button primary"
          href={pageUrl('launch', { iss })}
          target={isBeside ? '_blank' : undefined}
          data-action="sign-in"
        >
          {text(name ?? new URL(iss).host)}
        </a>
      ))}
    </>
  );
}
