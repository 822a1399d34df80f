import type { CodeSystem, CodeSystemConcept, FhirResource, Questionnaire, ValueSet } from 'fhir/r4.js';
import { ADVICE } from '../scoring/advice.js';
import { type Leaf, leaves, linkIdOf } from '../scoring/condition.js';
import { facts, measures } from '../scoring/criteria/findings.js';
import { safetyQuestions } from '../scoring/red-flags.js';
import { definitionsOf, type RuleSet } from '../scoring/rule-set.js';
import type { Question } from '../scoring/settled-by.js';
import { type AnswersTo, isEnabled } from './enablement.js';
import { codingsOf, type Form, type Item, readQuestionnaire, type Terminology } from './form.js';
import { splitCanonical } from './head.js';
import type { Display } from './observation-parts.js';
import { CRITERIA_SETS, FINDINGS, PATIENT_INFORMATION, QUESTIONNAIRE, VERDICTS } from './systems.js';

/** The authored content, read once at start. */
export interface Content {
  readonly resources: readonly FhirResource[];
  readonly forms: readonly Form[];
  readonly display: Display;
  readonly terminology: Terminology;
}

/**
 * Authored resources → Content, or everything that is inconsistent in them: the service does not start on
 * content that it only half understands.
 */
export function readContent(
  resources: readonly FhirResource[],
  rules: RuleSet,
): { content: Content } | { faults: readonly string[] } {
  const faults: string[] = [];
  const forms: Form[] = [];
  const terminology = terminologyOf(resources);
  for (const resource of resources.filter(isQuestionnaire)) {
    const read = readQuestionnaire(resource, terminology);
    const found = 'form' in read ? [] : read.faults.map(({ linkId, text }) => `${linkId ?? 'root'}: ${text}`);
    if (!resource.url || !resource.version) found.push('it needs a url and a version');
    if ('form' in read && found.length === 0) forms.push(read.form);
    faults.push(...found.map((fault) => `Questionnaire/${resource.id}: ${fault}`));
  }
  if (!resources.some(({ resourceType }) => resourceType === 'CapabilityStatement')) {
    faults.push('there is no CapabilityStatement');
  }
  const displays = displaysOf(resources.filter(isCodeSystem));
  const scored = forms.filter(isScored);
  if (scored.length === 0) faults.push(`no Questionnaire with the url ${QUESTIONNAIRE}`);
  for (const { version, byLinkId } of scored) {
    faults.push(...leafFaults(rules, byLinkId).map((fault) => `Questionnaire ${version}: ${fault}`));
  }
  for (const [system, code] of codesWritten(rules)) {
    if (!displays.has(`${system}|${code}`)) faults.push(`${system} has no code "${code}"`);
  }
  if (faults.length > 0) return { faults: [...new Set(faults)] };
  const display: Display = (system, code) => {
    const text = displays.get(`${system}|${code}`);
    if (text === undefined) throw new Error(`${system} has no code "${code}"`);
    return text;
  };
  return { content: { resources, forms, display, terminology } };
}

/** Value sets and code systems of the content, by canonical url, a version after the bar aside. */
function terminologyOf(resources: readonly FhirResource[]): Terminology {
  const plain = (canonical: string) => canonical.split('|', 1)[0];
  return {
    valueSet: (url) => resources.filter(isValueSet).find((one) => one.url === plain(url)),
    codeSystem: (url) => resources.filter(isCodeSystem).find((one) => one.url === plain(url)),
  };
}

/** Whether the rules are about this Questionnaire. */
export function isScored({ url }: Form): boolean {
  return url === QUESTIONNAIRE;
}

/** The newest Questionnaire that the rules are about: what is asked when nobody names one. */
export function scoredForm({ forms }: Pick<Content, 'forms'>): Form | undefined {
  return forms.findLast(isScored);
}

/** The form that a canonical names; of a version that is not served, the newest that is. */
export function servedForm(canonical: string, { forms }: Pick<Content, 'forms'>): Form | undefined {
  const { url } = splitCanonical(canonical);
  return (
    forms.find((form) => `${form.url}|${form.version}` === canonical) ??
    forms.findLast((form) => form.url === url)
  );
}

/** Questions of a form, in its order, as scoring imagines answers to them. */
export function toQuestions(form: Form): Question[] {
  const systemOf = (item: Item | undefined) => item && codingsOf(item)[0]?.system;
  return [...form.byLinkId.values()]
    .filter(({ type }) => type === 'choice' || type === 'integer')
    .map((item) => ({
      linkId: item.linkId,
      kind: item.type === 'integer' ? 'number' : item.repeats ? 'multiple' : 'single',
      options: codingsOf(item).flatMap(({ code }) => code ?? []),
      exclusive: exclusiveCodes(item),
      range: [numberOr(item.limits.min, 0), numberOr(item.limits.max, 0)],
      isEnabled: (given) => {
        const answersTo: AnswersTo = (linkId) => {
          const system = systemOf(form.byLinkId.get(linkId));
          const answers = [given.get(linkId) ?? []]
            .flat()
            .map((answer) =>
              typeof answer === 'number'
                ? { valueInteger: answer }
                : { valueCoding: { ...(system && { system }), code: answer } },
            );
          return { answers, summary: null };
        };
        return isEnabled(item, answersTo);
      },
    }));
}

function exclusiveCodes({ options }: Item): string[] {
  const all = [...(options?.byKey.values() ?? [])];
  return all.flatMap(({ isExclusive, valueCoding }) => (isExclusive && valueCoding?.code) || []);
}

function numberOr(bound: number | string | null, fallback: number): number {
  return typeof bound === 'number' ? bound : fallback;
}

/** Every question and code that a rule reads must be there, of the type the rule reads it as. */
function leafFaults(rules: RuleSet, byLinkId: Form['byLinkId']): string[] {
  const definitions = definitionsOf(rules);
  const conditions = [
    ...Object.values(rules.findings).map(({ when }) => when),
    ...rules.redFlags.map(({ when }) => when),
    ...rules.criteriaSets.flatMap(({ rule }) => ('arms' in rule ? rule.arms.map(({ when }) => when) : [])),
  ];
  const read = conditions.flatMap((condition) => leaves(condition, definitions));
  const named = [...Object.keys(safetyQuestions), ...measures].filter((linkId) => !byLinkId.has(linkId));
  return [
    ...new Set([
      ...read.flatMap((leaf) => leafFaultsIn(leaf, byLinkId.get(linkIdOf(leaf)))),
      ...named.map((linkId) => `the rules read "${linkId}", which does not exist`),
    ]),
  ];
}

function leafFaultsIn(leaf: Leaf, item: Item | undefined): string[] {
  const linkId = linkIdOf(leaf);
  if (!item) return [`the rules read "${linkId}", which does not exist`];
  if ('below' in leaf) return item.type === 'integer' ? [] : [`the rules read "${linkId}" as an integer`];
  const multiple = 'ticked' in leaf || 'unticked' in leaf;
  if (item.type !== 'choice' || item.repeats !== multiple) {
    return [`the rules read "${linkId}" as a ${multiple ? 'repeating ' : ''}choice`];
  }
  const options = new Set(codingsOf(item).map(({ code }) => code));
  const [, met, other = []]: readonly [string, readonly string[], (readonly string[])?] =
    'ticked' in leaf ? leaf.ticked : 'unticked' in leaf ? leaf.unticked : leaf.oneOf;
  return [...met, ...other]
    .filter((code) => !options.has(code))
    .map((code) => `the rules read "${code}", which is no option of "${linkId}"`);
}

/** Every code that can be written, with its system. */
function codesWritten(rules: RuleSet): [system: string, code: string][] {
  const findings = ['gate', 'verdict', 'decision', 'score-maximum', 'threshold', 'verdict-without-tests'];
  const arms = rules.criteriaSets.flatMap(({ rule }) =>
    'arms' in rule ? rule.arms.map(({ code }) => code) : [],
  );
  const decisions = rules.criteriaSets.flatMap(({ rule }) =>
    'decisions' in rule ? rule.decisions.map(({ decision }) => decision) : [],
  );
  const flags = rules.redFlags.map(({ code }) => code);
  const verdicts = [
    'met',
    'not-met',
    'indeterminate',
    'not-applicable',
    'present',
    'absent',
    'none-reported',
  ];
  const levels = rules.redFlags.map(({ urgency }) => urgency);
  const codes = [
    ...findings,
    'red-flag-urgency',
    ...Object.keys(rules.findings),
    ...facts,
    ...measures,
    ...arms,
    ...flags,
  ];
  return [
    ...codes.map((code): [string, string] => [FINDINGS, code]),
    ...['axspa-screening-panel', ...rules.criteriaSets.map(({ id }) => id)].map((code): [string, string] => [
      CRITERIA_SETS,
      code,
    ]),
    ...[...verdicts, ...decisions, ...levels].map((code): [string, string] => [VERDICTS, code]),
    ...ADVICE.map((code): [string, string] => [PATIENT_INFORMATION, code]),
  ];
}

/** One display per code; `system|code` → display. */
function displaysOf(codeSystems: readonly CodeSystem[]): Map<string, string> {
  return new Map(
    codeSystems.flatMap(({ url, concept = [] }) =>
      conceptsIn(concept).map(({ code, display }): [string, string] => [`${url}|${code}`, display ?? code]),
    ),
  );
}

function conceptsIn(concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] {
  return concepts.flatMap((one) => [one, ...conceptsIn(one.concept ?? [])]);
}

function isQuestionnaire(resource: FhirResource): resource is Questionnaire {
  return resource.resourceType === 'Questionnaire';
}

function isValueSet(resource: FhirResource): resource is ValueSet {
  return resource.resourceType === 'ValueSet';
}

function isCodeSystem(resource: FhirResource): resource is CodeSystem {
  return resource.resourceType === 'CodeSystem';
}
