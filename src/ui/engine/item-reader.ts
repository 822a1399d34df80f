import type { Coding, Extension, QuestionnaireItem } from 'fhir/r4.js';
import { type Answer, answerKey, toAnswer } from './answers.js';
import {
  ITEM_CONTROL,
  MAX_DECIMAL_PLACES,
  MAX_OCCURS,
  MAX_VALUE,
  MIN_LENGTH,
  MIN_OCCURS,
  MIN_VALUE,
  OPTION_EXCLUSIVE,
  REGEX,
  SLIDER_STEP,
  UNIT,
  UNIT_OPTION,
} from './element-faults.js';
import type { Control, Limits, Option, QuestionType, Slider } from './form.js';
import { readPattern } from './pattern.js';

const ITEM_CONTROLS = 'http://hl7.org/fhir/questionnaire-item-control';

/** How a type is drawn, by the code of its itemControl ('' without one); no other code is known. */
const CONTROLS: Readonly<Record<QuestionType, Readonly<Record<string, Control>>>> = {
  choice: { '': 'radio', 'radio-button': 'radio', 'drop-down': 'drop-down' },
  'open-choice': { '': 'radio', 'radio-button': 'radio' },
  boolean: { '': 'yes-no', 'radio-button': 'yes-no' },
  integer: { '': 'number', slider: 'slider' },
  decimal: { '': 'number', slider: 'slider' },
  date: { '': 'date' },
  string: { '': 'text', 'text-box': 'text' },
  text: { '': 'text-area', 'text-box': 'text-area' },
  quantity: { '': 'quantity' },
};
const REPEATED: Readonly<Record<string, Control>> = { '': 'check', 'check-box': 'check' };
const DISPLAYS = ['', 'help', 'inline'];

/** The control of a question; null for one that is not known for its type. */
export function readControl(item: QuestionnaireItem, type: QuestionType): Control | null {
  const code = controlCode(item);
  const controls = item.repeats && isChoice(item) ? REPEATED : CONTROLS[type];
  return (code !== null && Object.hasOwn(controls, code) && controls[code]) || null;
}

/** Whether a group or display item is drawn as any other. */
export function isPlain(item: QuestionnaireItem): boolean {
  const code = controlCode(item);
  return item.type === 'display' ? code !== null && DISPLAYS.includes(code) : code === '';
}

/** The code of the itemControl, '' without one, null for one that is not FHIR's. */
function controlCode(item: QuestionnaireItem): string | null {
  const control = extensionOf(item, ITEM_CONTROL);
  if (!control) return '';
  const codings = control.valueCodeableConcept?.coding ?? [];
  const [{ system, code } = {}] = codings;
  return codings.length === 1 && system === ITEM_CONTROLS && code ? code : null;
}

export function isChoice({ type }: QuestionnaireItem): boolean {
  return type === 'choice' || type === 'open-choice';
}

/** The options of a choice, and what is wrong with them. */
export function readOptions(item: QuestionnaireItem): { options: Option[]; faults: string[] } {
  const faults: string[] = [];
  if (isChoice(item) && !item.answerOption?.length) faults.push('a choice needs a list of options');
  if (!isChoice(item) && item.answerOption) faults.push('only choices have options');
  const options = (item.answerOption ?? []).map((source): Option => {
    const { extension = [], valueCoding } = source;
    const answer: Answer = {
      ...toAnswer(source),
      ...(valueCoding && { valueCoding: toCoding(valueCoding) }),
    };
    if (Object.keys(answer).length !== 1) faults.push('an option needs one value');
    if (valueCoding && valueCoding.code === undefined) faults.push('an option needs a Coding with a code');
    const exclusive = extension.some((one) => one.url === OPTION_EXCLUSIVE && one.valueBoolean === true);
    return { key: answerKey(answer), answer, exclusive, source };
  });
  if (new Set(options.map(({ key }) => key)).size < options.length)
    faults.push('an option stands in the list twice');
  return { options, faults };
}

function toCoding({ system, version, code, display }: Coding): Coding {
  return {
    ...(system !== undefined && { system }),
    ...(version !== undefined && { version }),
    ...(code !== undefined && { code }),
    ...(display !== undefined && { display }),
  };
}

const SIZED = ['integer', 'decimal', 'string', 'text', 'open-choice'];

/** The limits of a question, and what is wrong with them. */
export function readLimits(item: QuestionnaireItem): { limits: Limits; faults: string[] } {
  const bounds = [extensionOf(item, MIN_VALUE), extensionOf(item, MAX_VALUE)].map(boundIn);
  const regex = extensionOf(item, REGEX)?.valueString;
  const limits: Limits = {
    min: bounds[0] ?? null,
    max: bounds[1] ?? null,
    minLength: extensionOf(item, MIN_LENGTH)?.valueInteger ?? null,
    maxLength: item.maxLength ?? null,
    pattern: regex === undefined ? null : readPattern(regex),
    maxDecimalPlaces: extensionOf(item, MAX_DECIMAL_PLACES)?.valueInteger ?? null,
    minOccurs: extensionOf(item, MIN_OCCURS)?.valueInteger ?? null,
    maxOccurs: extensionOf(item, MAX_OCCURS)?.valueInteger ?? null,
  };
  const kind = item.type === 'date' ? 'string' : 'number';
  const least = Math.max(limits.minOccurs ?? 0, item.required ? 1 : 0);
  const rows: [boolean, string][] = [
    [
      bounds.some((one) => one !== null && typeof one !== kind),
      `the bounds are not of the type "${item.type}"`,
    ],
    [regex !== undefined && limits.pattern === null, 'the regex is not one that is matched here'],
    [
      item.maxLength !== undefined && !SIZED.includes(item.type),
      `maxLength does not belong to the type "${item.type}"`,
    ],
    [least > (item.repeats ? (limits.maxOccurs ?? least) : 1), 'it needs more answers than it takes'],
  ];
  return { limits, faults: rows.filter(([holds]) => holds).map(([, text]) => text) };
}

function boundIn(extension: Extension | undefined): number | string | null {
  return extension?.valueInteger ?? extension?.valueDecimal ?? extension?.valueDate ?? null;
}

/** The units of a quantity, or the unit of a number, and what is wrong with them. */
export function readUnits(item: QuestionnaireItem): { units: Coding[]; faults: string[] } {
  const codingsOf = (url: string) =>
    (item.extension ?? []).filter((one) => one.url === url).flatMap((one) => one.valueCoding ?? []);
  const [unit, choices] = [codingsOf(UNIT), codingsOf(UNIT_OPTION)];
  const units = [...unit, ...choices].map(toCoding);
  const isAmount = item.type === 'quantity';
  const rows: [boolean, string][] = [
    [isAmount && units.length === 0, 'a quantity needs its unit'],
    [unit.length > 0 && choices.length > 0, 'a quantity has one unit or a choice of units, not both'],
    [units.some(({ code }) => code === undefined), 'a unit needs a code'],
  ];
  return { units, faults: rows.filter(([holds]) => holds).map(([, text]) => text) };
}

/** Ends and step of a slider; null for ends that are not known, or not reached in whole steps. */
export function readSlider(item: QuestionnaireItem, { min, max }: Limits): Slider | null {
  const step = extensionOf(item, SLIDER_STEP)?.valueInteger ?? 1;
  if (typeof min !== 'number' || typeof max !== 'number' || min >= max || step <= 0) return null;
  const slider = { min, max, step };
  return isOnSlider(slider, max) ? slider : null;
}

/** Whether a slider can stand at a number. A browser would move it to one that it can, which nobody answered. */
export function isOnSlider({ min, max, step }: Slider, number: number): boolean {
  const steps = (number - min) / step;
  return number >= min && number <= max && Math.abs(steps - Math.round(steps)) < 1e-9;
}

/** The first extension with a url. */
export function extensionOf({ extension = [] }: QuestionnaireItem, url: string): Extension | undefined {
  return extension.find((one) => one.url === url);
}
