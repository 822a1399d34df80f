import type { Patient, QuestionnaireResponse } from 'fhir/r4.js';
import { nameOf } from '../parts/patient.js';
import { urgencyWord } from '../parts/words.js';
import { answeredText, personText, statusText } from './about-response.js';
import type { ExplainedSet, Explanation, RedFlags } from './explanation.js';
import {
  boundsText,
  groupSets,
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
  readonly explanation: Explanation;
  readonly wording: Wording;
  /** Said beside the flags, such as what to do with an injury. */
  readonly safetyNotes: readonly string[];
}

/** The results as plain text: red flags, verdicts with bounds, what is open, the answers that decided, versions. */
export function letterText(source: LetterSource): string {
  const { patient, response, explanation, wording, safetyNotes } = source;
  const { status, authored, questionnaire = '' } = response;
  const head = [
    `Back pain screening: ${patient ? nameOf(patient) : 'name not known'}`,
    personText(patient, authored),
    `${answeredText(response)}.`,
    ...[statusText(status) ?? []].flat(),
  ];
  const paragraphs = [
    head,
    ['RED FLAGS', ...redFlagLines(explanation.redFlags, wording), ...safetyNotes],
    ['RESULTS', summaryText(explanation), ...setLines(explanation, wording)],
    ...(explanation.disagreement ? [[`The sets disagree. ${explanation.disagreement}`]] : []),
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

function setLines({ criteriaSets }: Explanation, wording: Wording): string[] {
  return groupSets(criteriaSets).flatMap(({ sets }) => sets.map((set) => setLine(set, wording)));
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
