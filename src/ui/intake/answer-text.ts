import { type Answer, optionOf } from '../engine/answers.js';
import type { Question } from '../engine/form.js';
import { optionText, textOf } from '../engine/text.js';
import type { View } from './view.js';

/** What was answered, in the language drawn, one text for each answer. */
export function answerTexts(
  question: Question,
  given: readonly Answer[],
  { language, texts }: Pick<View, 'language' | 'texts'>,
): string[] {
  const [unit] = question.units;
  return given.map((answer) => {
    const option = optionOf(question, answer);
    if (option) return optionText(option, language);
    const { valueBoolean, valueQuantity: quantity } = answer;
    if (valueBoolean !== undefined) return valueBoolean ? texts.yes : texts.no;
    if (quantity)
      return [quantity.value, quantity.unit ?? quantity.code].filter((part) => part !== undefined).join(' ');
    const value = String(Object.values(answer)[0] ?? '');
    return unit ? `${value} ${textOf(unit, 'display', language) || unit.code}` : value;
  });
}
