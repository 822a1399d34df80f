/**
 * A second reading of clinical.md §13, made for the tests from the page and not from the code:
 * which facts a set of answers gives, and why an unknown one is unknown (contract.md §5).
 */
import { type Answers, LINK_IDS } from './contract-responses.js';

export type Finding = 'met' | 'not-met' | 'unknown';
export type Read = { finding: Finding; reason: string | null };
type Fact = { reads: string[]; find: (answers: Answers) => Finding };

const codesOf = (answers: Answers, linkId: string): string[] => {
  const value = answers[linkId];
  return value === undefined || typeof value === 'number' ? [] : [value].flat();
};

export const not = (a: Finding): Finding => (a === 'met' ? 'not-met' : a === 'not-met' ? 'met' : 'unknown');
export const or = (...all: Finding[]): Finding =>
  all.includes('met') ? 'met' : all.includes('unknown') ? 'unknown' : 'not-met';
export const and = (...all: Finding[]): Finding => not(or(...all.map(not)));

/** One choice: which codes are T, which are F; everything else is U. */
function choice(linkId: string, met: string[], notMet: string[]): Fact {
  const find = (answers: Answers): Finding => {
    const [code] = codesOf(answers, linkId);
    if (code === undefined) return 'unknown';
    return met.includes(code) ? 'met' : notMet.includes(code) ? 'not-met' : 'unknown';
  };
  return { reads: [linkId], find };
}

/** A tick-all question: ticked T; not ticked F, unless blank or with `unknown` beside. */
function ticked(linkId: string, ...codes: string[]): Fact {
  const find = (answers: Answers): Finding => {
    const given = codesOf(answers, linkId);
    if (codes.some((code) => given.includes(code))) return 'met';
    return given.length === 0 || given.includes('unknown') ? 'unknown' : 'not-met';
  };
  return { reads: [linkId], find };
}

function below(age: number): Fact {
  const find = ({ 'onset-age': onset }: Answers): Finding =>
    typeof onset !== 'number' ? 'unknown' : onset < age ? 'met' : 'not-met';
  return { reads: ['onset-age'], find };
}

function join(fold: typeof or, ...facts: Fact[]): Fact {
  return {
    reads: [...new Set(facts.flatMap((fact) => fact.reads))],
    find: (answers) => fold(...facts.map((fact) => fact.find(answers))),
  };
}

const RELATIVE = ['axial-spa', 'psoriatic-arthritis', 'reactive-arthritis', 'psoriasis', 'ibd', 'uveitis'];
const SECOND_HALF = ['second-half', 'both-halves'];
const OTHER_NIGHTS = ['never', 'first-half', 'pain-no-waking'];
const nightPain = choice('night-waking', ['first-half', ...SECOND_HALF, 'pain-no-waking'], ['never']);
const exercise = choice('exercise-effect', ['better'], ['worse', 'same']);
const rest = choice('rest-effect', ['worse', 'same'], ['better']);

function buttock(answers: Answers): Finding {
  const inButtock = codesOf(answers, 'pain-location').includes('buttock');
  const [code] = codesOf(answers, 'buttock-pain');
  if (code === 'none') return inButtock ? 'unknown' : 'not-met';
  return (code !== undefined && code !== 'unknown') || inButtock ? 'met' : 'unknown';
}

function psoriasis(answers: Answers): Finding {
  const own = ticked('diagnosed-conditions', 'psoriasis').find(answers);
  const arthritis = codesOf(answers, 'diagnosed-conditions').includes('psoriatic-arthritis');
  return own === 'not-met' && arthritis ? 'unknown' : own;
}

const arthritis = join(
  or,
  ticked('peripheral-features', 'joint-swelling'),
  ticked('diagnosed-conditions', 'psoriatic-arthritis', 'reactive-arthritis'),
);
const enthesitis = ticked('peripheral-features', 'heel-pain');
const dactylitis = ticked('peripheral-features', 'sausage-digit');
const uveitis = ticked('diagnosed-conditions', 'uveitis');
const ownPsoriasis: Fact = { reads: ['diagnosed-conditions'], find: psoriasis };
const ibd = ticked('diagnosed-conditions', 'crohn-disease', 'ulcerative-colitis');

/** contract.md §4: the facts that are written as Observations with present / absent, in its order. */
export const FACTS: Record<string, Fact> = {
  'chronic-pain': choice('pain-duration', ['3-months-to-5-years', 'over-5-years'], ['under-3-months']),
  'insidious-onset': choice('onset-speed', ['weeks', 'months'], ['sudden', 'days']),
  'morning-stiffness': choice(
    'morning-stiffness',
    ['up-to-30-min', '31-to-60-min', 'over-60-min', 'present-unsure-how-long'],
    ['none-stiff'],
  ),
  'morning-stiffness-over-30-min': choice(
    'morning-stiffness',
    ['31-to-60-min', 'over-60-min'],
    ['none-stiff', 'up-to-30-min'],
  ),
  'improves-with-exercise': exercise,
  'no-improvement-with-rest': rest,
  'night-pain': nightPain,
  'night-pain-eased-by-rising': join(and, nightPain, choice('night-rising-relief', ['yes'], ['no'])),
  'wakes-second-half': choice('night-waking', SECOND_HALF, OTHER_NIGHTS),
  'wakes-second-half-only': choice('night-waking', ['second-half'], ['both-halves', ...OTHER_NIGHTS]),
  'alternating-buttock-pain': choice('buttock-pain', ['alternating'], ['none', 'one-side', 'both-sides']),
  'buttock-pain': { reads: ['pain-location', 'buttock-pain'], find: buttock },
  'low-back-pain': ticked('pain-location', 'low-back', 'buttock'),
  'nsaid-good-response': choice('nsaid-response', ['much-better'], ['a-little-better', 'no-better']),
  'nsaid-any-improvement': choice('nsaid-response', ['much-better', 'a-little-better'], ['no-better']),
  'peripheral-arthritis': arthritis,
  enthesitis,
  dactylitis,
  uveitis,
  psoriasis: ownPsoriasis,
  'inflammatory-bowel-disease': ibd,
  'family-spa-first-degree': ticked('family-first-degree', ...RELATIVE.slice(0, 3)),
  'family-spa-any-degree': join(
    or,
    ticked('family-first-degree', ...RELATIVE),
    ticked('family-second-degree', ...RELATIVE),
  ),
  'hla-b27-positive': choice('hla-b27', ['positive'], ['negative']),
  'crp-esr-raised': choice('crp-esr-raised', ['crp-raised', 'esr-raised', 'raised'], ['normal']),
  'sacroiliitis-on-imaging': choice('si-imaging', ['sacroiliitis-mri', 'sacroiliitis-xray'], ['normal']),
};

/** contract.md §4: read by criteria only, never an Observation. */
export const CRITERION_ONLY: Record<string, Fact> = {
  'onset-before-35': below(35),
  'onset-before-40': below(40),
  'onset-before-45': below(45),
  'exercise-not-rest': join(and, exercise, rest),
  'peripheral-manifestation': join(or, arthritis, enthesitis, dactylitis),
  'extra-articular-manifestation': join(or, uveitis, ownPsoriasis, ibd),
  'family-as': join(
    or,
    ticked('family-first-degree', 'axial-spa'),
    ticked('family-second-degree', 'axial-spa'),
  ),
  'crp-raised': choice('crp-esr-raised', ['crp-raised'], ['normal']),
  'pain-over-5-years': choice('pain-duration', ['over-5-years'], ['under-3-months', '3-months-to-5-years']),
};

/** The facts that an Observation is written for: one of its linkIds is answered. */
export const writtenFacts = (answers: Answers): string[] =>
  Object.entries(FACTS)
    .filter(([, fact]) => fact.reads.some((linkId) => answers[linkId] !== undefined))
    .map(([code]) => code);

/** clinical.md §12: enableWhen. */
function isEnabled(linkId: string, answers: Answers): boolean {
  if (linkId === 'night-rising-relief') return nightPain.find(answers) === 'met';
  if (linkId !== 'family-second-degree') return LINK_IDS.includes(linkId);
  const enabling = ['none', 'unknown', ...RELATIVE.slice(1)];
  return codesOf(answers, 'family-first-degree').some((code) => enabling.includes(code));
}

const UNSURE = ['unknown', 'varies', 'no-exercise', 'present-unsure-how-long'];
const NOT_DONE = ['not-tested', 'not-done', 'not-taken'];

/** contract.md §5: why it is unknown; the first that fits over the linkIds read. */
export function reasonFor(reads: string[], answers: Answers): string {
  const given = reads.flatMap((linkId) => codesOf(answers, linkId));
  if (given.some((code) => UNSURE.includes(code))) return 'asked-unknown';
  if (given.some((code) => NOT_DONE.includes(code))) return 'not-performed';
  if (reads.some((linkId) => answers[linkId] === undefined && isEnabled(linkId, answers))) return 'unknown';
  return reads.every((linkId) => !isEnabled(linkId, answers)) ? 'not-asked' : 'unknown';
}

export function readFact(code: string, answers: Answers, isRelaxed = false): Read {
  const fact = FACTS[code] ?? CRITERION_ONLY[code];
  if (!fact) throw new Error(`no fact ${code}`);
  const isVariant = isRelaxed && code === 'wakes-second-half-only';
  const finding = (isVariant ? FACTS['wakes-second-half'] : fact)?.find(answers) ?? 'unknown';
  return { finding, reason: finding === 'unknown' ? reasonFor(fact.reads, answers) : null };
}

export function readGate(codes: string[], answers: Answers): Read {
  const gate = join(and, ...codes.map((code) => FACTS[code] ?? CRITERION_ONLY[code] ?? below(0)));
  const finding = gate.find(answers);
  return { finding, reason: finding === 'unknown' ? reasonFor(gate.reads, answers) : null };
}
