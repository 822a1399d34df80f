/** contract.md §6: what `$explain` answers. */
export type From = { linkId: string; answer: string | number | (string | number)[] | null };
export type Explained = { code: string; finding: string | null; reason: string | null; from: From[] };
export type ExplainedSet = {
  id: string;
  title: string;
  citation: string;
  gate: string | null;
  verdict: string;
  decision: string | null;
  min: number | null;
  max: number | null;
  of: number;
  threshold: number | null;
  verdictWithoutTests: string | null;
  criteria: (Explained & { text: string })[];
  settledBy: string[][];
  note: string;
};
export type Explanation = {
  response: {
    id: string | null;
    versionId: string | null;
    status: string;
    authored: string | null;
    questionnaire: string;
  };
  ruleSet: { version: string; hash: string; nightPainVariant: string };
  disclaimer: string;
  redFlags: {
    urgency: string | null;
    complete: boolean;
    flags: { code: string; urgency: string; from: From[] }[];
    unanswered: string[];
  };
  facts: Explained[];
  criteriaSets: ExplainedSet[];
  disagreement: string | null;
  likelihood: { product: number; band: string; used: string[]; note: string } | null;
  warnings: unknown[];
};

/** The exact keys of each object, in the order of the example. */
export const KEYS = {
  explanation:
    'response ruleSet disclaimer redFlags facts criteriaSets disagreement likelihood warnings'.split(' '),
  response: 'id versionId status authored questionnaire'.split(' '),
  ruleSet: 'version hash nightPainVariant'.split(' '),
  redFlags: 'urgency complete flags unanswered'.split(' '),
  flag: 'code urgency from'.split(' '),
  fact: 'code finding reason from'.split(' '),
  from: 'linkId answer'.split(' '),
  criterion: 'code text finding reason from'.split(' '),
  set: 'id title citation gate verdict decision min max of threshold verdictWithoutTests criteria settledBy note'.split(
    ' ',
  ),
};

export function setOf(explanation: Explanation, id: string): ExplainedSet {
  const found = explanation.criteriaSets.find((set) => set.id === id);
  if (!found) throw new Error(`no set ${id} in the explanation`);
  return found;
}
