import { toRedFlags } from '../parts/screening.js';
import { UrgencyMark } from '../parts/urgency.js';
import { urgencyRank, urgencyWord } from '../parts/words.js';
import { AlertState } from './alert-state.js';
import type { Alert } from './load-alert.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { isRedFlags } from './safety-notes.js';
import { SafetyNotes } from './safety-notes-list.js';
import { adviceText, recordText } from './unscored.js';

interface UnscoredBannerProps {
  readonly result: Result;
  readonly extras: Extras | null;
  readonly alert: Alert | null;
  reload(): Promise<unknown>;
}

/** In place of results that cannot be had: how urgent it is all the same, as far as anybody can tell. */
export function UnscoredBanner({ result, extras, alert, reload }: UnscoredBannerProps) {
  const { advice, unexplained } = result;
  const recorded = toRedFlags(
    extras?.observations?.find((one) => isRedFlags(one) && one.status !== 'entered-in-error'),
  );
  const levels = [advice?.urgency ?? null, recorded?.urgency ?? null];
  const urgency = levels.reduce((a, b) => (urgencyRank(a) <= urgencyRank(b) ? a : b));
  const isCalm = urgency === 'none-reported' || urgency === null || urgency === 'urgent-days';
  return (
    <section class={`notice flags ${isCalm ? 'warn' : 'danger'}`} aria-labelledby="red-flags">
      <h2 id="red-flags">
        <UrgencyMark
          urgency={urgency === 'none-reported' ? null : urgency}
          word={
            urgency === 'none-reported' || urgency === null
              ? 'Not scored: read the safety answers'
              : `${urgencyWord(urgency)}. Not scored: read the safety answers`
          }
        />
      </h2>
      <p>{adviceText(advice)}</p>
      {extras && <p>{recordText(extras.observations && recorded)}</p>}
      {unexplained && <p>Why it is not scored: {unexplained}</p>}
      {recorded && <SafetyNotes extras={extras} />}
      <AlertState alert={alert} isExpected={!isCalm} reload={reload} />
      <p>
        <button type="button" class="button" onClick={reload}>
          Load it again
        </button>
      </p>
    </section>
  );
}
