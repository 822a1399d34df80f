import { VerdictMark } from '../parts/verdict.js';
import type { ExplainedCriterion } from './explanation.js';
import type { Wording } from './wording.js';

/** Each criterion of a set, what was found, and the answer that it rests on. */
export function Criteria({
  criteria,
  wording,
}: {
  readonly criteria: readonly ExplainedCriterion[];
  readonly wording: Wording;
}) {
  return (
    <ul class="criteria">
      {criteria.map(({ code, text, finding, reason, from }) => (
        <li key={code}>
          <FindingMark finding={finding} />
          <div>
            {text}
            {from.map(({ linkId, answer }) => (
              <p key={linkId} class="used">
                {wording.question(linkId)} <b>{wording.answer(linkId, answer)}</b>
              </p>
            ))}
            {from.length === 0 && reason && <p class="used">{REASONS[reason] ?? reason}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

const FINDINGS: Readonly<Record<string, readonly [verdict: string, word: string]>> = {
  met: ['met', 'present'],
  'not-met': ['not-met', 'absent'],
};

/** What is not known is never "absent". */
export function FindingMark({ finding }: { readonly finding: string | null }) {
  const [verdict, word] = FINDINGS[finding ?? ''] ?? ['indeterminate', 'unknown'];
  return <VerdictMark verdict={verdict} word={word} />;
}

/** HL7 data-absent-reason, for a clinician. */
const REASONS: Readonly<Record<string, string>> = {
  unknown: 'Not answered',
  'asked-unknown': 'Answered “not sure”',
  'not-performed': 'Not done or not taken',
  'not-asked': 'Not asked',
};
