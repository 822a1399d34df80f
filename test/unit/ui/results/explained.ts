/** Explanations as `$explain` gives them, small enough to read. */
import type { Delivery } from '../../../../src/ui/results/delivery.js';
import type { ExplainedSet, Explanation } from '../../../../src/ui/results/explanation.js';
import { createWording } from '../../../../src/ui/results/wording.js';

export const SYSTEM = 'https://w3id.org/axspa-screening/CodeSystem/answers';

export function explainedSet(changed: Partial<ExplainedSet> = {}): ExplainedSet {
  return {
    id: 'nice-ng65',
    title: 'NICE NG65 referral criteria',
    citation: 'NG65',
    gate: 'met',
    verdict: 'met',
    decision: 'refer',
    min: 5,
    max: 5,
    of: 9,
    threshold: 4,
    verdictWithoutTests: null,
    criteria: [],
    settledBy: [],
    note: '',
    ...changed,
  };
}

export function plainSet(changed: Partial<ExplainedSet> = {}): ExplainedSet {
  const named = { id: 'calin-1977', title: 'Calin criteria for inflammatory back pain' };
  return explainedSet({ ...named, decision: null, of: 5, ...changed });
}

export function explained(changed: Partial<Explanation> = {}): Explanation {
  return {
    response: { id: 'r1', versionId: '1', status: 'completed' },
    ruleSet: { version: '1.0.0', hash: 'sha256:0123456789abcdef', nightPainVariant: 'strict' },
    disclaimer: 'Screening aid, not a diagnosis.',
    redFlags: { urgency: 'none-reported', complete: true, flags: [], unanswered: [] },
    facts: [],
    criteriaSets: [explainedSet()],
    disagreement: null,
    likelihood: null,
    warnings: [],
    ...changed,
  };
}

const coding = (code: string, display: string) => ({ valueCoding: { system: SYSTEM, code, display } });

export const wording = createWording(
  {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      {
        linkId: 'safety',
        type: 'group',
        item: [
          {
            linkId: 'signs',
            type: 'choice',
            repeats: true,
            text: 'Any of these? Tick all that fit.',
            answerOption: [
              coding('numb', 'Numb between the legs'),
              coding('fever', 'Fever'),
              coding('cancer', 'Cancer'),
              coding('weight', 'Losing weight'),
              coding('fall', 'A fall'),
            ],
          },
          { linkId: 'eye', type: 'choice', text: 'A sore eye?' },
        ],
      },
      { linkId: 'onset-age', type: 'integer', text: 'How old were you? A guess is fine.' },
      {
        linkId: 'hla-b27',
        type: 'choice',
        text: 'What did the HLA-B27 test show?',
        answerOption: [coding('positive', 'Positive'), coding('not-tested', 'Not tested')],
        item: [{ linkId: 'hla-help', type: 'display', text: 'Ask your doctor.' }],
      },
    ],
  },
  {
    resourceType: 'CodeSystem',
    status: 'active',
    content: 'complete',
    concept: [{ code: 'numb', display: 'Saddle numbness' }],
  },
);

export function delivery(changed: Partial<Delivery> = {}): Delivery {
  const none = { queuedAt: null, nextAttempt: null, reason: null };
  return { state: 'written', version: 1, attempts: 1, ...none, ...changed };
}
