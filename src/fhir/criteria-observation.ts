import type { CodeableConcept, Observation, ObservationComponent } from 'fhir/r4.js';
import { absentReason } from '../scoring/absence.js';
import type { Verdict } from '../scoring/criteria-set.js';
import type { CriterionFinding, Evaluation } from '../scoring/evaluate.js';
import { noteOn } from '../scoring/notes.js';
import { definitionsOf } from '../scoring/rule-set.js';
import { reasonFor, type Score } from '../scoring/score.js';
import {
  absentConcept,
  type Display,
  findingComponent,
  interpretationOf,
  scoreComponent,
  scoreQuantity,
  verdictComponent,
} from './observation-parts.js';

/** What is particular to the Observation of one criteria set (contract.md §3). */
export function criteriaParts(evaluation: Evaluation, score: Score, display: Display): Partial<Observation> {
  const { verdict, bounds, set } = evaluation;
  const concerns = score.warnings.filter(({ criteriaSets }) => criteriaSets.includes(set.id));
  const note = [noteOn(evaluation, score.advise), ...concerns.map(({ text }) => text)].join(' ');
  const component = componentsOf(evaluation, score, display);
  if (verdict === 'not-applicable') {
    return { dataAbsentReason: absentConcept('not-applicable'), component, note: [{ text: note }] };
  }
  return {
    valueQuantity: scoreQuantity(bounds.min),
    interpretation: interpretationFor(verdict),
    component,
    note: [{ text: note }],
  };
}

function interpretationFor(verdict: Exclude<Verdict, 'not-applicable'>): CodeableConcept[] {
  return interpretationOf(({ met: 'POS', 'not-met': 'NEG', indeterminate: 'IND' } as const)[verdict]);
}

/** Criteria in the order of the paper, then what was made of them. */
function componentsOf(evaluation: Evaluation, score: Score, display: Display): ObservationComponent[] {
  const { set, gate, verdict, bounds, decision, verdictWithoutTests } = evaluation;
  const criterion = (one: CriterionFinding) =>
    findingComponent(one.code, one.finding, reasonOf(one, evaluation, score), display);
  const components = [...evaluation.criteria, ...evaluation.uncounted].map(criterion);
  if (gate !== null) components.push(findingComponent('gate', gate, gateReason(evaluation, score), display));
  components.push(verdictComponent('verdict', verdict, display));
  if (verdict !== 'not-applicable') components.push(scoreComponent('score-maximum', bounds.max, display));
  if ('atLeast' in set.rule) components.push(scoreComponent('threshold', set.rule.atLeast, display));
  if (decision) components.push(verdictComponent('decision', decision.decision, display));
  if (verdictWithoutTests) {
    components.push(verdictComponent('verdict-without-tests', verdictWithoutTests, display));
  }
  return components;
}

/** The data-absent-reason of a criterion or an arm of this set. */
export function reasonOf(one: CriterionFinding, { set }: Evaluation, { rules, view }: Score) {
  const arm = 'arms' in set.rule ? set.rule.arms.find(({ code }) => code === one.code) : undefined;
  if (!arm) return reasonFor(one.code, one, rules, view);
  return one.finding === 'unknown' ? absentReason(arm.when, view, definitionsOf(rules)) : null;
}

function gateReason({ set, gate }: Evaluation, { rules, view }: Score) {
  if (gate !== 'unknown') return null;
  return absentReason({ all: set.gate.map((finding) => ({ finding })) }, view, definitionsOf(rules));
}
