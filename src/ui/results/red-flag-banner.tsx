import { UrgencyMark } from '../parts/urgency.js';
import { AlertState, OpenAlert } from './alert-state.js';
import type { Explanation, RedFlag } from './explanation.js';
import { countText, flagsByLevel } from './flag-levels.js';
import type { Alert } from './load-alert.js';
import type { Extras } from './load-extras.js';
import { SafetyNotes } from './safety-notes-list.js';
import { raisingText, type Wording } from './wording.js';

interface RedFlagBannerProps {
  readonly explanation: Explanation;
  readonly extras: Extras | null;
  readonly alert: Alert | null;
  readonly wording: Wording;
  reload(): Promise<unknown>;
}

/** Before anything else: what is urgent, why, and which safety questions nobody has answered. */
export function RedFlagBanner({ explanation, extras, alert, wording, reload }: RedFlagBannerProps) {
  const { urgency, flags, unanswered } = explanation.redFlags;
  return (
    <>
      {flags.length > 0 && (
        <section
          class={`notice flags ${urgency === 'urgent-days' ? 'warn' : 'danger'}`}
          aria-labelledby="red-flags"
        >
          <h2 id="red-flags">
            <UrgencyMark urgency={urgency} word={countText(urgency, flagsByLevel(flags)[0]?.raised ?? [])} />
          </h2>
          <SafetyNotes extras={extras} />
          <FlagList flags={flags} wording={wording} />
          <AlertState alert={alert} isExpected={urgency !== 'urgent-days'} reload={reload} />
        </section>
      )}
      {unanswered.length > 0 && <Unanswered linkIds={unanswered} wording={wording} />}
      {flags.length === 0 && <OpenAlert alert={alert} why={CHANGED} reload={reload} />}
      {urgency === 'none-reported' && (
        <p class="none-reported">
          <UrgencyMark urgency={urgency} word="No red flag reported." /> This is not the same as safe.
        </p>
      )}
    </>
  );
}

const CHANGED = 'Answers that were changed since then had raised a red flag.';

/** The highest level has the heading of the banner; what is less urgent follows under its own. */
function FlagList({ flags, wording }: { readonly flags: readonly RedFlag[]; readonly wording: Wording }) {
  return flagsByLevel(flags).map(({ level, raised }, index) => (
    <div key={level}>
      {index > 0 && (
        <h3>
          <UrgencyMark urgency={level} word={countText(level, raised)} />
        </h3>
      )}
      <ul class="flag-list">
        {raised.map(({ code, from }) => (
          <li key={code}>
            <strong>{wording.finding(code)}</strong>
            <Raised text={from.map((used) => raisingText(used, code, wording)).join(' + ')} />
          </li>
        ))}
      </ul>
    </div>
  ));
}

/** As much as can be read at a glance. */
const GLANCE = 130;

function Raised({ text }: { readonly text: string }) {
  if (text.length <= GLANCE) return <span class="raised">{text}</span>;
  return (
    <details class="raised">
      <summary>Answers that raised it</summary>
      {text}
    </details>
  );
}

function Unanswered({
  linkIds,
  wording,
}: {
  readonly linkIds: readonly string[];
  readonly wording: Wording;
}) {
  return (
    <section class="notice warn" aria-labelledby="unanswered">
      <h2 id="unanswered">
        <UrgencyMark urgency={null} word="Safety questions not fully answered" />
      </h2>
      <p>Ask them first. Blank or “not sure” is not a “no”.</p>
      <ul>
        {linkIds.map((linkId) => (
          <li key={linkId}>{wording.shortQuestion(linkId)}</li>
        ))}
      </ul>
    </section>
  );
}
