import type { Element, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import { itemFaults, questionnaireFaults } from './element-faults.js';
import { aroundOf } from './enablement.js';
import {
  type Display,
  type Form,
  type FormItem,
  type Group,
  QUESTION_TYPES,
  type Question,
  type QuestionType,
} from './form.js';
import { isPlain } from './item-reader.js';
import { isHidden, readQuestion } from './question.js';
import { isQuestionnaire } from './shape.js';
import { translationsIn } from './text.js';

export type {
  Control,
  Display,
  Form,
  FormItem,
  Group,
  Limits,
  Option,
  Question,
  QuestionType,
  Slider,
} from './form.js';

/**
 * A Questionnaire as served → Form, or everything in it that the pages cannot draw or ask in full, all at once.
 * Each fault is a sentence that names its linkId; nothing is ever skipped.
 */
export function loadQuestionnaire(json: unknown): { form: Form } | { faults: readonly string[] } {
  const broken: string[] = [];
  if (!isQuestionnaire(json, broken)) return { faults: broken };
  const reading: Reading = { byLinkId: new Map(), questions: [], groups: [], intro: [], faults: [] };
  for (const text of questionnaireFaults(json)) reading.faults.push(`Questionnaire: ${text}.`);
  const items = readItems(json.item, TOP, reading);
  const { byLinkId, questions, groups, intro, faults } = reading;
  if (questions.length === 0) faults.push('Questionnaire: it asks nothing.');
  for (const item of byLinkId.values())
    for (const text of conditionFaults(item, byLinkId)) pushFault(item, text, reading);
  if (faults.length > 0) return { faults };
  return {
    form: {
      questionnaire: json,
      canonical: `${json.url}|${json.version}`,
      items,
      byLinkId,
      questions,
      groups,
      closing: intro,
      languages: languagesOf(json),
    },
  };
}

interface Reading {
  readonly byLinkId: Map<string, FormItem>;
  readonly questions: Question[];
  readonly groups: Group[];
  /** Display items since the last question. */
  intro: QuestionnaireItem[];
  readonly faults: string[];
}

/** Where items stand. */
interface Place {
  readonly group: Group | null;
  readonly question: Question | null;
  readonly hidden: boolean;
}
const TOP: Place = { group: null, question: null, hidden: false };

function pushFault({ linkId }: { linkId: string }, text: string, { faults }: Reading): void {
  faults.push(`"${linkId}": ${text}.`);
}

function readItems(items: readonly QuestionnaireItem[] = [], place: Place, reading: Reading): FormItem[] {
  return items.flatMap((item) => {
    if (reading.byLinkId.has(item.linkId)) pushFault(item, 'the linkId is not unique', reading);
    for (const text of itemFaults(item)) pushFault(item, text, reading);
    const { type } = item;
    if (type === 'group') return readGroup(item, place, reading);
    if (type === 'display') return readDisplay(item, place, reading);
    if (isQuestionType(type)) return readAsked(item, type, place, reading);
    pushFault(item, `the type "${type}" cannot be asked here`, reading);
    readItems(item.item, place, reading);
    return [];
  });
}

function readGroup(item: QuestionnaireItem, place: Place, reading: Reading): Group {
  const items: FormItem[] = [];
  const group: Group = {
    kind: 'group',
    linkId: item.linkId,
    required: item.required ?? false,
    hidden: place.hidden || isHidden(item),
    item,
    group: place.group,
    items,
  };
  reading.byLinkId.set(item.linkId, group);
  reading.groups.push(group);
  const before = reading.questions.length;
  items.push(...readItems(item.item, { ...place, group, hidden: group.hidden }, reading));
  const rows: [boolean, string][] = [
    [item.repeats === true, 'a group that repeats cannot be asked'],
    [!item.item?.length, 'a group needs items'],
    [group.required && reading.questions.length === before, 'a required group needs a question'],
    [!isPlain(item), 'its itemControl cannot be drawn'],
    [unaskedFor(item), 'a group has no options, initial answers or length'],
  ];
  for (const [holds, text] of rows) if (holds) pushFault(item, text, reading);
  return group;
}

function readDisplay(item: QuestionnaireItem, { group, question, hidden }: Place, reading: Reading): Display {
  const display: Display = {
    kind: 'display',
    linkId: item.linkId,
    hidden: hidden || isHidden(item),
    item,
    group,
    question,
  };
  reading.byLinkId.set(item.linkId, display);
  if (!question) reading.intro.push(item);
  const rows: [boolean, string][] = [
    [!item.text, 'a display item needs a text'],
    [item.required === true || item.repeats === true, 'a display item is neither required nor repeated'],
    [item.item !== undefined, 'a display item has no items of its own'],
    [!isPlain(item), 'its itemControl cannot be drawn'],
    [unaskedFor(item), 'a display item has no options, initial answers or length'],
  ];
  for (const [holds, text] of rows) if (holds) pushFault(item, text, reading);
  return display;
}

/** What only a question may have. */
function unaskedFor({ answerOption, initial, maxLength }: QuestionnaireItem): boolean {
  return [answerOption, initial, maxLength].some((element) => element !== undefined);
}

function readAsked(item: QuestionnaireItem, type: QuestionType, place: Place, reading: Reading): Question {
  const { question, faults } = readQuestion(item, type, { ...place, intro: reading.intro });
  for (const text of faults) pushFault(item, text, reading);
  reading.intro = [];
  reading.byLinkId.set(item.linkId, question);
  reading.questions.push(question);
  readItems(item.item, { group: place.group, question, hidden: question.hidden }, reading);
  return question;
}

function isQuestionType(type: string): type is QuestionType {
  return QUESTION_TYPES.some((one) => one === type);
}

const OPERATORS = ['exists', '=', '!=', '>', '<', '>=', '<='];

function conditionFaults({ linkId, item }: FormItem, byLinkId: ReadonlyMap<string, FormItem>): string[] {
  const { enableWhen = [], enableBehavior } = item;
  const ofAll: [boolean, string][] = [
    [enableWhen.length > 1 && !enableBehavior, 'several enableWhen need an enableBehavior'],
    [
      !['all', 'any', undefined].includes(enableBehavior),
      `the enableBehavior "${enableBehavior}" is not known`,
    ],
    [goesRound(linkId, byLinkId), 'its enableWhen leads back to itself'],
  ];
  const ofEach = enableWhen.flatMap((condition): [boolean, string][] => {
    const { question, operator } = condition;
    const answers = Object.keys(condition).filter((name) => name.startsWith('answer'));
    return [
      [
        byLinkId.get(question)?.kind !== 'question',
        `enableWhen asks for "${question}", which is no question`,
      ],
      [!OPERATORS.includes(operator), `the operator "${operator}" is not known`],
      [answers.length !== 1, 'enableWhen needs one answer'],
      [operator === 'exists' && condition.answerBoolean === undefined, '"exists" needs answerBoolean'],
    ];
  });
  return [...ofAll, ...ofEach].filter(([holds]) => holds).map(([, text]) => text);
}

/** Whether an item is enabled by itself, through what its conditions ask for and what stands around that. */
function goesRound(linkId: string, byLinkId: ReadonlyMap<string, FormItem>): boolean {
  const seen = new Set<string>();
  const leadsBack = (from: string): boolean => {
    const item = byLinkId.get(from);
    if (!item || seen.has(from)) return false;
    seen.add(from);
    const around = aroundOf(item)?.linkId;
    const asked = (item.item.enableWhen ?? []).map(({ question }) => question);
    return [...(around === undefined ? [] : [around]), ...asked].some(
      (one) => one === linkId || leadsBack(one),
    );
  };
  return leadsBack(linkId);
}

/** Its own language, and every other that something drawn of it is translated to. */
function languagesOf(questionnaire: Questionnaire): string[] {
  const textsIn = (item: QuestionnaireItem): (Element | undefined)[] => [
    item._prefix,
    item._text,
    ...(item.answerOption ?? []).flatMap(({ valueCoding, _valueString }) => [
      valueCoding?._display,
      _valueString,
    ]),
    ...(item.item ?? []).flatMap(textsIn),
  ];
  const { language = 'und', _title, _description, _purpose, item = [] } = questionnaire;
  const texts = [_title, _description, _purpose, ...item.flatMap(textsIn)];
  return [...new Set([language, ...texts.flatMap((text) => translationsIn(text).map(([one]) => one))])];
}
