import type { Patient, QuestionnaireResponse } from 'fhir/r4.js';
import { nameOf } from '../parts/patient.js';
import { urgencyWord } from '../parts/words.js';
import { answeredText, personText, statusText } from './about-response.js';
import type { ExplainedSet, Explanation, RedFlags } from './explanation.js';
import { UNREAD_NOTES } from './safety-notes.js';
import { firstSentence, withTitles } from './set-names.js';
import {
  boundsText,
  groupSets,
  ng65Note,
  outcomeText,
  settlesText,
  summaryText,
  withoutTestsText,
} from './verdict-line.js';
import { shortRaisingText, type Wording } from './wording.js';

/** What a letter tells of. */
export interface LetterSource {
  readonly patient: Patient | null;
  readonly response: QuestionnaireResponse;
  /** Newest first; null where they could not be read. */
  readonly versions: readonly QuestionnaireResponse[] | null;
  readonly explanation: Explanation;
  readonly wording: Wording;
  /** Said beside the flags, such as what to do with an injury; null where they could not be read. */
  readonly safetyNotes: readonly string[] | null;
}

/** The results as plain text: red flags, verdicts with bounds, what is open, the answers that decided, versions. */
export function letterText(source: LetterSource): string {
  const { patient, response, versions, explanation, wording, safetyNotes } = source;
  const { authored, questionnaire = '' } = response;
  const head = [
    `Back pain screening: ${patient ? nameOf(patient) : 'name not known'}`,
    personText(patient, authored),
    `${answeredText(response, versions)}.`,
    ...[statusText(response) ?? []].flat(),
  ];
  const paragraphs = [
    head,
    ['RED FLAGS', ...redFlagLines(explanation.redFlags, wording), ...(safetyNotes ?? [UNREAD_NOTES])],
    ['RESULTS', summaryText(explanation), ...setLines(explanation, wording)],
    ...disagreementLines(explanation),
    ['ANSWERS THAT DECIDED', ...answerLines(explanation, wording)],
    explanation.warnings.map(({ text }) => `Note: ${text}`),
    [
      `Rule set ${explanation.ruleSet.version} (${explanation.ruleSet.hash.slice(0, 19)}), night pain ${explanation.ruleSet.nightPainVariant}. Questionnaire ${questionnaire.replace('|', ', version ')}.`,
      explanation.disclaimer,
    ],
  ];
  const told = paragraphs.filter((lines) => lines.length > 0);
  return `${told.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Each flag with the answer that raised it; what was not answered; never "none" alone. */
export function redFlagLines({ urgency, flags, unanswered }: RedFlags, wording: Wording): string[] {
  const raised = flags.map(({ code, urgency: level, from }) => {
    const answers = from.map((used) => shortRaisingText(used, code, wording)).join(' + ');
    return `- ${urgencyWord(level)}: ${wording.finding(code)} (answered: ${answers})`;
  });
  const open = unanswered.map((linkId) => `- Not fully answered: “${wording.question(linkId)}”`);
  const none = urgency === 'none-reported' ? ['None reported. That is not the same as safe.'] : [];
  return [...none, ...raised, ...open];
}

/** In a letter only that they do: each set is there with its verdict. */
function disagreementLines({ disagreement, criteriaSets }: Explanation): string[][] {
  if (!disagreement) return [];
  return [[`The sets disagree. ${withTitles(firstSentence(disagreement), criteriaSets)}`]];
}

function setLines(explanation: Explanation, wording: Wording): string[] {
  const { criteriaSets } = explanation;
  const note = ng65Note(explanation);
  const lines = groupSets(criteriaSets).flatMap(({ sets }) => sets.map((set) => setLine(set, wording)));
  return note ? [`NICE NG65: ${note}`, ...lines] : lines;
}

function setLine(set: ExplainedSet, wording: Wording): string {
  const more = [withoutTestsText(set), settlesText(set, wording)].filter((text) => text !== null);
  const extra = more.map((text) => `. ${text}`).join('');
  return `- ${set.title}: ${outcomeText(set)}; ${boundsText(set)}${extra}`;
}

/** Each question once, in the order of the Questionnaire. */
function answerLines({ criteriaSets, facts }: Explanation, wording: Wording): string[] {
  const used = [...facts, ...criteriaSets.flatMap(({ criteria }) => criteria)].flatMap(({ from }) => from);
  return wording.questions.flatMap(({ linkId }) => {
    const found = used.find((one) => one.linkId === linkId);
    return found ? [`- ${wording.shortQuestion(linkId)} ${wording.answer(linkId, found.answer)}`] : [];
  });
}
