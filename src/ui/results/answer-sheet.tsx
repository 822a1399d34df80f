import { useState } from 'preact/hooks';
import { answerKey } from '../engine/answers.js';
import { helpOf } from '../engine/enablement.js';
import { textOf } from '../engine/text.js';
import type { Answerable } from './answerable.js';
import { AskedRow } from './asked-row.js';
import type { OpenQuestionsProps } from './open-questions.js';
import type { OpenQuestion } from './ranking.js';
import { useAnswers } from './use-answers.js';

interface AnswerSheetProps extends OpenQuestionsProps, Answerable {
  readonly open: readonly OpenQuestion[];
}

/** Shown at once; the others on demand. */
const FIRST = 4;

/** Open questions, to be answered on the spot. What is typed stays until it is saved, or given up. */
export function AnswerSheet(props: AnswerSheetProps) {
  const { form, stored, wording } = props;
  const { answers, rows, sent, overtaken, faulty, isSaving, answer, giveUp, save } = useAnswers(props);
  const [showsAll, setShowsAll] = useState(false);
  const shown = rows.filter(({ edit }, index) => showsAll || index < FIRST || edit !== 'none');
  return (
    <form onSubmit={save} noValidate>
      <ol class="asked" inert={isSaving}>
        {shown.map((row) => (
          <AskedRow
            // What is typed into a control stands over what is stored: with that, it begins anew.
            key={[row.linkId, ...(stored.get(row.linkId) ?? []).map(answerKey)].join(' ')}
            {...row}
            help={helpOf(form, answers, row.linkId).map((item) => textOf(item, 'text', 'en'))}
            given={answers.get(row.linkId) ?? []}
            stored={stored.get(row.linkId) ?? []}
            overtaken={overtaken.get(row.linkId) ?? null}
            isFaulty={faulty.has(row.linkId)}
            wording={wording}
            onAnswer={(given) => answer(row.linkId, given)}
            onGiveUp={() => giveUp(row.linkId)}
          />
        ))}
      </ol>
      {rows.length > shown.length && (
        <button type="button" class="button quiet" onClick={() => setShowsAll(true)}>
          Show {rows.length - shown.length} more
        </button>
      )}
      <SaveBar count={sent.size} isFaulty={faulty.size > 0} isSaving={isSaving} />
    </form>
  );
}

interface SaveBarProps {
  readonly count: number;
  readonly isFaulty: boolean;
  readonly isSaving: boolean;
}

function SaveBar({ count, isFaulty, isSaving }: SaveBarProps) {
  const text = isSaving ? 'Saving…' : isFaulty ? 'One answer does not fit yet.' : `${count} to save.`;
  return (
    <div class="save">
      <button type="submit" class="button primary" disabled={count === 0 || isSaving || isFaulty}>
        Save and score again
      </button>
      <span role="status">{count > 0 || isFaulty ? text : ''}</span>
    </div>
  );
}
