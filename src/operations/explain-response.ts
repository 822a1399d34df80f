import type { QuestionnaireResponse } from 'fhir/r4.js';
import { toQuestions } from '../fhir/content.js';
import { reasonOf } from '../fhir/criteria-observation.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import type { Warning } from '../scoring/criteria/warnings.js';
import type { CriterionFinding, Evaluation } from '../scoring/evaluate.js';
import { likelihoodOf } from '../scoring/likelihood.js';
import { DISCLAIMER, disagreementOf, noteOn } from '../scoring/notes.js';
import { answersBehind, type Fact, type Score } from '../scoring/score.js';
import { type Question, settledBy } from '../scoring/settled-by.js';
import type { Ports } from './ports.js';
import {
  type Input,
  lookUpPatient,
  readResponse,
  type ScoredResponse,
  scoreResponse,
} from './score-response.js';

const NO_RULES = 'No rule is about this Questionnaire, so there is nothing to explain.';
const CANONICAL = 'QuestionnaireResponse.questionnaire';

/** How a response was scored, down to each answer: the JSON of contract.md §6. Keys are never missing. */
export async function explainResponse(input: Input, ports: Ports) {
  const read = readResponse(input, 'warning', ports);
  const scored = scoreResponse(read, await lookUpPatient(read, ports), ports);
  const { score, form } = scored;
  if (!score || !form)
    throw new Problem({ code: 'questionnaire-unknown', text: NO_RULES, expression: CANONICAL });
  const questions = toQuestions(form);
  return {
    response: about(input, scored, read.response),
    ruleSet: {
      version: ports.rules.version,
      hash: ports.ruleSetHash,
      nightPainVariant: ports.rules.nightPainVariant,
    },
    disclaimer: DISCLAIMER,
    redFlags: explainRedFlags(score),
    facts: score.facts.map((fact) => explainFact(fact, score)),
    criteriaSets: score.evaluations.map((evaluation) => explainSet(evaluation, score, questions)),
    disagreement: disagreementOf(score.evaluations),
    likelihood: ports.showLikelihood ? likelihoodOf(score.view) : null,
    warnings: [...score.warnings.map(explainWarning), ...scored.warnings.map(explainIssue)],
  };
}

/** Only what is stored has a version; a body may say anything of its own. */
function about({ storedId }: Input, { identity, stored }: ScoredResponse, read: QuestionnaireResponse) {
  const { status, authored, questionnaire } = stored;
  return {
    id: (storedId !== null && read.id) || identity.id,
    versionId: (storedId !== null && read.meta?.versionId) || null,
    status,
    authored: authored ?? null,
    questionnaire: questionnaire ?? null,
  };
}

function explainRedFlags({ redFlags, answers }: Score) {
  const { urgency, flags, unanswered } = redFlags;
  return {
    urgency,
    complete: unanswered.length === 0,
    flags: flags.map(({ code, urgency, linkIds }) => ({
      code,
      urgency,
      from: answersBehind(linkIds, answers),
    })),
    unanswered,
  };
}

function explainFact({ code, finding, reason, linkIds }: Fact, { answers }: Score) {
  return { code, finding, reason, from: answersBehind(linkIds, answers) };
}

function explainSet(evaluation: Evaluation, score: Score, questions: readonly Question[]) {
  const { set, gate, verdict, decision, bounds, verdictWithoutTests } = evaluation;
  const applies = verdict !== 'not-applicable';
  const { rules, answers } = score;
  return {
    id: set.id,
    title: set.title,
    citation: set.citation,
    gate,
    verdict,
    decision: decision?.decision ?? null,
    min: applies ? bounds.min : null,
    max: applies ? bounds.max : null,
    of: set.criteria.length,
    threshold: 'atLeast' in set.rule ? set.rule.atLeast : null,
    verdictWithoutTests,
    criteria: [...evaluation.criteria, ...evaluation.uncounted].map((one) =>
      explainCriterion(one, evaluation, score),
    ),
    settledBy: settledBy({ set, rules, questions, answers }),
    note: noteOn(evaluation, score.advise),
  };
}

function explainCriterion(one: CriterionFinding, evaluation: Evaluation, score: Score) {
  return {
    code: one.code,
    text: one.text,
    finding: one.finding,
    reason: reasonOf(one, evaluation, score),
    from: answersBehind(one.linkIds, score.answers),
  };
}

function explainWarning({ code, text, criteriaSets }: Warning) {
  return { code, text, criteriaSets };
}

function explainIssue({ code, text }: Issue) {
  return { code, text, criteriaSets: [] };
}

/** The JSON of `$explain`. */
export type Explanation = Awaited<ReturnType<typeof explainResponse>>;
