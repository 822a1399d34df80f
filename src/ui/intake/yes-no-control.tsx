import { answerTo, type ControlProps } from './control-props.js';

/** Yes or no, and neither at first: a single tick box could not tell "no" from unanswered. */
export function YesNoControl(props: ControlProps) {
  const { question, state, texts, isWrong } = props;
  const [given] = state.answers.get(question.linkId) ?? [];
  return (
    <div class="rows">
      {[true, false].map((value) => (
        <label key={String(value)} class="row">
          <input
            type="radio"
            name={question.linkId}
            value={String(value)}
            checked={given?.valueBoolean === value}
            aria-invalid={isWrong || undefined}
            onChange={() => answerTo(props, [{ valueBoolean: value }])}
          />
          <span>{value ? texts.yes : texts.no}</span>
        </label>
      ))}
    </div>
  );
}
