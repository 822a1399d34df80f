import { CriteriaSetLine } from './criteria-set-line.js';
import type { Explanation } from './explanation.js';
import { withTitles } from './set-names.js';
import { groupSets } from './verdict-line.js';
import type { Wording } from './wording.js';

interface VerdictsProps {
  readonly explanation: Explanation;
  readonly wording: Wording;
}

/** One line for each criteria set, what a clinician looks for first on top. */
export function Verdicts({ explanation, wording }: VerdictsProps) {
  return (
    <section class="card verdicts" aria-label="Criteria sets">
      {groupSets(explanation.criteriaSets).map(({ title, sets }) => (
        <section key={title} aria-label={title}>
          <h3 class="group-title">{title}</h3>
          <ul class="sets">
            {sets.map((set) => (
              <li key={set.id}>
                <CriteriaSetLine set={set} warnings={explanation.warnings} wording={wording} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {explanation.disagreement && (
        <details class="plain">
          <summary>Why the sets disagree</summary>
          <p>{withTitles(explanation.disagreement, explanation.criteriaSets)}</p>
        </details>
      )}
      <p class="legend soft">
        Full: criteria met. Dashed: could still be met. Line: what it takes. Open a row for the criteria.
      </p>
    </section>
  );
}
