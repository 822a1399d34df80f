import { FindingMark } from './criteria.js';
import type { ExplainedFinding } from './explanation.js';
import { factText } from './fact-text.js';
import type { Wording } from './wording.js';

interface PrintFindingsProps {
  readonly facts: readonly ExplainedFinding[];
  readonly wording: Wording;
}

/** Every finding on paper, with the answer that it rests on where that is one short answer. */
export function PrintFindings({ facts, wording }: PrintFindingsProps) {
  const numbers = facts.filter(({ finding }) => finding === null);
  return (
    <div class="findings">
      <p>{numbers.map((fact) => factText(fact, wording)).join('. ')}.</p>
      {['met', 'not-met', 'unknown'].map((finding) => {
        const found = facts.filter((fact) => fact.finding === finding);
        if (found.length === 0) return null;
        return (
          <div key={finding}>
            <h3>
              <FindingMark finding={finding} />
            </h3>
            <ul>
              {found.map((fact) => (
                <li key={fact.code}>{factText(fact, wording)}</li>
              ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}
