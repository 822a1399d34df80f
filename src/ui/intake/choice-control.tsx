import { optionOf, toggleOption } from '../engine/answers.js';
import type { Option } from '../engine/form.js';
import { optionText } from '../engine/text.js';
import { answerTo, type ControlProps } from './control-props.js';
import { OtherText } from './entry-control.js';

/** One of a list, or all that fit: the whole row answers. An option that stands alone comes after an "or". */
export function ChoiceControl(props: ControlProps) {
  const { question, texts, language } = props;
  const { options, repeats } = question;
  const firstAlone = repeats ? options.findIndex(({ exclusive }) => exclusive) : -1;
  return (
    <div class="rows">
      {options.flatMap((option, index) => [
        index === firstAlone && index > 0 && (
          <p key="or" class="or">
            {texts.or}
          </p>
        ),
        <Row key={option.key} {...props} option={option} text={optionText(option, language)} />,
      ])}
      {question.type === 'open-choice' && <OtherText {...props} />}
    </div>
  );
}

interface RowProps extends ControlProps {
  readonly option: Option;
  readonly text: string;
}

function Row({ option, text, ...props }: RowProps) {
  const { question, state, isWrong } = props;
  const given = state.answers.get(question.linkId) ?? [];
  const isGiven = given.some((answer) => optionOf(question, answer) === option);
  return (
    <label class="row">
      <input
        type={question.repeats ? 'checkbox' : 'radio'}
        name={question.linkId}
        value={optionValue(option)}
        checked={isGiven}
        aria-invalid={isWrong || undefined}
        onChange={() => answerTo(props, toggleOption(question, given, option))}
      />
      <span>{text}</span>
    </label>
  );
}

/** The code of an option, or its value. */
export function optionValue({ answer }: Option): string {
  const [value] = Object.values(answer);
  return answer.valueCoding?.code ?? String(value);
}
