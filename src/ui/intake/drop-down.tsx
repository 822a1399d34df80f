import { optionOf } from '../engine/answers.js';
import { optionText } from '../engine/text.js';
import { optionValue } from './choice-control.js';
import { answerTo, type ControlProps } from './control-props.js';
import { OtherText } from './entry-control.js';

/** One of a long list. Nothing is chosen at first. */
export function DropDown(props: ControlProps) {
  const { question, state, texts, language, isWrong } = props;
  const { options } = question;
  const [given] = state.answers.get(question.linkId) ?? [];
  const chosen = given && optionOf(question, given);
  return (
    <div class="rows">
      <select
        name={question.linkId}
        aria-labelledby="question"
        aria-invalid={isWrong || undefined}
        onChange={({ currentTarget }) => {
          const option = options[currentTarget.selectedIndex - 1];
          answerTo(props, option ? [option.answer] : []);
        }}
      >
        <option value="" selected={!chosen}>
          {texts.choose}
        </option>
        {options.map((option) => (
          <option key={option.key} value={optionValue(option)} selected={option === chosen}>
            {optionText(option, language)}
          </option>
        ))}
      </select>
      {question.type === 'open-choice' && <OtherText {...props} />}
    </div>
  );
}
