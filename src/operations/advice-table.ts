import { scoredForm } from '../fhir/content.js';
import { codingsOf } from '../fhir/form.js';
import { ADVICE, type Advice, adviceOn } from '../scoring/advice.js';
import type { RedFlagEvaluation } from '../scoring/red-flags.js';
import { type RuleSet, redFlagQuestions } from '../scoring/rule-set.js';
import { evaluateGiven } from './advise-patient.js';
import type { Ports } from './ports.js';

/** Everything that answers can call for: by it a page warns though no server can be asked. */
export interface AdviceTable {
  /** linkId → code, of every option that calls for something by itself. */
  readonly adviceAlone: Readonly<Record<string, Readonly<Record<string, AdviceAlone>>>>;
  /** Every two options that together call for more than each does; what has words of its own in their order. */
  readonly adviceTogether: readonly AdviceTogether[];
}

/** What answers call for, were there no others. */
interface Warning {
  readonly urgency: RedFlagEvaluation['urgency'];
  readonly advice: readonly Advice[];
}

export interface AdviceAlone extends Warning {
  /** Options of the same question that take it back when they are ticked beside it. */
  readonly unless?: readonly string[];
}

export interface AdviceTogether extends Warning {
  /** Two options, in the order of the rules' questions. */
  readonly answers: readonly [Ticked, Ticked];
}

type Ticked = readonly [linkId: string, code: string];

interface Option {
  readonly linkId: string;
  readonly code: string;
  readonly repeats: boolean;
  readonly alone: Warning | null;
}

/**
 * By trying out the rules on every option of their questions and on every two: nothing else than the rules says what
 * raises a flag. One that needs three answers would be missed: test/unit/ui/intake/advice-table.test.ts would tell.
 */
export function adviceTable({ rules, content }: Pick<Ports, 'rules' | 'content'>): AdviceTable {
  const form = scoredForm(content);
  const questions = redFlagQuestions(rules);
  const options = questions.flatMap((linkId): Option[] => {
    const question = form?.byLinkId.get(linkId);
    const codes = question ? codingsOf(question).flatMap(({ code }) => code ?? []) : [];
    return codes.map((code) => {
      const option = { linkId, code, repeats: question?.repeats === true };
      return { ...option, alone: warningOf([option], rules) };
    });
  });
  const alone = questions.map((linkId) => [linkId, aloneIn(linkId, options, rules)] as const);
  const together = options.flatMap((one, place) =>
    options.slice(place + 1).flatMap((other) => togetherOf(one, other, rules)),
  );
  return {
    adviceAlone: Object.fromEntries(alone.filter(([, raising]) => Object.keys(raising).length > 0)),
    adviceTogether: together.sort((one, other) => placeOf(one) - placeOf(other)),
  };
}

function aloneIn(linkId: string, options: readonly Option[], rules: RuleSet): Record<string, AdviceAlone> {
  const own = options.filter((option) => option.linkId === linkId);
  const raising = own.flatMap((option): [string, AdviceAlone][] => {
    const { code, alone } = option;
    if (!alone) return [];
    const unless = own.filter((other) => takesBack(other, option, rules)).map((other) => other.code);
    return [[code, unless.length > 0 ? { ...alone, unless } : alone]];
  });
  return Object.fromEntries(raising);
}

function togetherOf(one: Option, other: Option, rules: RuleSet): AdviceTogether[] {
  if (!canBeBoth(one, other)) return [];
  const both = warningOf([one, other], rules);
  const each = [one, other].flatMap(({ alone }) => alone?.advice ?? []);
  if (!both || says(each, both.advice)) return [];
  const answers = [
    [one.linkId, one.code],
    [other.linkId, other.code],
  ] as const;
  return [{ answers, ...both }];
}

function takesBack(other: Option, option: Option, rules: RuleSet): boolean {
  if (other === option || !canBeBoth(other, option)) return false;
  const left = warningOf([option, other], rules)?.advice ?? [];
  return !says(left, option.alone?.advice ?? []);
}

function canBeBoth(one: Option, other: Option): boolean {
  return one.linkId !== other.linkId || one.repeats;
}

/** null for answers that raise no flag. */
function warningOf(ticked: readonly Omit<Option, 'alone'>[], rules: RuleSet): Warning | null {
  const given = new Map<string, string | string[]>();
  for (const { linkId, code, repeats } of ticked) {
    const before = given.get(linkId) ?? [];
    given.set(linkId, repeats ? [...before, code] : code);
  }
  const redFlags = evaluateGiven(given, rules);
  return redFlags.flags.length > 0 ? { urgency: redFlags.urgency, advice: adviceOn(redFlags) } : null;
}

const LEVELS: readonly Advice[] = ['emergency', 'same-day', 'urgent-days'];

/** Whether all of `advice` is in what was said, or something more urgent is. */
function says(said: readonly Advice[], advice: readonly Advice[]): boolean {
  const levels = LEVELS.filter((level) => said.includes(level));
  return advice.every((code) => {
    const level = LEVELS.indexOf(code);
    if (level < 0) return code === 'get-help-at-once' || said.includes(code);
    return levels.some((one) => LEVELS.indexOf(one) <= level);
  });
}

/** Where its own words, beside those of its level, stand among all. */
function placeOf({ advice }: AdviceTogether): number {
  return ADVICE.findIndex((code) => !LEVELS.includes(code) && advice.includes(code));
}
