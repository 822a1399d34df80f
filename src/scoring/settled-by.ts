import { codesOf, isOpenAnswer } from './absence.js';
import { type Answer, type Answers, decide, type Leaf, leaves, linkIdOf, reads } from './condition.js';
import type { CriteriaSet, Definition } from './criteria-set.js';
import { verdictOf } from './evaluate.js';
import type { Finding } from './finding.js';
import { createView, definitionsOf, type RuleSet } from './rule-set.js';

/** What scoring must know of a question to imagine an answer to it. */
export interface Question {
  readonly linkId: string;
  readonly kind: 'single' | 'multiple' | 'number';
  readonly options: readonly string[];
  /** Options that stand alone. */
  readonly exclusive: readonly string[];
  /** Smallest and largest number allowed; only numbers have one. */
  readonly range: readonly [min: number, max: number];
  isEnabled(given: Answers['given']): boolean;
}

/** More sets than a clinician can read help nobody (contract.md §6). */
const MOST = 20;

type Given = Answers['given'];

/** What one search is about. */
interface Search {
  readonly set: CriteriaSet;
  readonly rules: RuleSet;
  readonly questions: readonly Question[];
  readonly answers: Answers;
}

/**
 * The smallest sets of open questions for which some answers make the verdict final, each in questionnaire
 * order; `[]` when it is final already or nothing can make it so. Enumerates answers, not findings: one
 * answer moves several findings together, and may enable or disable another question.
 */
export function settledBy(search: Search): string[][] {
  const { answers } = search;
  if (isFinal(search, answers)) return [];
  const open = openQuestions(search);
  const imagined = new Map(open.map((question) => [question, imagine(question, search)]));
  const settles = (chosen: readonly Question[]) => {
    for (const given of completions(chosen, imagined, answers.given)) {
      const completed = complete(given, chosen, search.questions);
      if (completed && isFinal(search, completed)) return true;
    }
    return false;
  };
  for (let size = 1; size <= open.length; size += 1) {
    const settling = combinations(open, size).filter(settles);
    if (settling.length > 0) return ranked(settling, search);
  }
  return [];
}

function isFinal({ set, rules }: Search, answers: Answers): boolean {
  return verdictOf(set, createView(rules, answers)).verdict !== 'indeterminate';
}

/** Questionnaire order, but where the decision is to do the confirming test, that test leads. */
function ranked(settling: readonly (readonly Question[])[], { set, rules, answers }: Search): string[][] {
  const asks = verdictOf(set, createView(rules, answers)).decision?.advice === 'test';
  const test = asks && 'test' in set.rule ? reads({ finding: set.rule.test }, definitionsOf(rules)) : [];
  const leads = (linkIds: readonly string[]) => linkIds.every((linkId) => test.includes(linkId));
  const sets = settling.map((chosen) => chosen.map(({ linkId }) => linkId));
  return [...sets.filter(leads), ...sets.filter((linkIds) => !leads(linkIds))].slice(0, MOST);
}

/** Everything a set's verdict rests on. */
function codesOfSet({ gate, criteria, rule }: CriteriaSet): readonly string[] {
  const extra = 'test' in rule ? [rule.test] : 'shown' in rule ? [rule.shown.code] : [];
  return [...gate, ...criteria.map(({ code }) => code), ...extra];
}

/** Of every unknown finding: the questions without a known answer, and those whose answers leave it unknown. */
function openQuestions({ set, rules, questions, answers }: Search): Question[] {
  const view = createView(rules, answers);
  const open = codesOfSet(set).flatMap((code) => {
    const { finding, linkIds: deciding } = view.finding(code);
    if (finding !== 'unknown') return [];
    const unanswered = reads({ finding: code }, definitionsOf(rules)).filter((linkId) =>
      isOpen(linkId, answers),
    );
    return [...unanswered, ...deciding];
  });
  return questions.filter(({ linkId }) => open.includes(linkId));
}

function isOpen(linkId: string, answers: Answers): boolean {
  return !answers.given.has(linkId) || isOpenAnswer(codesOf(linkId, answers));
}

/**
 * One answer for each thing that the set's rules, or another question's enableWhen, can tell apart. What is
 * known stays known: an answer may be completed, and is taken back only where it contradicts another.
 */
function imagine(question: Question, { set, rules, questions, answers }: Search): Answer[] {
  const { linkId } = question;
  const told = leavesOn(linkId, codesOfSet(set), rules);
  const free = contradicted(rules, answers).includes(linkId);
  const known = free ? [] : knownLeaves(linkId, rules, answers);
  const ticked = free ? [] : codesOf(linkId, answers).filter((code) => !isOpenAnswer([code]));
  const distinct = new Map<string, Answer>();
  for (const answer of possibleAnswers(question)) {
    const given = new Map([[linkId, answer]]);
    const view = createView(rules, { given, disabled: new Set() });
    if (known.some(({ leaf, finding }) => decide(leaf, view).finding !== finding)) continue;
    if (Array.isArray(answer) && !ticked.every((code) => answer.includes(code))) continue;
    const findings = told.map((leaf) => decide(leaf, view).finding);
    const enabled = questions.map((other) => other.isEnabled(given));
    const signature = [...findings, ...enabled].join();
    if (!distinct.has(signature)) distinct.set(signature, answer);
  }
  return [...distinct.values()];
}

function leavesOn(linkId: string, codes: readonly string[], rules: RuleSet): Leaf[] {
  const all = codes.flatMap((finding) => leaves({ finding }, definitionsOf(rules)));
  return all.filter((leaf) => linkIdOf(leaf) === linkId);
}

/** What the answer to a question already says, to any rule. */
function knownLeaves(linkId: string, rules: RuleSet, answers: Answers): { leaf: Leaf; finding: Finding }[] {
  const view = createView(rules, answers);
  return leavesOn(linkId, Object.keys(rules.findings), rules)
    .map((leaf) => ({ leaf, finding: decide(leaf, view).finding }))
    .filter(({ finding }) => finding !== 'unknown');
}

/** Questions whose answers contradict each other: a direct "no" beside a tick that says "yes". */
function contradicted(rules: RuleSet, answers: Answers): readonly string[] {
  const view = createView(rules, answers);
  return Object.values(rules.findings).flatMap(({ when }: Definition) => {
    if (!('direct' in when)) return [];
    const { finding, linkIds } = decide(when, view);
    return finding === 'unknown' && linkIds.includes(when.orTicked[0]) ? linkIds : [];
  });
}

function possibleAnswers({ kind, options, exclusive, range }: Question): Answer[] {
  if (kind === 'number') {
    const [min, max] = range;
    return Array.from({ length: max - min + 1 }, (_, index) => min + index);
  }
  const known = options.filter((option) => !isOpenAnswer([option]));
  if (kind === 'single') return known;
  const together = subsets(known.filter((option) => !exclusive.includes(option)));
  const alone = known.filter((option) => exclusive.includes(option)).map((option) => [option]);
  return [...together.filter((codes) => codes.length > 0), ...alone];
}

function subsets(codes: readonly string[]): string[][] {
  const [code, ...rest] = codes;
  if (code === undefined) return [[]];
  return subsets(rest).flatMap((subset) => [subset, [code, ...subset]]);
}

function combinations<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    combinations(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

function* completions(
  chosen: readonly Question[],
  imagined: ReadonlyMap<Question, readonly Answer[]>,
  given: Given,
): Generator<Given> {
  const [question, ...rest] = chosen;
  if (!question) {
    yield given;
    return;
  }
  for (const answer of imagined.get(question) ?? []) {
    yield* completions(rest, imagined, new Map(given).set(question.linkId, answer));
  }
}

/** The answers as they would be sent: what enableWhen now rules out is gone. null when that hits a new answer. */
function complete(given: Given, chosen: readonly Question[], questions: readonly Question[]): Answers | null {
  const kept = new Map(given);
  const disabled = new Set<string>();
  for (const question of questions) {
    if (question.isEnabled(kept)) continue;
    if (chosen.includes(question)) return null;
    kept.delete(question.linkId);
    disabled.add(question.linkId);
  }
  return { given: kept, disabled };
}
