import { VerdictMark } from '../parts/verdict.js';
import { Criteria } from './criteria.js';
import type { ExplainedSet, Warning } from './explanation.js';
import { ScoreBar } from './score-bar.js';
import { settlesText, titleInGroup, withoutTestsText } from './verdict-line.js';
import type { Wording } from './wording.js';

/** Ways to settle a set that are listed; a longer list helps nobody. */
const MOST_WAYS = 5;

interface CriteriaSetLineProps {
  readonly set: ExplainedSet;
  readonly warnings: readonly Warning[];
  readonly wording: Wording;
}

/** Mark, name, bar and what would settle it; opens to the criteria. */
export function CriteriaSetLine({ set, warnings, wording }: CriteriaSetLineProps) {
  const { verdict, decision } = set;
  const concerned = warnings.filter(({ criteriaSets }) => criteriaSets.includes(set.id));
  const told = [
    withoutTestsText(set),
    settlesText(set, wording),
    ...concerned.map(({ text }) => text.replace(/\.$/, '')),
  ].filter((text) => text !== null);
  return (
    <details class="set">
      <summary>
        <VerdictMark verdict={verdict} decision={decision} />
        <span class="set-title">{titleInGroup(set)}</span>
        <ScoreBar set={set} />
        {told.length > 0 && <span class="set-open">{told.join(' · ')}</span>}
      </summary>
      <SetDetails set={set} wording={wording} />
    </details>
  );
}

function SetDetails({ set, wording }: Omit<CriteriaSetLineProps, 'warnings'>) {
  const { note, settledBy, citation, criteria } = set;
  return (
    <div class="set-details">
      <p>{note}</p>
      <Criteria criteria={criteria} wording={wording} />
      {settledBy.length > 0 && (
        <>
          <h4>Could settle it</h4>
          <ul>
            {settledBy.slice(0, MOST_WAYS).map((linkIds) => (
              <li key={linkIds.join()}>
                {linkIds.map((linkId) => wording.shortQuestion(linkId)).join(' + ')}
              </li>
            ))}
          </ul>
          {settledBy.length > MOST_WAYS && <p>And {settledBy.length - MOST_WAYS} other ways.</p>}
        </>
      )}
      <p class="soft">Source: {citation}</p>
    </div>
  );
}
