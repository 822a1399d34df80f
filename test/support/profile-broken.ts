/** Instances that do not fit, each by one change to what the service writes, with the rule that must catch it. */
import { BASE } from './contract-responses.js';
import type { Loose } from './profile-elements.js';

export type Break = [
  what: string,
  from: [name: string, code: string],
  change: (resource: Loose) => void,
  fault: string,
];

const VERDICTS = `${BASE}/CodeSystem/verdicts`;
const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
const draft: [string, string] = ['draft with a red flag', 'red-flag-urgency'];
const ng65: [string, string] = ['D1', 'nice-ng65'];
const fact: [string, string] = ['D1', 'chronic-pain'];
const provenance: [string, string] = ['D1', 'Provenance'];
const partOf = (resource: Loose, code: string): Loose => {
  const components = resource.component as { code: { coding: { code: string }[] } }[];
  return components.find((one) => one.code.coding[0]?.code === code) as Loose;
};
const entity = (resource: Loose, index: number) => (resource.entity as Loose[])[index]?.what as Loose;

export const BROKEN: Break[] = [
  [
    'a date to the month',
    fact,
    (one) => Object.assign(one, { effectiveDateTime: '2026-05' }),
    'effective[x]: axspa-1',
  ],
  ['nothing said', ['D1', 'axspa-screening-panel'], (one) => delete one.hasMember, 'Observation: axspa-2'],
  [
    'a component that says nothing',
    ng65,
    (one) => delete partOf(one, 'psoriasis').valueCodeableConcept,
    'Observation: axspa-3',
  ],
  [
    'a component that says two things',
    ng65,
    (one) => Object.assign(partOf(one, 'psoriasis'), { dataAbsentReason: absent('unknown') }),
    'Observation: axspa-3',
  ],
  [
    'a preliminary fact',
    fact,
    (one) => Object.assign(one, { status: 'preliminary' }),
    'Observation: axspa-4',
  ],
  [
    'a value with a reason',
    fact,
    (one) => Object.assign(one, { dataAbsentReason: absent('unknown') }),
    'Observation: axspa-5',
  ],
  ['no value and no reason', fact, (one) => delete one.valueCodeableConcept, 'Observation: axspa-5'],
  [
    'a draft without a red flag',
    ['D1', 'red-flag-urgency'],
    (one) => Object.assign(one, { status: 'preliminary' }),
    'Observation: axspa-6',
  ],
  [
    'red flags cancelled',
    draft,
    (one) => Object.assign(one, { status: 'cancelled' }),
    'Observation: axspa-6',
  ],
  [
    'an urgency below that of a red flag',
    draft,
    (one) => Object.assign(one, { valueCodeableConcept: concept(VERDICTS, 'none-reported') }),
    'Observation: axspa-7',
  ],
  ['an urgency without a red flag', draft, (one) => delete one.component, 'Observation: axspa-7'],
  [
    'none reported, called normal',
    ['D1', 'red-flag-urgency'],
    (one) => Object.assign(one, { interpretation: [concept('v3', 'N')] }),
    'Observation: axspa-8',
  ],
  ['a red flag not called abnormal', draft, (one) => delete one.interpretation, 'Observation: axspa-8'],
  [
    'a red flag that is only present',
    draft,
    (one) => Object.assign(partOf(one, 'fever'), { valueCodeableConcept: concept(VERDICTS, 'present') }),
    'component.value[x]: axspa-9',
  ],
  [
    'a score for a set that does not apply',
    ng65,
    (one) =>
      Object.assign(partOf(one, 'verdict'), { valueCodeableConcept: concept(VERDICTS, 'not-applicable') }),
    'Observation: axspa-10',
  ],
  [
    'a score without its maximum',
    ng65,
    (one) =>
      Object.assign(one, {
        component: (one.component as Loose[]).filter((each) => each !== partOf(one, 'score-maximum')),
      }),
    'Observation: axspa-11',
  ],
  [
    'met, called negative',
    ng65,
    (one) => Object.assign(one, { interpretation: [concept('v3', 'NEG')] }),
    'Observation: axspa-12',
  ],
  [
    'a verdict that is a decision',
    ng65,
    (one) => Object.assign(partOf(one, 'verdict'), { valueCodeableConcept: concept(VERDICTS, 'refer') }),
    'component:verdict.value[x]: axspa-13',
  ],
  [
    'a decision that is a verdict',
    ng65,
    (one) => Object.assign(partOf(one, 'decision'), { valueCodeableConcept: concept(VERDICTS, 'met') }),
    'component:decision.value[x]: axspa-14',
  ],
  [
    'a criterion that is present',
    ng65,
    (one) => Object.assign(partOf(one, 'psoriasis'), { valueCodeableConcept: concept(VERDICTS, 'present') }),
    'Observation: axspa-15',
  ],
  [
    'the panel as a criteria set',
    ng65,
    (one) =>
      Object.assign(one, { code: concept(`${BASE}/CodeSystem/criteria-sets`, 'axspa-screening-panel') }),
    'code.coding:axspa: axspa-16',
  ],
  [
    'a criterion as a fact',
    fact,
    (one) => Object.assign(one, { code: concept(`${BASE}/CodeSystem/findings`, 'onset-before-35') }),
    'code.coding:axspa: axspa-17',
  ],
  [
    'an age in months',
    ['D1', 'onset-age'],
    (one) =>
      Object.assign(one, { valueQuantity: { value: 9, system: 'http://unitsofmeasure.org', code: 'mo' } }),
    'Observation: axspa-18',
  ],
  [
    'a rating of 11',
    ['with the 0–10 rating and an author', 'pain-intensity'],
    (one) => Object.assign(one, { valueInteger: 11 }),
    'Observation: axspa-18',
  ],
  [
    'a fact that is met',
    fact,
    (one) => Object.assign(one, { valueCodeableConcept: concept(VERDICTS, 'met') }),
    'Observation: axspa-18',
  ],
  ['the response forgotten', provenance, (one) => (one.target as Loose[]).shift(), 'Provenance: axspa-19'],
  [
    'a version referred to',
    provenance,
    (one) => Object.assign(entity(one, 0), { reference: 'QuestionnaireResponse/r1/_history/1' }),
    'Provenance: axspa-20',
  ],
  [
    'another hash',
    provenance,
    (one) => Object.assign(entity(one, 0).identifier as Loose, { value: 'sha256:abc' }),
    'entity:response.what.identifier.value: axspa-21',
  ],
  [
    'a Questionnaire without its version',
    provenance,
    (one) => Object.assign(entity(one, 1).identifier as Loose, { value: `${BASE}/Questionnaire/x` }),
    'entity:questionnaire.what.identifier.value: axspa-22',
  ],
  [
    'a laboratory result',
    fact,
    (one) =>
      Object.assign(one, {
        category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
      }),
    'category:survey: min 1',
  ],
  [
    'a foreign code first',
    ['D1', 'onset-age'],
    (one) => (one.code as { coding: unknown[] }).coding.reverse(),
    'code.coding: openAtEnd',
  ],
  [
    'a code that is not ours',
    fact,
    (one) => Object.assign(one, { code: concept(`${BASE}/CodeSystem/findings`, 'happiness') }),
    'code.coding:axspa: binding',
  ],
  [
    'a group as subject',
    fact,
    (one) => Object.assign(one, { subject: { reference: 'Group/1' } }),
    'subject: target',
  ],
  [
    'a period',
    fact,
    (one) => {
      delete one.effectiveDateTime;
      one.effectivePeriod = { start: '2026-05-04' };
    },
    'effective[x]: type',
  ],
  [
    'a text',
    fact,
    (one) => {
      delete one.valueCodeableConcept;
      one.valueString = 'yes';
    },
    'value[x]: type',
  ],
  [
    'a score of another unit',
    ng65,
    (one) => Object.assign(one.valueQuantity as Loose, { code: '1' }),
    'value[x]: pattern',
  ],
  [
    'two verdicts',
    ng65,
    (one) => (one.component as Loose[]).push(partOf(one, 'verdict')),
    'component:verdict: max 1',
  ],
  [
    'a component of another system',
    ng65,
    (one) => Object.assign(partOf(one, 'psoriasis'), { code: concept('http://loinc.org', '72514-3') }),
    'component.code: binding',
  ],
  [
    'a verdict of another system',
    ng65,
    (one) =>
      Object.assign(partOf(one, 'verdict'), { valueCodeableConcept: concept('http://loinc.org', 'met') }),
    'component:verdict.value[x]: binding',
  ],
  [
    'a fact as member of nothing',
    ['D1', 'axspa-screening-panel'],
    (one) => Object.assign(one, { hasMember: [{ reference: 'Patient/p1' }] }),
    'hasMember: target',
  ],
  [
    'two responses',
    fact,
    (one) => (one.derivedFrom as Loose[]).push({ reference: 'QuestionnaireResponse/r2' }),
    'derivedFrom: max 1',
  ],
  [
    'an identifier of somebody else',
    fact,
    (one) => Object.assign((one.identifier as Loose[])[0] ?? {}, { system: 'https://clinic.example.org' }),
    'identifier.system: fixed',
  ],
  [
    'a third party',
    provenance,
    (one) => (one.agent as Loose[]).push({ type: concept('x', 'verifier'), who: {} }),
    'agent: closed',
  ],
  [
    'derived, not sourced',
    provenance,
    (one) => Object.assign((one.entity as Loose[])[0] ?? {}, { role: 'derivation' }),
    'entity:response.role: fixed',
  ],
];

function absent(code: string) {
  return concept('http://terminology.hl7.org/CodeSystem/data-absent-reason', code);
}
