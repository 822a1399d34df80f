import { OpenAlert } from './alert-state.js';
import type { Alert } from './load-alert.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { RedFlagBanner } from './red-flag-banner.js';
import { UnscoredBanner } from './unscored-banner.js';
import type { Wording } from './wording.js';

interface TopBannerProps {
  readonly result: Result;
  readonly extras: Extras | null;
  /** As it was read last, also for the version before. */
  readonly alert: Alert | null;
  readonly wording: Wording;
  reload(): Promise<unknown>;
}

/** What is urgent, in every state that a response can be in. */
export function TopBanner({ result, ...rest }: TopBannerProps) {
  const { response, explanation } = result;
  if (response.status === 'entered-in-error') return <OpenAlert {...rest} why={WITHDRAWN} />;
  if (explanation) return <RedFlagBanner {...rest} explanation={explanation} />;
  return <UnscoredBanner {...rest} result={result} />;
}

const WITHDRAWN =
  'It was raised by answers that were withdrawn since then, as entered in error. Find out whether somebody else is meant, then acknowledge it.';
