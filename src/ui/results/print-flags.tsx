import { UrgencyMark } from '../parts/urgency.js';
import { urgencyWord } from '../parts/words.js';
import type { RedFlags } from './explanation.js';
import { countText, flagsByLevel } from './flag-levels.js';
import { shortRaisingText, type Wording } from './wording.js';

interface PrintFlagsProps {
  readonly redFlags: RedFlags;
  readonly notes: readonly string[];
  readonly wording: Wording;
}

/** Red flags on paper: in a heavy frame when there are any. */
export function PrintFlags({ redFlags: { urgency, flags, unanswered }, notes, wording }: PrintFlagsProps) {
  const isNone = urgency === 'none-reported';
  const none = isNone ? 'No red flag reported. This is not the same as safe.' : urgencyWord(urgency);
  return (
    <section class={`paper-flags ${flags.length > 0 ? 'some' : ''}`}>
      {notes.map((note) => (
        <p key={note}>
          <strong>{note}</strong>
        </p>
      ))}
      {flags.length === 0 && (
        <h2>
          <UrgencyMark urgency={urgency} word={none} />
        </h2>
      )}
      {flagsByLevel(flags).map(({ level, raised }) => (
        <div key={level}>
          <h2>
            <UrgencyMark urgency={level} word={countText(level, raised)} />
          </h2>
          <ul>
            {raised.map(({ code, from }) => (
              <li key={code}>
                <strong>{wording.finding(code)}</strong>
                {from.length === 1 && from.map((used) => `: ${shortRaisingText(used, code, wording)}`)}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {unanswered.length > 0 && (
        <p>Not fully answered: {unanswered.map((linkId) => `“${wording.question(linkId)}”`).join(' ')}</p>
      )}
    </section>
  );
}
