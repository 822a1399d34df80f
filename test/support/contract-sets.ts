/** A second reading of contract.md §3 and clinical.md §13: gates, criteria, bounds, verdicts, components. */
import { and, type Finding, or, type Read, readFact, readGate } from './contract-findings.js';
import type { Answers, SetId } from './contract-responses.js';

const CHRONIC = ['chronic-pain'];
const EARLY = ['chronic-pain', 'onset-before-45'];
const LOW_EARLY = ['low-back-pain', 'chronic-pain', 'onset-before-45'];
const IBP = 'inflammatory-back-pain';
const TESTS = ['hla-b27-positive', 'crp-esr-raised', 'crp-raised', 'sacroiliitis-on-imaging'];
const BERLIN = [
  'morning-stiffness-over-30-min',
  'exercise-not-rest',
  'wakes-second-half-only',
  'alternating-buttock-pain',
];

type SetTable = { threshold: number | null; gate: string[] | null; criteria: string[] };

/** contract.md §3, in its order. */
export const SETS: Record<SetId, SetTable> = {
  'calin-1977': {
    threshold: 4,
    gate: null,
    criteria: [
      'onset-before-40',
      'chronic-pain',
      'insidious-onset',
      'morning-stiffness',
      'improves-with-exercise',
    ],
  },
  'asas-ibp-2009': {
    threshold: 4,
    gate: CHRONIC,
    criteria: [
      'onset-before-40',
      'insidious-onset',
      'improves-with-exercise',
      'no-improvement-with-rest',
      'night-pain-eased-by-rising',
    ],
  },
  'berlin-2006-8a': { threshold: 2, gate: CHRONIC, criteria: BERLIN },
  'berlin-2006-8b': { threshold: 3, gate: CHRONIC, criteria: BERLIN },
  'nice-ng65': {
    threshold: 4,
    gate: LOW_EARLY,
    criteria: [
      'onset-before-35',
      'wakes-second-half',
      'buttock-pain',
      'improves-with-exercise',
      'nsaid-any-improvement',
      'family-spa-first-degree',
      'peripheral-arthritis',
      'enthesitis',
      'psoriasis',
    ],
  },
  'asas-referral-2015': {
    threshold: 1,
    gate: EARLY,
    criteria: [
      IBP,
      'hla-b27-positive',
      'sacroiliitis-on-imaging',
      'peripheral-manifestation',
      'extra-articular-manifestation',
      'family-spa-any-degree',
      'nsaid-good-response',
      'crp-esr-raised',
    ],
  },
  'brandt-2007': {
    threshold: 1,
    gate: LOW_EARLY,
    criteria: [IBP, 'hla-b27-positive', 'sacroiliitis-on-imaging'],
  },
  master: {
    threshold: 2,
    gate: EARLY,
    criteria: [IBP, 'hla-b27-positive', 'sacroiliitis-on-imaging', 'family-as', 'nsaid-good-response'],
  },
  'radar-2of3': {
    threshold: 2,
    gate: EARLY,
    criteria: [IBP, 'nsaid-good-response', 'extra-articular-manifestation'],
  },
  cafaspa: {
    threshold: 2,
    gate: LOW_EARLY,
    criteria: [IBP, 'nsaid-any-improvement', 'family-spa-any-degree', 'pain-over-5-years'],
  },
  'asas-axspa-2009': {
    threshold: null,
    gate: EARLY,
    criteria: [
      IBP,
      'peripheral-arthritis',
      'enthesitis',
      'uveitis',
      'dactylitis',
      'psoriasis',
      'inflammatory-bowel-disease',
      'nsaid-good-response',
      'family-spa-any-degree',
      'crp-raised',
      'hla-b27-positive',
    ],
  },
};

export const SET_IDS = Object.keys(SETS) as SetId[];

/** Sets with a test among their criteria also give the verdict without it. */
const hasTests = (id: SetId) => SETS[id].criteria.some((code) => TESTS.includes(code));

export type Evaluated = {
  gate: Read | null;
  /** Counted criteria; for asas-axspa-2009 then sacroiliitis and the arms. A null reason: not fixed here. */
  criteria: ({ code: string } & Read)[];
  verdict: string;
  decision: string | null;
  min: number;
  max: number;
  verdictWithoutTests: string | null;
};

const bounds = (findings: Finding[]) => {
  const min = findings.filter((finding) => finding === 'met').length;
  return { min, max: min + findings.filter((finding) => finding === 'unknown').length };
};

function atLeast(threshold: number, findings: Finding[]): Finding {
  const { min, max } = bounds(findings);
  return min >= threshold ? 'met' : max < threshold ? 'not-met' : 'unknown';
}

function toVerdict(gate: Finding, result: Finding): string {
  if (gate === 'not-met') return 'not-applicable';
  if (result === 'not-met') return 'not-met';
  return gate === 'unknown' || result === 'unknown' ? 'indeterminate' : 'met';
}

function decideNg65(gate: Finding, { min, max }: { min: number; max: number }, hlaB27: Finding): string {
  if (gate === 'not-met') return 'gate-not-met';
  if (max <= 2 || (hlaB27 === 'not-met' && max <= 3)) return 'not-met';
  if (gate === 'unknown') return 'indeterminate';
  if (min >= 4 || (min >= 3 && hlaB27 === 'met')) return 'refer';
  return min === 3 && hlaB27 === 'unknown' ? 'test-hla-b27' : 'indeterminate';
}

const NG65_VERDICT: Record<string, string> = {
  refer: 'met',
  'not-met': 'not-met',
  'gate-not-met': 'not-applicable',
};

function readIbp(answers: Answers): Read {
  const { verdict } = evaluateSet('asas-ibp-2009', answers);
  if (verdict === 'indeterminate') return { finding: 'unknown', reason: 'unknown' };
  return { finding: verdict === 'met' ? 'met' : 'not-met', reason: null };
}

type Findings = { code: string; finding: Finding }[];

function arms(counted: Findings, sacroiliitis: Finding): [Finding, Finding] {
  const hlaB27 = counted.find(({ code }) => code === 'hla-b27-positive')?.finding ?? 'unknown';
  const all = counted.map(({ finding }) => finding);
  const others = counted.filter(({ code }) => code !== 'hla-b27-positive').map(({ finding }) => finding);
  return [and(sacroiliitis, atLeast(1, all)), and(hlaB27, atLeast(2, others))];
}

function resultOf(threshold: number | null, counted: Findings, sacroiliitis: Finding): Finding {
  if (threshold === null) return or(...arms(counted, sacroiliitis));
  return atLeast(
    threshold,
    counted.map(({ finding }) => finding),
  );
}

const untested = (code: string, finding: Finding): Finding =>
  TESTS.includes(code) && finding === 'unknown' ? 'not-met' : finding;

export function evaluateSet(id: SetId, answers: Answers, isRelaxed = false): Evaluated {
  const { threshold, gate: gateCodes, criteria } = SETS[id];
  const gate = gateCodes && readGate(gateCodes, answers);
  const gateFinding = gate?.finding ?? 'met';
  const counted = criteria.map((code) => ({
    code,
    ...(code === IBP ? readIbp(answers) : readFact(code, answers, isRelaxed)),
  }));
  const limits = bounds(counted.map(({ finding }) => finding));
  const imaging = readFact('sacroiliitis-on-imaging', answers);
  const decision =
    id === 'nice-ng65'
      ? decideNg65(gateFinding, limits, readFact('hla-b27-positive', answers).finding)
      : null;
  const verdict =
    decision === null
      ? toVerdict(gateFinding, resultOf(threshold, counted, imaging.finding))
      : (NG65_VERDICT[decision] ?? 'indeterminate');
  const bare = counted.map(({ code, finding }) => ({ code, finding: untested(code, finding) }));
  const bareImaging = untested('sacroiliitis-on-imaging', imaging.finding);
  const [imagingArm, clinicalArm] = arms(counted, imaging.finding);
  const extra = [
    { code: 'sacroiliitis-on-imaging', ...imaging },
    { code: 'imaging-arm', finding: imagingArm, reason: null },
    { code: 'clinical-arm', finding: clinicalArm, reason: null },
  ];
  return {
    gate,
    criteria: threshold === null ? [...counted, ...extra] : counted,
    verdict,
    decision,
    ...limits,
    verdictWithoutTests: hasTests(id) ? toVerdict(gateFinding, resultOf(threshold, bare, bareImaging)) : null,
  };
}

/** contract.md §3: the codes of the components, in order. */
export function componentCodes(id: SetId, { criteria, gate, verdict }: Evaluated): string[] {
  return [
    ...criteria.map(({ code }) => code),
    ...(gate ? ['gate'] : []),
    'verdict',
    ...(verdict === 'not-applicable' ? [] : ['score-maximum']),
    ...(SETS[id].threshold === null ? [] : ['threshold']),
    ...(id === 'nice-ng65' ? ['decision'] : []),
    ...(hasTests(id) ? ['verdict-without-tests'] : []),
  ];
}
