import type { Coding, Questionnaire, QuestionnaireItem, QuestionnaireItemAnswerOption } from 'fhir/r4.js';
import type { Answer } from './answers.js';

/** Item types that ask something and that the pages can draw; with `group` and `display`, all they know. */
export const QUESTION_TYPES = [
  'choice',
  'open-choice',
  'boolean',
  'integer',
  'decimal',
  'date',
  'string',
  'text',
  'quantity',
] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];

/**
 * How a question is drawn. `check` is a list of tick boxes (a choice that repeats), `radio` one answer of a list,
 * `yes-no` a boolean (two radio buttons, none of them chosen at first: a lone tick box could not tell "no" from
 * unanswered), `number` an integer or decimal, `quantity` a number with a unit.
 */
export type Control =
  | 'radio'
  | 'check'
  | 'drop-down'
  | 'yes-no'
  | 'number'
  | 'slider'
  | 'quantity'
  | 'date'
  | 'text'
  | 'text-area';

/** One permitted answer of a choice. */
export interface Option {
  /** Tells it from the others of its question, and equals `answerKey` of every answer that is this option. */
  readonly key: string;
  /** What is answered when it is chosen: one value[x], in the Questionnaire's own language whatever is drawn. */
  readonly answer: Answer;
  /** It stands alone (`questionnaire-optionExclusive`). */
  readonly exclusive: boolean;
  /** As the Questionnaire has it; for its text see `optionText`. */
  readonly source: QuestionnaireItemAnswerOption;
}

/** What an answer must keep to beyond its type; null where there is no limit. */
export interface Limits {
  /** A number, or a date as written (maybe a year or a month only). */
  readonly min: number | string | null;
  readonly max: number | string | null;
  /** Characters. */
  readonly minLength: number | null;
  readonly maxLength: number | null;
  /** The whole text must match. */
  readonly pattern: RegExp | null;
  readonly maxDecimalPlaces: number | null;
  /** How many answers. */
  readonly minOccurs: number | null;
  readonly maxOccurs: number | null;
}

/** Ends and step of a slider. It has no value until it is touched. */
export interface Slider {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** An item that is answered. */
export interface Question {
  readonly kind: 'question';
  readonly linkId: string;
  readonly type: QuestionType;
  readonly required: boolean;
  /** Only choices repeat: they are tick boxes. */
  readonly repeats: boolean;
  /** Not drawn (`questionnaire-hidden` on it or on a group around it), but part of the response. */
  readonly hidden: boolean;
  /** Drawn, but not to be changed. */
  readonly readOnly: boolean;
  /** In order; empty unless the type is a choice. */
  readonly options: readonly Option[];
  readonly limits: Limits;
  /** Units of a quantity, at least one; for an integer or decimal the unit to show, if any. */
  readonly units: readonly Coding[];
  readonly slider: Slider | null;
  readonly control: Control;
  /** As the Questionnaire has it; for its text see `textOf`. */
  readonly item: QuestionnaireItem;
  /** The group it stands in; null at the top. */
  readonly group: Group | null;
  /** Display items inside it. Draw those that are enabled. */
  readonly help: readonly QuestionnaireItem[];
  /**
   * Display items between the question before and this one. To draw, take `introOf`: it keeps those that belong to
   * a question that is not asked, and leaves out those that are not enabled.
   */
  readonly intro: readonly QuestionnaireItem[];
}

/** An item that holds others. It never repeats. */
export interface Group {
  readonly kind: 'group';
  readonly linkId: string;
  readonly required: boolean;
  readonly hidden: boolean;
  readonly item: QuestionnaireItem;
  readonly group: Group | null;
  /** What is in it, in order. */
  readonly items: readonly FormItem[];
}

/** An item that only says something. */
export interface Display {
  readonly kind: 'display';
  readonly linkId: string;
  readonly hidden: boolean;
  readonly item: QuestionnaireItem;
  readonly group: Group | null;
  /** The question it stands in (help); null for one that stands in a group or at the top. */
  readonly question: Question | null;
}

export type FormItem = Question | Group | Display;

/** A Questionnaire that the pages can draw in full. */
export interface Form {
  readonly questionnaire: Questionnaire;
  /** `url|version`. */
  readonly canonical: string;
  /** At the top, in order. */
  readonly items: readonly FormItem[];
  /** All items, display items inside questions too. */
  readonly byLinkId: ReadonlyMap<string, FormItem>;
  /** In document order, hidden ones too. */
  readonly questions: readonly Question[];
  /** In document order. */
  readonly groups: readonly Group[];
  /** Display items after the last question; to draw, take `closingOf`. */
  readonly closing: readonly QuestionnaireItem[];
  /** Its own first (`und` when it does not say), then those of its translation extensions. */
  readonly languages: readonly string[];
}
