import type { Answer } from '../engine/answers.js';
import { AnswerControl } from './answer-control.js';
import { type Edit, givenWords } from './edits.js';
import { worthText } from './ranking.js';
import type { SheetRow } from './sheet-rows.js';
import type { Wording } from './wording.js';

interface AskedRowProps extends SheetRow {
  /** What the Questionnaire says beside the question. */
  readonly help: readonly string[];
  readonly given: readonly Answer[];
  readonly stored: readonly Answer[];
  /** What was answered here before somebody else answered it; null for nothing. */
  readonly overtaken: Edit | null;
  readonly isFaulty: boolean;
  readonly wording: Wording;
  onAnswer(given: readonly Answer[] | null): void;
  /** What was answered here is not to be saved. */
  onGiveUp(): void;
}

/** A question, what an answer is worth, and the control; opens by itself where something has to be decided. */
export function AskedRow(props: AskedRowProps) {
  const { question, edit, isAsked, isFaulty, help, given, onAnswer } = props;
  const isStuck = edit === 'overtaken' || (edit === 'kept' && !isAsked);
  return (
    <li>
      <details open={isStuck || undefined}>
        <summary>
          <span>
            {question.item.text}
            <span class="worth">{worthOf(props)}</span>
          </span>
        </summary>
        {isStuck && <Stuck {...props} />}
        {isAsked && help.map((text) => <p key={text}>{text}</p>)}
        {isAsked && <AnswerControl question={question} given={given} onAnswer={onAnswer} />}
        {isFaulty && <p class="fault">This answer does not fit the question.</p>}
      </details>
    </li>
  );
}

function worthOf({ edit, isAsked, open }: AskedRowProps) {
  if (edit === 'overtaken') return <strong>Not saved: answered by somebody else meanwhile</strong>;
  if (edit === 'kept') return <strong>{isAsked ? 'Answered, not saved yet' : 'Cannot be saved'}</strong>;
  return open && worthText(open);
}

/** An answer that is not saved with the others, and why; it stays until it is given up. */
function Stuck({ linkId, edit, given, stored, overtaken, wording, onGiveUp }: AskedRowProps) {
  const own = overtaken ? overtaken.given : given;
  const why =
    edit === 'overtaken'
      ? `Stored now: ${givenWords(linkId, stored, wording)}. Choose again below if that is wrong.`
      : 'With the other answers this question is not asked any more.';
  return (
    <div class="stuck">
      <p>
        You answered {givenWords(linkId, own, wording)}, which is not saved. {why}
      </p>
      <button type="button" class="button" onClick={onGiveUp}>
        {edit === 'overtaken' ? 'Keep what is stored' : 'Drop my answer'}
      </button>
    </div>
  );
}
