import { describe, expect, test } from '@jest/globals';
import type { FhirResource, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import { isScored, readContent, toQuestions } from '../../../src/fhir/content.js';
import { createRuleSet } from '../../../src/scoring/rule-set.js';
import {
  authoredContent,
  authoredForm,
  authoredResources,
  codeSystemIn,
  questionnaireIn,
  rules,
} from '../../support/fhir-content.js';
import { formOf } from '../../support/fhir-literals.js';

const BASE = 'https://w3id.org/axspa-screening';

function faultsAfter(change: (resources: FhirResource[]) => FhirResource[] | undefined): readonly string[] {
  const resources = authoredResources();
  const read = readContent(change(resources) ?? resources, rules);
  return 'faults' in read ? [...new Set(read.faults)] : [];
}

function questionIn(questionnaire: Questionnaire, linkId: string): QuestionnaireItem {
  const visit = (items: QuestionnaireItem[] = []): QuestionnaireItem[] =>
    items.flatMap((item) => [item, ...visit(item.item)]);
  const found = visit(questionnaire.item).find((item) => item.linkId === linkId);
  if (!found) throw new Error(`no item ${linkId}`);
  return found;
}
const changing = (linkId: string, change: (item: QuestionnaireItem) => void) =>
  faultsAfter((resources) => {
    change(questionIn(questionnaireIn(resources), linkId));
    return resources;
  });

describe('the authored content', () => {
  test.each(['strict', 'relaxed'] as const)('has no fault, with the %s night pain', (variant) => {
    expect(readContent(authoredResources(), createRuleSet(variant))).toMatchObject({
      content: { forms: [{ url: `${BASE}/Questionnaire/axspa-back-pain-screening`, version: '1.0.0' }] },
    });
  });

  test('is kept as it was read', () => {
    expect(authoredContent().resources).toEqual(authoredResources());
    expect(isScored(authoredForm())).toBe(true);
    expect(isScored(formOf({ linkId: 'a', type: 'string' }))).toBe(false);
  });

  test('displays come from the code systems, and a code that is in none is a fault of ours', () => {
    const { display } = authoredContent();
    const [concept] = codeSystemIn(authoredResources(), 'verdicts').concept ?? [];
    expect(concept?.display).toBeDefined();
    expect(display(`${BASE}/CodeSystem/verdicts`, concept?.code ?? '')).toBe(concept?.display);
    expect(() => display(`${BASE}/CodeSystem/verdicts`, 'maybe')).toThrow('maybe');
    expect(() => display(`${BASE}/CodeSystem/findings`, 'met')).toThrow('met');
  });
});

describe('a fault is named', () => {
  const NONE = `no Questionnaire with the url ${BASE}/Questionnaire/axspa-back-pain-screening`;

  test('no Questionnaire', () => {
    expect(faultsAfter((all) => all.filter((one) => one.resourceType !== 'Questionnaire'))).toEqual([NONE]);
  });

  test('a Questionnaire with another url', () => {
    const faults = faultsAfter((all) => {
      questionnaireIn(all).url = `${BASE}/Questionnaire/other`;
      return all;
    });
    expect(faults).toEqual([NONE]);
  });

  test('no CapabilityStatement', () => {
    expect(faultsAfter((all) => all.filter((one) => one.resourceType !== 'CapabilityStatement'))).toEqual([
      'there is no CapabilityStatement',
    ]);
  });

  test.each(['url', 'version'] as const)('a Questionnaire without %s', (name) => {
    const faults = faultsAfter((all) => {
      delete questionnaireIn(all)[name];
      return all;
    });
    expect(faults).toContain('Questionnaire/axspa-back-pain-screening: it needs a url and a version');
  });

  test('nothing at all', () => {
    expect(faultsAfter(() => [])).toEqual(expect.arrayContaining(['there is no CapabilityStatement', NONE]));
  });

  test.each([
    ['pain-duration', 'over-5-years'],
    ['night-rising-relief', 'yes'],
    ['diagnosed-conditions', 'psoriatic-arthritis'],
    ['pain-location', 'buttock'],
    ['red-flag-urgent', 'cancer-history'],
    ['red-flag-emergency', 'unknown'],
    ['si-imaging', 'sacroiliitis-xray'],
    ['crp-esr-raised', 'normal'],
  ])('%s without its option %s, which a rule reads', (linkId, code) => {
    const faults = changing(linkId, (item) => {
      item.answerOption = item.answerOption?.filter(({ valueCoding }) => valueCoding?.code !== code) ?? [];
    });
    expect(faults).toEqual([
      `Questionnaire 1.0.0: the rules read "${code}", which is no option of "${linkId}"`,
    ]);
  });

  test('an option that no rule reads may go', () => {
    const faults = changing('pain-location', (item) => {
      item.answerOption = item.answerOption?.filter(({ valueCoding }) => valueCoding?.code !== 'other') ?? [];
    });
    expect(faults).toEqual([]);
  });

  test('a single choice that repeats', () => {
    expect(changing('hla-b27', (item) => Object.assign(item, { repeats: true }))).toEqual([
      'Questionnaire 1.0.0: the rules read "hla-b27" as a choice',
    ]);
  });

  test('a repeating choice that does not', () => {
    expect(changing('pain-location', (item) => Object.assign(item, { repeats: false }))).toEqual([
      'Questionnaire 1.0.0: the rules read "pain-location" as a repeating choice',
    ]);
  });

  test('a number that is none', () => {
    expect(
      changing('onset-age', (item) => Object.assign(item, { type: 'string', extension: undefined })),
    ).toEqual(['Questionnaire 1.0.0: the rules read "onset-age" as an integer']);
  });

  test.each(['onset-age', 'pain-intensity', 'eye-symptoms-now', 'nsaid-response', 'buttock-pain'])(
    'a question that is gone: %s',
    (linkId) => {
      const faults = changing(linkId, (item) => Object.assign(item, { linkId: 'renamed' }));
      expect(faults).toEqual([`Questionnaire 1.0.0: the rules read "${linkId}", which does not exist`]);
    },
  );

  test.each([
    ['findings', 'chronic-pain'],
    ['findings', 'onset-before-35'],
    ['findings', 'gate'],
    ['findings', 'verdict-without-tests'],
    ['findings', 'clinical-arm'],
    ['findings', 'pain-intensity'],
    ['findings', 'red-flag-urgency'],
    ['findings', 'saddle-numbness'],
    ['findings', 'upper-back-pain-alone'],
    ['verdicts', 'met'],
    ['verdicts', 'absent'],
    ['verdicts', 'test-hla-b27'],
    ['verdicts', 'gate-not-met'],
    ['verdicts', 'urgent-days'],
    ['verdicts', 'none-reported'],
    ['criteria-sets', 'axspa-screening-panel'],
    ['criteria-sets', 'nice-ng65'],
  ])('CodeSystem %s without %s, which is written', (id, code) => {
    const faults = faultsAfter((all) => {
      const system = codeSystemIn(all, id);
      system.concept = system.concept?.filter((concept) => concept.code !== code) ?? [];
      return all;
    });
    expect(faults).toEqual([`${BASE}/CodeSystem/${id} has no code "${code}"`]);
  });

  test.each(['emergency', 'undecided', 'eye', 'get-help-at-once'])('no words for the advice %s', (code) => {
    const faults = faultsAfter((all) => {
      const [advice] = codeSystemIn(all, 'patient-information').concept ?? [];
      if (!advice) throw new Error('there is no advice');
      advice.concept = advice.concept?.filter((concept) => concept.code !== code) ?? [];
      return all;
    });
    expect(faults).toEqual([`${BASE}/CodeSystem/patient-information has no code "${code}"`]);
  });

  test('what the reader of Questionnaires does not know, with the Questionnaire’s id', () => {
    const faults = changing('hla-b27', (item) => Object.assign(item, { colour: 'red' }));
    expect(faults).toContain(
      'Questionnaire/axspa-back-pain-screening: hla-b27: the element "colour" is not known',
    );
  });

  test('everything at once', () => {
    const faults = faultsAfter((all) => {
      const system = codeSystemIn(all, 'verdicts');
      system.concept = system.concept?.filter(({ code }) => code !== 'refer') ?? [];
      Object.assign(questionIn(questionnaireIn(all), 'hla-b27'), { repeats: true });
      return all.filter((one) => one.resourceType !== 'CapabilityStatement');
    });
    expect(faults).toEqual([
      'there is no CapabilityStatement',
      'Questionnaire 1.0.0: the rules read "hla-b27" as a choice',
      `${BASE}/CodeSystem/verdicts has no code "refer"`,
    ]);
  });
});

describe('questions as scoring sees them', () => {
  const questions = toQuestions(authoredForm());
  const question = (linkId: string) => {
    const found = questions.find((one) => one.linkId === linkId);
    if (!found) throw new Error(`no question ${linkId}`);
    return found;
  };

  test('all 24, in order, without groups and help', () => {
    expect(questions).toHaveLength(24);
    expect(questions.slice(0, 4).map(({ linkId }) => linkId)).toEqual([
      'red-flag-emergency',
      'red-flag-urgent',
      'eye-symptoms-now',
      'pain-location',
    ]);
  });

  test.each([
    ['onset-age', 'number', [1, 110], []],
    ['pain-intensity', 'number', [0, 10], []],
    ['hla-b27', 'single', [0, 0], []],
    ['red-flag-emergency', 'multiple', [0, 0], ['none', 'unknown']],
    ['family-first-degree', 'multiple', [0, 0], ['none']],
  ] as const)('%s', (linkId, kind, range, exclusive) => {
    expect(question(linkId)).toMatchObject({ kind, range, exclusive });
  });

  test('options in order', () => {
    expect(question('hla-b27').options).toEqual(['positive', 'negative', 'not-tested', 'unknown']);
    expect(question('onset-age').options).toEqual([]);
  });

  test.each([
    ['night-rising-relief', 'night-waking', 'first-half', true],
    ['night-rising-relief', 'night-waking', 'never', false],
    ['night-rising-relief', 'night-waking', 'unknown', false],
    ['family-second-degree', 'family-first-degree', ['none'], true],
    ['family-second-degree', 'family-first-degree', ['axial-spa'], false],
    ['family-second-degree', 'family-first-degree', ['axial-spa', 'psoriasis'], true],
  ])('%s when %s is %j: %s', (linkId, gate, answer, enabled) => {
    expect(question(linkId).isEnabled(new Map([[gate, answer]]))).toBe(enabled);
    expect(question(linkId).isEnabled(new Map())).toBe(false);
    expect(question('hla-b27').isEnabled(new Map())).toBe(true);
  });
});
