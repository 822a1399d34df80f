import type { Parameters } from 'fhir/r4.js';
import type { Answers } from '../engine/answers.js';
import type { Reply } from '../parts/fhir-client.js';
import { refusalIn } from '../parts/refusal.js';
import { type AdviceTable, adviceOf, inOrder, isUrgent, warningsOn } from './advice-table.js';

/** What the server answered to `$advice`; or that it could not, or had nothing to go by. */
export type AdviceReply =
  | { readonly state: 'told'; readonly codes: readonly string[] }
  | { readonly state: 'unreachable' }
  | { readonly state: 'signedOut' }
  /** No rule is about this Questionnaire. */
  | { readonly state: 'no-rules' };

/**
 * What the person should do now, and what of it was put in front of them. What the table says of the answers always
 * holds; the server may add to it.
 */
export interface Advising {
  readonly table: AdviceTable;
  /** The answers at the last step, of which the server is asked. */
  readonly asked: Answers | null;
  /** What it last said, and of which answers. */
  readonly told: { readonly answers: Answers; readonly codes: readonly string[] } | null;
  /** Which warnings interrupted and still hold: one that was taken back interrupts again when it comes back. */
  readonly shown: ReadonlySet<string>;
  /** Codes that stand in front of everything until the person goes on. */
  readonly interrupt: readonly string[] | null;
  /** The last question had no answer: nothing waits for the next one. */
  readonly isAway: boolean;
  readonly hasRules: boolean;
}

/** Without a table, when it is about other questions. */
export function startAdvising(table: AdviceTable = { adviceAlone: {}, adviceTogether: [] }): Advising {
  return {
    table,
    asked: null,
    told: null,
    shown: new Set(),
    interrupt: null,
    isAway: false,
    hasRules: true,
  };
}

/** A step with these answers: what is known of them interrupts at once, and the server is to be asked. */
export function askAdvice(advising: Advising, answers: Answers): Advising {
  return interrupted({ ...advising, asked: answers });
}

/** Whether the step should wait for the server. */
export function isWaiting({ asked, told, isAway, interrupt, hasRules }: Advising): boolean {
  return hasRules && asked !== null && asked !== told?.answers && !isAway && interrupt === null;
}

/** What the server said of answers. Of those of an earlier step it can only add, and nothing once it has heard of these. */
export function advised(advising: Advising, answers: Answers, reply: AdviceReply): Advising {
  if (reply.state === 'no-rules') return { ...advising, hasRules: false, isAway: false };
  if (reply.state !== 'told') return outOfPatience(advising);
  const { asked, told, isAway } = advising;
  const isLatest = asked === answers;
  if (!isLatest && told?.answers === asked) return advising;
  const { codes } = reply;
  return interrupted({ ...advising, told: { answers, codes }, isAway: isLatest ? false : isAway });
}

/** Nobody answered in time: the step goes on with what is known, and an answer that comes later interrupts. */
export function outOfPatience(advising: Advising): Advising {
  return { ...advising, isAway: true };
}

export function goneOn(advising: Advising): Advising {
  return { ...advising, interrupt: null };
}

/** What to show for these answers, in order; never that nothing was reported before the server has said so. */
export function adviceFor(advising: Advising, answers: Answers): readonly string[] {
  const heard = heardOf(advising, answers);
  const codes = inOrder([...heard, ...adviceOf(warningsOn(advising.table, answers))]);
  if (codes.some(isUrgent)) return codes;
  return heard.length > 0 ? heard : ['get-help-at-once'];
}

/** Only what is advice counts: whatever else stands in between may answer, too, and must not silence a warning. */
export function readAdvice(reply: Reply<Parameters>): AdviceReply {
  if (reply.state === 'refused' && reply.issues.some(({ code }) => code === 'questionnaire-unknown')) {
    return { state: 'no-rules' };
  }
  if (refusalIn(reply) === 'signedOut') return { state: 'signedOut' };
  const said = reply.state === 'done' && reply.body.resourceType === 'Parameters' && reply.body.parameter;
  const codes = (Array.isArray(said) ? said : []).flatMap(
    (one) => (one?.name === 'advice' && one.valueCode) || [],
  );
  return codes.length > 0 ? { state: 'told', codes } : { state: 'unreachable' };
}

/** What the server said; of other answers only where it knew more than the table: rather a warning too many. */
function heardOf({ told, table }: Advising, answers: Answers): readonly string[] {
  if (!told || told.answers === answers) return told?.codes ?? [];
  const known = warningsOn(table, told.answers).flatMap(({ advice }) => advice);
  const urgent = told.codes.filter(isUrgent);
  return urgent.every((code) => known.includes(code)) ? [] : urgent;
}

/** Puts in front what is new for the answers of the last step; never less than what stands there. */
function interrupted(advising: Advising): Advising {
  const { asked, shown, interrupt } = advising;
  if (!asked) return advising;
  const codes = adviceFor(advising, asked);
  const holding = reasonsFor(advising, asked);
  const due = [...holding].filter(([, code]) => codes.includes(code)).map(([reason]) => reason);
  const kept = [...shown].filter((reason) => holding.has(reason));
  if (due.every((reason) => shown.has(reason))) return { ...advising, shown: new Set(kept) };
  return {
    ...advising,
    interrupt: inOrder([...(interrupt ?? []), ...codes]),
    shown: new Set([...kept, ...due]),
  };
}

/** Why each urgent code holds: another sign is a new reason for the same code, but for that of the lowest level. */
function reasonsFor(advising: Advising, answers: Answers): ReadonlyMap<string, string> {
  const warnings = warningsOn(advising.table, answers);
  const known = warnings.flatMap(({ advice, by }) =>
    advice.filter(isUrgent).map((code) => [code === 'urgent-days' ? code : `${code} ${by}`, code] as const),
  );
  const codes = known.map(([, code]) => code);
  const added = heardOf(advising, answers).filter((code) => isUrgent(code) && !codes.includes(code));
  return new Map([...known, ...added.map((code) => [code, code] as const)]);
}
