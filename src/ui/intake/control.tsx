import type { Question } from '../engine/form.js';
import { answerTexts } from './answer-text.js';
import { ChoiceControl } from './choice-control.js';
import type { ControlProps } from './control-props.js';
import { DropDown } from './drop-down.js';
import { EntryControl } from './entry-control.js';
import { ScaleControl } from './scale-control.js';
import { YesNoControl } from './yes-no-control.js';

/** More steps than these are typed, not laid out as buttons. */
const MOST_STEPS = 21;

/** The way to answer a question, and to take the answer back. */
export function Control(props: ControlProps) {
  const { question, state, texts, dispatch } = props;
  const { linkId, readOnly } = question;
  const given = state.answers.get(linkId) ?? [];
  if (readOnly) return <p>{answerTexts(question, given, props).join(', ') || texts.notAnswered}</p>;
  const isTyped = (state.entries.get(linkId)?.text ?? '') !== '';
  return (
    <>
      <Kind {...props} />
      <p class="clear">
        {(given.length > 0 || isTyped) && (
          <button
            type="button"
            class="link"
            data-action="clear"
            onClick={(event) => {
              const first = event.currentTarget.closest('fieldset')?.querySelector('input, select, textarea');
              dispatch({ type: 'answered', linkId, given: [] });
              // The button is about to go, and the focus with it.
              if (first instanceof HTMLElement) first.focus();
            }}
          >
            {texts.clear}
          </button>
        )}
      </p>
    </>
  );
}

function Kind(props: ControlProps) {
  const { control, slider } = props.question;
  switch (control) {
    case 'radio':
    case 'check':
      return <ChoiceControl {...props} />;
    case 'drop-down':
      return <DropDown {...props} />;
    case 'yes-no':
      return <YesNoControl {...props} />;
    case 'slider':
      // Laid out, so that nothing is marked before it is touched: a slider always points somewhere.
      return slider && stepsOf(slider).length <= MOST_STEPS ? (
        <ScaleControl {...props} steps={stepsOf(slider)} />
      ) : (
        <EntryControl {...props} />
      );
    default:
      return <EntryControl {...props} />;
  }
}

function stepsOf({ min, max, step }: NonNullable<Question['slider']>): number[] {
  const count = Math.floor((max - min) / step) + 1;
  return Array.from({ length: Math.min(count, MOST_STEPS + 1) }, (_, index) => min + index * step);
}
