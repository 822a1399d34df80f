import type { Parameters, QuestionnaireResponse } from 'fhir/r4.js';
import { isScored, servedForm } from '../fhir/content.js';
import type { Form } from '../fhir/form.js';
import { readLoosely } from '../fhir/loose-answers.js';
import { Problem } from '../fhir/outcome.js';
import { adviceOn } from '../scoring/advice.js';
import type { Answer } from '../scoring/condition.js';
import { evaluateRedFlags, type RedFlagEvaluation, safetyQuestions } from '../scoring/red-flags.js';
import { createView, type RuleSet, redFlagQuestions } from '../scoring/rule-set.js';
import type { Ports } from './ports.js';
import { readShaped } from './score-response.js';

const NO_RULES = 'No rule is about this Questionnaire, so there is nothing to advise.';

/**
 * `$advice`: a response, as far as it is answered → Parameters with what the person should do now. Its safety
 * questions and what they are combined with are read alone, so nothing else that is wrong keeps it back; no server
 * is asked. `urgency` is absent while it is undecided. Throws a Problem for bad structure (400) and for a
 * Questionnaire that no rule is about (422).
 */
export function advisePatient(body: unknown, ports: Ports): Parameters {
  const response = readShaped(body, ports);
  const form = formOf(response, ports);
  const { rules } = ports;
  const { given, faulty } = readLoosely(response, redFlagQuestions(rules), form, safetyQuestions);
  // What was entered in error says nothing, least of all "none".
  const isWithdrawn = response.status === 'entered-in-error';
  const redFlags = evaluateGiven(isWithdrawn ? new Map() : given, rules);
  const isSound = !Object.keys(safetyQuestions).some((linkId) => faulty.has(linkId));
  return {
    resourceType: 'Parameters',
    parameter: [
      ...(redFlags.urgency === null ? [] : [{ name: 'urgency', valueCode: redFlags.urgency }]),
      { name: 'complete', valueBoolean: isSound && redFlags.unanswered.length === 0 },
      ...adviceOn(redFlags).map((code) => ({ name: 'advice', valueCode: code })),
    ],
  };
}

function formOf({ questionnaire = '' }: QuestionnaireResponse, { content }: Ports): Form {
  const form = servedForm(questionnaire, content);
  if (form && isScored(form)) return form;
  const expression = 'QuestionnaireResponse.questionnaire';
  throw new Problem({ code: 'questionnaire-unknown', text: NO_RULES, expression });
}

/** The red flags of some answers, were there no others. */
export function evaluateGiven(given: ReadonlyMap<string, Answer>, rules: RuleSet): RedFlagEvaluation {
  return evaluateRedFlags(rules.redFlags, createView(rules, { given, disabled: new Set() }));
}
