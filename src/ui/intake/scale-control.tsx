import { answerTo, type ControlProps } from './control-props.js';

/** Numbers side by side, to choose one of; none is marked before. */
export function ScaleControl({ steps, ...props }: ControlProps & { readonly steps: readonly number[] }) {
  const { question, state, isWrong } = props;
  const [given] = state.answers.get(question.linkId) ?? [];
  const number = given?.valueInteger ?? given?.valueDecimal;
  return (
    <div class="scale">
      {steps.map((step) => (
        <label key={step} class="step">
          <input
            type="radio"
            name={question.linkId}
            value={step}
            checked={number === step}
            aria-invalid={isWrong || undefined}
            onChange={() =>
              answerTo(props, [question.type === 'integer' ? { valueInteger: step } : { valueDecimal: step }])
            }
          />
          <span>{step}</span>
        </label>
      ))}
    </div>
  );
}
