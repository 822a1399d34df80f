import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import { type Answer, type Answers, withAnswers } from '../engine/answers.js';
import { checkQuestion } from '../engine/checks.js';
import { isEnabled } from '../engine/enablement.js';
import type { Form, Question } from '../engine/form.js';
import { toResponse } from '../engine/response.js';
import { asAmended } from './amend-response.js';
import { AnswerControl } from './answer-control.js';
import type { OpenQuestionsProps } from './open-questions.js';
import { type OpenQuestion, worthText } from './ranking.js';

interface AnswerSheetProps extends OpenQuestionsProps {
  readonly form: Form;
  /** As they are in the response. */
  readonly stored: Answers;
  readonly open: readonly OpenQuestion[];
}

/** Shown at once; the others on demand. */
const FIRST = 4;

/** Open questions, to be answered on the spot. What is typed stays until it is saved. */
export function AnswerSheet(props: AnswerSheetProps) {
  const { form, open, result } = props;
  const { answers, edits, faulty, isSaving, answer, save } = useAnswers(props);
  const [showsAll, setShowsAll] = useState(false);
  const asked = open.flatMap((one) => {
    const question = form.byLinkId.get(one.linkId);
    return question?.kind === 'question' && canAsk(question, form, answers) ? [{ ...one, question }] : [];
  });
  const shown = showsAll ? asked : asked.slice(0, FIRST);
  return (
    <form onSubmit={save} noValidate>
      <ol class="asked">
        {shown.map((one) => (
          <Asked
            key={`${one.linkId}-${result.response.meta?.versionId}`}
            {...one}
            given={answers.get(one.linkId) ?? []}
            isEdited={edits.has(one.linkId)}
            isFaulty={faulty.has(one.linkId)}
            onAnswer={(given) => answer(one.linkId, given)}
          />
        ))}
      </ol>
      {asked.length > shown.length && (
        <button type="button" class="button quiet" onClick={() => setShowsAll(true)}>
          Show {asked.length - shown.length} more
        </button>
      )}
      <SaveBar count={edits.size} isFaulty={faulty.size > 0} isSaving={isSaving} />
    </form>
  );
}

type Edits = ReadonlyMap<string, readonly Answer[]>;

/** Answers that are not saved yet, over those that are stored; what does not fit is kept, but not saved. */
function useAnswers({ form, stored, result, extras, onSave }: AnswerSheetProps) {
  const [edits, setEdits] = useState<Edits>(new Map());
  const [unreadable, setUnreadable] = useState<ReadonlySet<string>>(new Set());
  const [isSaving, setSaving] = useState(false);
  const answers = [...edits].reduce((all, [linkId, given]) => withAnswers(form, all, linkId, given), stored);
  const unfit = [...edits.keys()].filter((linkId) => checkQuestion(form, answers, linkId).length > 0);
  const faulty = new Set([...unreadable, ...unfit]);
  const answer = (linkId: string, given: readonly Answer[] | null) => {
    const others = [...unreadable].filter((other) => other !== linkId);
    setUnreadable(new Set(given === null ? [...others, linkId] : others));
    if (given !== null) setEdits(new Map([...edits, [linkId, given]]));
  };
  const save = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (edits.size === 0 || isSaving || faulty.size > 0) return;
    setSaving(true);
    const base = asAmended(result.response, extras?.clinician ?? null);
    const saved = await onSave(toResponse(form, answers, base));
    if (saved.state === 'saved') setEdits(new Map());
    setSaving(false);
  };
  return { answers, edits, faulty, isSaving, answer, save };
}

/** A quantity in one of several units is left to the questionnaire's own page. */
function canAsk(question: Question, form: Form, answers: Answers): boolean {
  const isTypable = question.control !== 'quantity' || question.units.length === 1;
  return isTypable && !question.hidden && !question.readOnly && isEnabled(form, answers, question.linkId);
}

interface AskedProps extends OpenQuestion {
  readonly question: Question;
  readonly given: readonly Answer[];
  readonly isEdited: boolean;
  readonly isFaulty: boolean;
  onAnswer(given: readonly Answer[] | null): void;
}

function Asked({ question, given, isEdited, isFaulty, onAnswer, ...worth }: AskedProps) {
  return (
    <li>
      <details>
        <summary>
          <span>
            {question.item.text}
            <span class="worth">
              {isEdited ? <strong>Answered, not saved yet</strong> : worthText(worth)}
            </span>
          </span>
        </summary>
        <AnswerControl question={question} given={given} onAnswer={onAnswer} />
        {isFaulty && <p class="fault">This answer does not fit the question.</p>}
      </details>
    </li>
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
