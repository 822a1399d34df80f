import type { QuestionnaireResponse } from 'fhir/r4.js';
import { useEffect, useMemo } from 'preact/hooks';
import { authorIn } from '../parts/author.js';
import { pageUrl } from '../parts/service.js';
import { AnswerSheet } from './answer-sheet.js';
import { readAnswerable } from './answerable.js';
import { type Edits, NO_EDITS, sortEdits } from './edits.js';
import type { Explanation } from './explanation.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { type OpenQuestion, rankOpenQuestions, worthText } from './ranking.js';
import type { Saved } from './save-response.js';
import { UnsavedEdits } from './unsaved-edits.js';
import type { Wording } from './wording.js';

export interface OpenQuestionsProps {
  readonly result: Result;
  readonly explanation: Explanation;
  readonly extras: Extras | null;
  readonly wording: Wording;
  /** Answers that are not saved yet. */
  readonly edits: Edits;
  onEdits(change: (edits: Edits) => Edits): void;
  onSave(changed: QuestionnaireResponse, what: 'answers'): Promise<Saved>;
}

/** What to ask now: questions without a known answer, ranked by what they would settle. */
export function OpenQuestions(props: OpenQuestionsProps) {
  const { result, explanation, wording, edits, onEdits } = props;
  const open = useMemo(
    () =>
      rankOpenQuestions(
        explanation,
        wording.questions.map(({ linkId }) => linkId),
      ),
    [explanation, wording],
  );
  const answerable = useMemo(() => readAnswerable(result), [result]);
  useEffect(() => {
    // What is stored as it was answered is no edit any more.
    if (answerable) onEdits((all) => stillOpen(all, sortEdits(all, answerable.stored)));
  }, [answerable, onEdits]);
  const isEmpty = open.length === 0 && edits.size === 0;
  return (
    <section class="card ask" aria-labelledby="ask">
      <h2 id="ask">What to ask now</h2>
      {open.length === 0 && <p>Nothing is open: no further answer would change a verdict.</p>}
      {!isEmpty && answerable && <AnswerSheet {...props} {...answerable} open={open} />}
      {!answerable && open.length > 0 && <OnlyListed {...props} open={open} />}
      {!answerable && (
        <UnsavedEdits edits={edits} wording={wording} onGiveUp={() => onEdits(() => NO_EDITS)} />
      )}
    </section>
  );
}

/** The same map where nothing is done with, so that nothing is drawn anew. */
function stillOpen(edits: Edits, { kept, overtaken }: ReturnType<typeof sortEdits>): Edits {
  const left = [...edits].filter(([linkId]) => kept.has(linkId) || overtaken.has(linkId));
  return left.length === edits.size ? edits : new Map(left);
}

function OnlyListed({
  result,
  extras,
  open,
  wording,
}: OpenQuestionsProps & { readonly open: readonly OpenQuestion[] }) {
  const { id, subject } = result.response;
  const author = (extras ? extras.clinician : authorIn(location.search)) ?? undefined;
  return (
    <>
      <ol>
        {open.map((one) => (
          <li key={one.linkId}>
            {wording.question(one.linkId)} <span class="soft">{worthText(one)}</span>
          </li>
        ))}
      </ol>
      <p>
        They cannot be answered on this page.{' '}
        <a href={pageUrl('screen', { response: id, subject: subject?.reference, author })}>Change answers</a>
      </p>
    </>
  );
}
