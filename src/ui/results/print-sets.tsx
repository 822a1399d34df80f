import { VerdictMark } from '../parts/verdict.js';
import type { Explanation } from './explanation.js';
import { boundsText, groupSets, settlesText, titleInGroup, withoutTestsText } from './verdict-line.js';
import type { Wording } from './wording.js';

interface PrintSetsProps {
  readonly explanation: Explanation;
  readonly wording: Wording;
}

/** Every set on a line of paper. */
export function PrintSets({ explanation, wording }: PrintSetsProps) {
  const sets = groupSets(explanation.criteriaSets).flatMap((group) => group.sets);
  return (
    <table>
      <tbody>
        {sets.map((set) => (
          <tr key={set.id}>
            <td>
              <VerdictMark verdict={set.verdict} decision={set.decision} />
            </td>
            <th scope="row">{titleInGroup(set)}</th>
            <td>{boundsText(set)}</td>
            <td>{[withoutTestsText(set), settlesText(set, wording)].filter(Boolean).join(' · ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
