import type { Answers } from '../engine/answers.js';
import type { Settings } from '../parts/settings.js';

/** What the server answered to `$advice`; or that it could not, or had nothing to go by. */
export type AdviceReply =
  | { readonly state: 'told'; readonly codes: readonly string[] }
  | { readonly state: 'unreachable' }
  /** No rule is about this Questionnaire. */
  | { readonly state: 'no-rules' };

/** What the person should do now, as far as we know, and what of it was put in front of them. */
export interface Advising {
  /** Known without any server: linkId → option code → advice. */
  readonly alone: Settings['adviceAlone'];
  /** The answers that the server was asked about last. */
  readonly asked: Answers | null;
  /** Those it has answered about, and what. */
  readonly told: { readonly answers: Answers; readonly codes: readonly string[] } | null;
  /** Codes that interrupted before. */
  readonly shown: ReadonlySet<string>;
  /** Codes that stand in front of everything until the person goes on. */
  readonly interrupt: readonly string[] | null;
  /** The last question had no answer: nothing waits for the next one. */
  readonly isAway: boolean;
  readonly hasRules: boolean;
}

/** Codes of CodeSystem patient-information for how soon, most urgent first. */
const LEVELS = ['emergency', 'same-day', 'urgent-days'];

/** What is said at the end, but never interrupts. */
const QUIET = ['none-reported', 'undecided', 'get-help-at-once'];

export function startAdvising(alone: Settings['adviceAlone']): Advising {
  return {
    alone,
    asked: null,
    told: null,
    shown: new Set(),
    interrupt: null,
    isAway: false,
    hasRules: true,
  };
}

/** A step with these answers: the server is to be asked; an emergency that one answer tells interrupts at once. */
export function askAdvice(advising: Advising, answers: Answers): Advising {
  const known = adviceFor(advising, answers);
  const noticed = known.includes('emergency') ? interrupted(advising, known) : advising;
  return advising.hasRules && advising.told?.answers !== answers ? { ...noticed, asked: answers } : noticed;
}

/** Whether the step should wait for the server. */
export function isWaiting({ asked, told, isAway, interrupt, hasRules }: Advising): boolean {
  return hasRules && asked !== null && asked !== told?.answers && !isAway && interrupt === null;
}

/** What the server said of these answers. Without it, what each answer tells alone. */
export function advised(advising: Advising, answers: Answers, reply: AdviceReply): Advising {
  if (reply.state === 'no-rules') return { ...advising, hasRules: false, isAway: false };
  if (reply.state === 'unreachable') {
    return interrupted({ ...advising, isAway: true }, adviceAlone(advising.alone, answers));
  }
  const { codes } = reply;
  const isLatest = advising.asked === answers;
  const told = isLatest ? { answers, codes } : advising.told;
  return interrupted({ ...advising, told, isAway: isLatest ? false : advising.isAway }, codes);
}

/** Nobody answered in time: the step goes on with what is known, and an answer that comes later interrupts. */
export function outOfPatience(advising: Advising, answers: Answers): Advising {
  return interrupted({ ...advising, isAway: true }, adviceAlone(advising.alone, answers));
}

/** Asked again after trouble with the connection. */
export function askAgain(advising: Advising, answers: Answers): Advising {
  return advising.isAway ? { ...advising, asked: answers } : advising;
}

export function goneOn(advising: Advising): Advising {
  return { ...advising, interrupt: null };
}

/**
 * What to show for these answers, in order. Where the server has not been heard about them, what it said before
 * and what each answer tells alone: rather a warning too many.
 */
export function adviceFor({ told, alone }: Advising, answers: Answers): readonly string[] {
  if (told?.answers === answers) return told.codes;
  const codes = inOrder([...adviceAlone(alone, answers), ...(told?.codes ?? []).filter(isUrgent)]);
  return codes.length > 0 ? codes : ['get-help-at-once'];
}

/** Whether it must not wait until the end. */
export function isUrgent(code: string): boolean {
  return !QUIET.includes(code);
}

function interrupted(advising: Advising, codes: readonly string[]): Advising {
  const isNew = codes.some((code) => isUrgent(code) && !advising.shown.has(code));
  // What is being read is put right, too.
  if (!isNew && !(advising.interrupt && codes.some(isUrgent))) return advising;
  return { ...advising, interrupt: codes, shown: new Set([...advising.shown, ...codes]) };
}

function adviceAlone(alone: Advising['alone'], answers: Answers): readonly string[] {
  const codes = [...answers].flatMap(([linkId, given]) =>
    given.flatMap(({ valueCoding }) => alone[linkId]?.[valueCoding?.code ?? '']?.advice ?? []),
  );
  return inOrder(codes);
}

/** The highest level alone, then what is said besides; when to get help at once last, unless it is now. */
function inOrder(codes: readonly string[]): readonly string[] {
  const level = LEVELS.find((one) => codes.includes(one));
  const besides = codes.filter((code) => isUrgent(code) && !LEVELS.includes(code));
  const last = codes.includes('get-help-at-once') && level !== 'emergency' ? ['get-help-at-once'] : [];
  return [...new Set([...(level ? [level] : []), ...besides, ...last])];
}
