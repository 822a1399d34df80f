import type { DecisionRow, Verdict } from './criteria-set.js';
import type { Evaluation } from './evaluate.js';
import type { RedFlagEvaluation } from './red-flags.js';

/** Sentences for clinicians. Our own words; the rules they restate are clinical.md §2.1, §10 and §13. */
export const DISCLAIMER = 'Screening aid, not a diagnosis.';

const VERDICT_WORDS = {
  met: 'met',
  'not-met': 'not met',
  indeterminate: 'open',
  'not-applicable': 'not applicable',
} as const;

const DECISION_WORDS: Readonly<Record<string, string>> = {
  refer: 'refer',
  'test-hla-b27': 'an HLA-B27 test decides',
  'not-met': 'not met',
  'gate-not-met': 'not applicable',
  indeterminate: 'open',
};

const SAFETY_NET =
  'If suspicion remains, assess again when new signs, symptoms or risk factors appear, above all with current or past inflammatory bowel disease, psoriasis or uveitis.';

/** What the numbers of one set say. `advise` is false for someone already diagnosed: results, no advice. */
export function noteOn(evaluation: Evaluation, advise: boolean): string {
  const row = (one: DecisionRow | null) => (advise ? one : null);
  const told = {
    ...evaluation,
    decision: row(evaluation.decision),
    decisionIfGateMet: row(evaluation.decisionIfGateMet),
  };
  const sentences = [countOf(told), ...outcomeOf(told), ...adviceOn(told)];
  return sentences.join(' ');
}

function countOf({
  verdict,
  bounds: { min, max },
  criteria,
  set,
  gateFindings,
  decision,
}: Evaluation): string {
  if (verdict === 'not-applicable') {
    const missing = gateFindings.filter(({ finding }) => finding === 'not-met').map(({ text }) => text);
    return `Not applicable: not fulfilled is "${missing.join('", "')}".`;
  }
  const open = max - min;
  const present = `${min} of ${criteria.length} present`;
  const counted = open === 0 ? present : `${present}, ${open} unknown: ${min} to ${max}`;
  const words = wordsFor(verdict, decision);
  return 'arms' in set.rule ? `${counted}; arms: ${words}.` : `${counted}${open === 0 ? ':' : ';'} ${words}.`;
}

function outcomeOf({
  gate,
  verdict,
  verdictIfGateMet,
  decisionIfGateMet,
  verdictWithoutTests,
}: Evaluation): string[] {
  const sentences: string[] = [];
  if (gate === 'unknown') {
    sentences.push(
      `gate unknown; would be ${wordsFor(verdictIfGateMet, decisionIfGateMet)} if the gate is met.`,
    );
  }
  if (verdictWithoutTests !== null && verdictWithoutTests !== verdict) {
    sentences.push(
      `Without laboratory and imaging results that are not known: ${VERDICT_WORDS[verdictWithoutTests]}.`,
    );
  }
  return sentences;
}

function wordsFor(verdict: Verdict, row: DecisionRow | null): string {
  return (row && DECISION_WORDS[row.decision]) ?? VERDICT_WORDS[verdict];
}

function adviceOn({ decision, bounds, gateFindings, test }: Evaluation): string[] {
  switch (decision?.advice) {
    case 'safety-net':
      return test === 'met' && decision.verdict === 'not-met'
        ? [SAFETY_NET, 'HLA-B27 is positive: the ASAS-endorsed rule advises referral.']
        : [SAFETY_NET];
    case 'refer':
      return ['Refer to rheumatology.'];
    case 'test':
      return bounds.max > bounds.min
        ? [
            'Test HLA-B27 and refer if positive.',
            'An answer that is still open may make it a plain referral.',
          ]
        : ['Test HLA-B27 and refer if positive.'];
    case 'gate-questions-first': {
      const open = gateFindings.filter(({ finding }) => finding === 'unknown').map(({ text }) => text);
      return [`First find out: ${open.join('; ')}.`];
    }
    default:
      return [];
  }
}

/** What the red flags say, most urgent first. "None reported" is never called safe. */
export function noteOnRedFlags({ urgency, flags, unanswered, messages }: RedFlagEvaluation): string {
  const sentences: string[] = [];
  if (flags.length > 0) sentences.push(`Present: ${flags.map(({ code }) => code).join(', ')}.`);
  if (urgency === 'none-reported')
    sentences.push('No red flag reported. That does not mean that there is none.');
  if (unanswered.length > 0)
    sentences.push(`Careful: safety questions not fully answered: ${unanswered.join(', ')}.`);
  return [...sentences, ...messages.map(({ text }) => text)].join(' ');
}

/** Where sets disagree, and on what; null when they do not. */
export function disagreementOf(evaluations: readonly Evaluation[]): string | null {
  const met = evaluations.filter(({ verdict }) => verdict === 'met');
  const notMet = evaluations.filter(({ verdict }) => verdict === 'not-met');
  if (met.length === 0 || notMet.length === 0) return null;
  const ids = (some: readonly Evaluation[]) => some.map(({ set }) => set.id).join(', ');
  const reasons = notMet.map(({ set, criteria }) => {
    const absent = criteria.filter(({ finding }) => finding === 'not-met').map(({ text }) => text);
    return `Absent for ${set.id}: ${absent.join('; ')}.`;
  });
  return `Met: ${ids(met)}. Not met: ${ids(notMet)}. The sets ask for different things. ${reasons.join(' ')}`;
}
