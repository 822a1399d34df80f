import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
  Reference,
} from 'fhir/r4.js';
import type { Warning } from '../scoring/criteria/warnings.js';
import type { Verdict } from '../scoring/criteria-set.js';
import type { Evaluation } from '../scoring/evaluate.js';
import { DISCLAIMER, disagreementOf, noteOn, noteOnRedFlags } from '../scoring/notes.js';
import type { RedFlagEvaluation } from '../scoring/red-flags.js';
import type { Score } from '../scoring/score.js';
import { hasValue } from './answer-values.js';
import { indexAnswers, isEnabled, unanswered, valueIn } from './enablement.js';
import type { Form, Item } from './form.js';
import type { Software } from './observation-parts.js';
import { answerKey } from './options.js';
import { ANSWERS } from './systems.js';

/**
 * What a person is told of one version of a response, where the EHR takes no survey Observations. Plain JSON, kept
 * until it is sent; document-reference.ts writes it down as text or HTML.
 */
export interface ScreeningDocument {
  readonly responseId: string;
  readonly version: number;
  readonly status: QuestionnaireResponse['status'];
  /** When the answers were given, as it was sent. */
  readonly authored: string | null;
  readonly subject: Reference | null;
  readonly encounter: Reference | null;
  /** What computed it: the author of the document. */
  readonly software: Software;
  readonly title: string;
  /** In the order they are to be read in; no line has a line break in it. */
  readonly sections: readonly Section[];
}

export interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** A version of a response that was accepted, and what came of it. */
export interface Screened {
  readonly response: QuestionnaireResponse;
  readonly version: number;
  /** null only for what was entered in error without a Questionnaire. */
  readonly form: Form | null;
  /** null for a Questionnaire that no rule is about, and for what was withdrawn. */
  readonly score: Score | null;
  readonly software: Software;
}

const UNTITLED = 'Questionnaire response';

const STATUS_WORDS: Readonly<Partial<Record<QuestionnaireResponse['status'], readonly [string, string]>>> = {
  'entered-in-error': ['entered in error', 'This screening was entered in error: disregard it.'],
  'in-progress': [
    'preliminary',
    'Preliminary: the questionnaire is not finished, and answers may still change.',
  ],
  stopped: ['stopped', 'The questionnaire was stopped before its end.'],
  amended: ['amended', 'Amended: answers were changed after this screening had been completed.'],
};

/**
 * Response and score → document, made of nothing else, so that the same version always reads the same. What is
 * wrong with the screening as a whole comes first, then red flags, before any criteria set. A draft gives its red
 * flags and no verdicts, as its Observations do. Of a withdrawn response neither verdicts nor answers are
 * repeated: they may be another patient's.
 */
export function toScreeningDocument({
  response,
  version,
  form,
  score,
  software,
}: Screened): ScreeningDocument {
  const { id, status, authored, subject, encounter } = response;
  const [suffix, warning] = STATUS_WORDS[status] ?? [];
  const title = form?.questionnaire.title ?? UNTITLED;
  const sections: Section[] = [
    { heading: 'Status', lines: warning ? [warning] : [] },
    ...(status === 'entered-in-error' ? [] : findingsIn(response, form, score)),
    { heading: 'Versions', lines: versionsOf(response, version, software) },
    { heading: 'Please note', lines: [DISCLAIMER] },
  ];
  return {
    responseId: `${id}`,
    version,
    status,
    authored: authored ?? null,
    subject: subject ?? null,
    encounter: encounter ?? null,
    software,
    title: onOneLine(suffix ? `${title} (${suffix})` : title),
    sections: sections
      .filter(({ lines }) => lines.length > 0)
      .map(({ heading, lines }) => ({ heading, lines: lines.map(onOneLine) })),
  };
}

/** Line breaks in what was typed must not look like a heading of ours, nor may it turn the text around it. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

function findingsIn(response: QuestionnaireResponse, form: Form | null, score: Score | null): Section[] {
  const answers = { heading: 'Answers', lines: answerLines(response, form) };
  if (!score)
    return [{ heading: 'Score', lines: ['No rule is about this Questionnaire: it has no score.'] }, answers];
  const redFlags = { heading: 'Red flags', lines: redFlagLines(score.redFlags, form) };
  const warnings = { heading: 'Warnings', lines: score.warnings.map(warningLine) };
  if (response.status === 'in-progress') {
    const lines = ['Not evaluated before the questionnaire is finished.'];
    return [redFlags, { heading: 'Criteria sets', lines }, warnings, answers];
  }
  const disagreement = disagreementOf(score.evaluations);
  return [
    redFlags,
    ...score.evaluations.map((evaluation) => criteriaSection(evaluation, score.advise)),
    { heading: 'Where the criteria sets disagree', lines: disagreement === null ? [] : [disagreement] },
    warnings,
    answers,
  ];
}

function redFlagLines(redFlags: RedFlagEvaluation, form: Form | null): string[] {
  const { urgency, flags, unanswered: open } = redFlags;
  const questions = open.map((linkId) => `"${form?.byLinkId.get(linkId)?.text ?? linkId}"`);
  return [
    `Urgency: ${urgency === null ? 'not known' : urgency.replaceAll('-', ' ')}`,
    ...flags.map((flag) => `${flag.code}: ${flag.urgency.replaceAll('-', ' ')}`),
    ...(open.length > 0 ? [`Safety questions not fully answered: ${questions.join(' ')}`] : []),
    ...[noteOnRedFlags(redFlags)].filter((note) => note !== ''),
  ];
}

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  met: 'met',
  'not-met': 'not met',
  indeterminate: 'open',
  'not-applicable': 'not applicable',
};

const DECISION_WORDS: Readonly<Record<string, string>> = {
  refer: 'refer',
  'test-hla-b27': 'test HLA-B27',
  'not-met': 'not met',
  'gate-not-met': 'not applicable',
  indeterminate: 'open',
};

/** The decision is advice: someone already diagnosed gets the result without it. */
function criteriaSection(evaluation: Evaluation, advise: boolean): Section {
  const { set, verdict, bounds, criteria, decision } = evaluation;
  const { min, max } = bounds;
  const threshold = 'atLeast' in set.rule ? `; at least ${set.rule.atLeast} needed` : '';
  const present = `Present: ${min === max ? min : `${min}–${max}`} of ${criteria.length}${threshold}`;
  return {
    heading: `${set.title} (${set.id})`,
    lines: [
      `Verdict: ${VERDICT_WORDS[verdict]}`,
      ...(verdict === 'not-applicable' ? [] : [present]),
      ...(decision && advise ? [`Decision: ${DECISION_WORDS[decision.decision] ?? decision.decision}`] : []),
      noteOn(evaluation, advise),
    ],
  };
}

function warningLine({ text, criteriaSets }: Warning): string {
  return criteriaSets.length === 0 ? text : `${text} (${criteriaSets.join(', ')})`;
}

function versionsOf({ id, questionnaire }: QuestionnaireResponse, version: number, software: Software) {
  return [
    ...(questionnaire ? [`Questionnaire: ${questionnaire}`] : []),
    `Rule set: ${software.ruleSetVersion}`,
    `Software: axspa-screening ${software.version}`,
    `Response: QuestionnaireResponse/${id}, version ${version}`,
  ];
}

/** What was answered, in the order of the response, and one line for what was asked and left blank. */
function answerLines({ item = [] }: QuestionnaireResponse, form: Form | null): string[] {
  const index = indexAnswers(item);
  const answersTo = (linkId: string) => index.get(linkId) ?? unanswered();
  const blank = [...(form?.byLinkId.values() ?? [])].filter(
    (question) =>
      question.type !== 'group' &&
      question.type !== 'display' &&
      !answersTo(question.linkId).answers.some(hasValue) &&
      isEnabled(question, answersTo),
  );
  const left = blank.map(({ text }) => `"${text}"`).join(' ');
  return [...answeredIn(item, form), ...(blank.length > 0 ? [`Not answered: ${left}`] : [])];
}

function answeredIn(items: readonly QuestionnaireResponseItem[], form: Form | null): string[] {
  return items.flatMap(({ linkId, answer = [], item = [] }) => {
    const question = form?.byLinkId.get(linkId);
    const given = answer.filter(hasValue);
    const words = given.map((one) => wordsFor(one, question));
    const isUnsure = given.length > 0 && given.every(saysUnknown);
    const said = isUnsure ? `not answered (${words.join('; ')})` : words.join('; ');
    return [
      ...(given.length > 0 ? [`${question?.text ?? linkId} = ${said}`] : []),
      ...answeredIn(item, form),
      ...answer.flatMap((one) => answeredIn(one.item ?? [], form)),
    ];
  });
}

/** The code that says "not sure" in every list of our Questionnaire. */
function saysUnknown({ valueCoding }: QuestionnaireResponseItemAnswer): boolean {
  return valueCoding?.system === ANSWERS && valueCoding.code === 'unknown';
}

/** In the words of the Questionnaire where it has any: a display that was sent along was never compared. */
function wordsFor(answer: QuestionnaireResponseItemAnswer, question: Item | undefined): string {
  const { valueBoolean, valueQuantity, valueReference, valueAttachment } = answer;
  const coding = question?.options?.byKey.get(answerKey(answer))?.valueCoding ?? answer.valueCoding;
  if (coding) return coding.display ?? coding.code ?? '';
  if (valueBoolean !== undefined) return valueBoolean ? 'yes' : 'no';
  if (valueQuantity) {
    const { comparator = '', value = '', unit, code = '' } = valueQuantity;
    return `${comparator}${value} ${unit ?? code}`;
  }
  if (valueReference)
    return valueReference.display ?? valueReference.reference ?? valueReference.identifier?.value ?? '';
  return valueAttachment?.title ?? String(valueIn(answer));
}
