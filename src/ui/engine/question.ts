import type { QuestionnaireItem } from 'fhir/r4.js';
import { answerFaults } from './answer-faults.js';
import { type Answer, initialOf } from './answers.js';
import { HIDDEN, SLIDER_STEP } from './element-faults.js';
import type { Group, Question, QuestionType } from './form.js';
import {
  extensionOf,
  isChoice,
  isOnSlider,
  readControl,
  readLimits,
  readOptions,
  readSlider,
  readUnits,
} from './item-reader.js';

/** What stands around a question. */
export interface Around {
  readonly group: Group | null;
  readonly hidden: boolean;
  readonly intro: readonly QuestionnaireItem[];
}

/** A question with what is wrong with it: what could not be drawn, kept to, or answered. */
export function readQuestion(
  item: QuestionnaireItem,
  type: QuestionType,
  around: Around,
): { question: Question; faults: string[] } {
  const { options, faults: ofOptions } = readOptions(item);
  const { limits, faults: ofLimits } = readLimits(item);
  const { units, faults: ofUnits } = readUnits(item);
  const control = readControl(item, type);
  const slider = control === 'slider' ? readSlider(item, limits) : null;
  const question: Question = {
    kind: 'question',
    linkId: item.linkId,
    type,
    required: item.required ?? false,
    repeats: item.repeats ?? false,
    hidden: around.hidden || isHidden(item),
    readOnly: item.readOnly ?? false,
    options,
    limits,
    units,
    slider,
    control: control ?? 'text',
    item,
    group: around.group,
    help: (item.item ?? []).filter(({ type: inner }) => inner === 'display'),
    intro: around.intro,
  };
  const drawing = control === null ? ['its itemControl cannot be drawn'] : sliderFaults(item, question);
  const faults = [...ofOptions, ...ofLimits, ...ofUnits, ...drawing, ...writtenFaults(question)];
  return { question, faults: [...faults, ...initialFaults(question)] };
}

/** Whether the control of a question can show an answer as it is. */
export function isDrawable({ slider }: Question, { valueInteger, valueDecimal }: Answer): boolean {
  const number = valueInteger ?? valueDecimal;
  return slider === null || number === undefined || isOnSlider(slider, number);
}

export function isHidden(item: QuestionnaireItem): boolean {
  return extensionOf(item, HIDDEN)?.valueBoolean ?? false;
}

function sliderFaults(
  item: QuestionnaireItem,
  { control, slider }: Pick<Question, 'control' | 'slider'>,
): string[] {
  if (control === 'slider' && !slider)
    return ['a slider needs minValue, and a maxValue that its steps reach'];
  if (control !== 'slider' && extensionOf(item, SLIDER_STEP)) return ['only a slider has a step'];
  return [];
}

function writtenFaults({ item, repeats, hidden, help }: Question): string[] {
  const rows: [boolean, string][] = [
    [!hidden && !item.text, 'a question needs a text'],
    [repeats && !isChoice(item), 'only choices may repeat'],
    [help.length < (item.item?.length ?? 0), 'a question may have no questions in it'],
  ];
  return rows.filter(([holds]) => holds).map(([, text]) => text);
}

/** A starting answer that is none would be shown as one, or lost. */
function initialFaults(question: Question): string[] {
  const { item } = question;
  const isTwice = item.answerOption !== undefined && item.initial !== undefined;
  if (isTwice) return ['options have initialSelected, not initial'];
  const initial = initialOf(question);
  const faults = answerFaults(question, initial).map(({ code }) => `its initial answer is refused (${code})`);
  return initial.every((answer) => isDrawable(question, answer))
    ? faults
    : [...faults, 'its slider does not stand at its initial answer'];
}
