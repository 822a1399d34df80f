import { readFileSync } from 'node:fs';
import type { Questionnaire, QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4.js';
import type { Answer, Answers } from '../../src/scoring/condition.js';
import type { Question } from '../../src/scoring/settled-by.js';

/** The shipped Questionnaire as scoring's questions; read apart from src/fhir, so that the two can differ. */
const HL7 = 'http://hl7.org/fhir/StructureDefinition';
const file = new URL('../../resources/Questionnaire-axspa-back-pain-screening.json', import.meta.url);

export type Response = Readonly<Record<string, Answer>>;

export const questions: readonly Question[] = readQuestions();

export function questionOf(linkId: string): Question {
  const question = questions.find((candidate) => candidate.linkId === linkId);
  if (!question) throw new Error(`No question "${linkId}"`);
  return question;
}

/** Answers as they would reach scoring. Refuses what the Questionnaire would refuse. */
export function toAnswers(response: Response): Answers {
  const given = new Map(Object.entries(response));
  for (const [linkId, answer] of given) {
    const question = questionOf(linkId);
    const fault = question.isEnabled(given) ? faultOf(question, answer) : 'is not enabled';
    if (fault) throw new Error(`${linkId} = ${JSON.stringify(answer)} ${fault}`);
  }
  return { given, disabled: disabledBy(given) };
}

/** The answers that are left when those that enableWhen rules out are dropped. */
export function dropDisabled(response: Response): Response {
  const given = new Map(Object.entries(response));
  for (const { linkId, isEnabled } of questions) if (!isEnabled(given)) given.delete(linkId);
  return Object.fromEntries(given);
}

function disabledBy(given: Answers['given']): Set<string> {
  return new Set(questions.filter(({ isEnabled }) => !isEnabled(given)).map(({ linkId }) => linkId));
}

function faultOf({ kind, options, exclusive, range: [min, max] }: Question, answer: Answer): string | null {
  if (typeof answer === 'number') {
    return kind === 'number' && Number.isInteger(answer) && answer >= min && answer <= max
      ? null
      : 'is not a number allowed';
  }
  if (typeof answer === 'string')
    return kind === 'single' && options.includes(answer) ? null : 'is no option';
  if (kind !== 'multiple' || answer.length === 0 || answer.some((code) => !options.includes(code)))
    return 'has a code that is no option';
  if (new Set(answer).size < answer.length) return 'has a code twice';
  return answer.length > 1 && answer.some((code) => exclusive.includes(code)) ? 'breaks an exclusive' : null;
}

function readQuestions(): Question[] {
  const { item = [] } = JSON.parse(readFileSync(file, 'utf8')) as Questionnaire;
  return item.flatMap((group) => {
    if (group.enableWhen) throw new Error('A group that is enabled by an answer is not expected');
    return (group.item ?? []).filter(({ type }) => type !== 'display').map(toQuestion);
  });
}

function toQuestion(item: QuestionnaireItem): Question {
  const { linkId, type, repeats = false, answerOption = [], enableWhen, enableBehavior } = item;
  const codes = answerOption.map(({ valueCoding }) => valueCoding?.code ?? '');
  const alone = answerOption.map(({ extension = [] }) =>
    extension.some(({ url, valueBoolean }) => url === `${HL7}/questionnaire-optionExclusive` && valueBoolean),
  );
  return {
    linkId,
    kind: type === 'integer' ? 'number' : repeats ? 'multiple' : 'single',
    options: codes,
    exclusive: codes.filter((_, index) => alone[index]),
    range: [numberOf(item, 'minValue') ?? 0, numberOf(item, 'maxValue') ?? 0],
    isEnabled(given) {
      if (!enableWhen) return true;
      const each = enableWhen.map((condition) => holds(condition, given));
      return enableBehavior === 'all' ? each.every(Boolean) : each.some(Boolean);
    },
  };
}

function holds({ question, operator, answerCoding }: QuestionnaireItemEnableWhen, given: Answers['given']) {
  if (operator !== '=' || !answerCoding?.code) throw new Error(`enableWhen "${operator}" is not expected`);
  const answer = given.get(question);
  return Array.isArray(answer) ? answer.includes(answerCoding.code) : answer === answerCoding.code;
}

function numberOf(item: QuestionnaireItem, extension: string): number | undefined {
  return item.extension?.find(({ url }) => url === `${HL7}/${extension}`)?.valueInteger;
}
