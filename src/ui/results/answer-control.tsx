import { useState } from 'preact/hooks';
import { type Answer, answerKey, otherTextIn, toggleOption, withOtherText } from '../engine/answers.js';
import { parseEntry } from '../engine/checks.js';
import type { Option, Question } from '../engine/form.js';
import { optionText } from '../engine/text.js';

interface AnswerControlProps {
  readonly question: Question;
  readonly given: readonly Answer[];
  /** null: what is typed is no answer. */
  onAnswer(given: readonly Answer[] | null): void;
}

const YES_NO = [
  { key: 'yes', text: 'Yes', answer: { valueBoolean: true } },
  { key: 'no', text: 'No', answer: { valueBoolean: false } },
];

/** The browser's own controls for one question. Nothing is chosen that was not answered. */
export function AnswerControl({ question, given, onAnswer }: AnswerControlProps) {
  const { type, options, repeats } = question;
  if (type === 'boolean') {
    const choices = YES_NO.map(({ key, text, answer }) => {
      const isChosen = given.some(({ valueBoolean }) => valueBoolean === answer.valueBoolean);
      return { key, text, isChosen, choose: () => onAnswer([answer]) };
    });
    return <Choices question={question} choices={choices} />;
  }
  if (type !== 'choice' && type !== 'open-choice') {
    return <Entry question={question} given={given[0] ?? null} label="Your answer" onAnswer={onAnswer} />;
  }
  const choose = (option: Option) => onAnswer(toggleOption(question, given, option));
  const choices = options.map((option) => ({
    key: option.key,
    text: optionText(option, 'en'),
    isChosen: given.some((answer) => answerKey(answer) === option.key),
    choose: () => choose(option),
  }));
  const other = (answers: readonly Answer[] | null) =>
    onAnswer(answers && withOtherText(question, given, answers[0] ?? null));
  return (
    <Choices question={question} choices={choices} takesMany={repeats}>
      {type === 'open-choice' && (
        <Entry question={question} given={otherTextIn(question, given)} label="Other" onAnswer={other} />
      )}
    </Choices>
  );
}

interface ChoicesProps {
  readonly question: Question;
  readonly choices: readonly { key: string; text: string; isChosen: boolean; choose(): void }[];
  readonly takesMany?: boolean;
  readonly children?: preact.ComponentChildren;
}

function Choices({ question, choices, takesMany = false, children }: ChoicesProps) {
  return (
    <fieldset class="choices">
      <legend class="visually-hidden">{question.item.text}</legend>
      {choices.map(({ key, text, isChosen, choose }) => (
        <label key={key}>
          <input
            type={takesMany ? 'checkbox' : 'radio'}
            name={`answer-${question.linkId}`}
            checked={isChosen}
            onChange={choose}
          />
          {text}
        </label>
      ))}
      {children}
    </fieldset>
  );
}

interface EntryProps {
  readonly question: Question;
  readonly given: Answer | null;
  readonly label: string;
  onAnswer(given: readonly Answer[] | null): void;
}

function Entry({ question, given, label, onAnswer }: EntryProps) {
  const [text, setText] = useState(typedText(given));
  const [isFaulty, setFaulty] = useState(false);
  const isNumber = ['integer', 'decimal', 'quantity'].includes(question.type);
  const type = (typed: string) => {
    setText(typed);
    const parsed = parseEntry(question, typed);
    setFaulty('fault' in parsed);
    onAnswer('fault' in parsed ? null : parsed.answer ? [parsed.answer] : []);
  };
  return (
    <label class="entry">
      <span>
        {label}
        <span class="visually-hidden">: {question.item.text}</span>
        {hintOf(question)}
      </span>
      <input
        type="text"
        inputMode={isNumber ? 'decimal' : 'text'}
        value={text}
        aria-invalid={isFaulty}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
    </label>
  );
}

function typedText(given: Answer | null): string {
  const { valueInteger, valueDecimal, valueQuantity, valueDate, valueString } = given ?? {};
  return String(valueInteger ?? valueDecimal ?? valueQuantity?.value ?? valueDate ?? valueString ?? '');
}

function hintOf({ limits: { min, max }, units, type }: Question): string {
  const unit = units[0]?.display ?? units[0]?.code;
  const range = min !== null && max !== null ? ` ${min} to ${max}` : '';
  const shape = type === 'date' ? ' year-month-day' : '';
  const hint = `${range}${unit ? ` ${unit}` : ''}${shape}`;
  return hint && ` (${hint.trim()})`;
}
