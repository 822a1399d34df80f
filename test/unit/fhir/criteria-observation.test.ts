import { describe, expect, test } from '@jest/globals';
import { type Answers, worked } from '../../support/contract-responses.js';
import { codeOf, components, noteOf, observationsOf, one, said } from '../../support/fhir-content.js';

const words = (text: string) => text.trim().split(/\s+/);
const set = (answers: Answers, id: string) => one(observationsOf(answers), id);
const changed = (name: string, more: Answers, ...gone: string[]): Answers =>
  Object.fromEntries(
    Object.entries({ ...worked(name), ...more }).filter(([linkId]) => !gone.includes(linkId)),
  );

/** contract.md §3: every component of every set, in order. */
const ORDER: Record<string, string> = {
  'calin-1977': `onset-before-40 chronic-pain insidious-onset morning-stiffness improves-with-exercise
    verdict score-maximum threshold`,
  'asas-ibp-2009': `onset-before-40 insidious-onset improves-with-exercise no-improvement-with-rest
    night-pain-eased-by-rising gate verdict score-maximum threshold`,
  'berlin-2006-8a': `morning-stiffness-over-30-min exercise-not-rest wakes-second-half-only
    alternating-buttock-pain gate verdict score-maximum threshold`,
  'berlin-2006-8b': `morning-stiffness-over-30-min exercise-not-rest wakes-second-half-only
    alternating-buttock-pain gate verdict score-maximum threshold`,
  'nice-ng65': `onset-before-35 wakes-second-half buttock-pain improves-with-exercise nsaid-any-improvement
    family-spa-first-degree peripheral-arthritis enthesitis psoriasis
    gate verdict score-maximum threshold decision`,
  'asas-referral-2015': `inflammatory-back-pain hla-b27-positive sacroiliitis-on-imaging
    peripheral-manifestation extra-articular-manifestation family-spa-any-degree nsaid-good-response
    crp-esr-raised gate verdict score-maximum threshold verdict-without-tests`,
  'brandt-2007': `inflammatory-back-pain hla-b27-positive sacroiliitis-on-imaging
    gate verdict score-maximum threshold verdict-without-tests`,
  master: `inflammatory-back-pain hla-b27-positive sacroiliitis-on-imaging family-as nsaid-good-response
    gate verdict score-maximum threshold verdict-without-tests`,
  'radar-2of3': `inflammatory-back-pain nsaid-good-response extra-articular-manifestation
    gate verdict score-maximum threshold`,
  cafaspa: `inflammatory-back-pain nsaid-any-improvement family-spa-any-degree pain-over-5-years
    gate verdict score-maximum threshold`,
  'asas-axspa-2009': `inflammatory-back-pain peripheral-arthritis enthesitis uveitis dactylitis psoriasis
    inflammatory-bowel-disease nsaid-good-response family-spa-any-degree crp-raised hla-b27-positive
    sacroiliitis-on-imaging imaging-arm clinical-arm gate verdict score-maximum verdict-without-tests`,
};
const IDS = Object.keys(ORDER);
const WITH_TESTS = ['asas-referral-2015', 'brandt-2007', 'master', 'asas-axspa-2009'];
const names = (answers: Answers, id: string) =>
  (set(answers, id).component ?? []).map(({ code }) => codeOf(code));

describe('components in order', () => {
  test.each(IDS)('%s', (id) => expect(names(worked('D4'), id)).toEqual(words(ORDER[id] ?? '')));

  test.each(IDS)('%s, with everything unknown', (id) => {
    expect(names(worked('U2'), id)).toEqual(words(ORDER[id] ?? ''));
  });

  test.each(IDS.filter((id) => id !== 'calin-1977'))('%s, not applicable: all but the maximum', (id) => {
    const expected = words(ORDER[id] ?? '').filter((code) => code !== 'score-maximum');
    expect(names(worked('D7'), id)).toEqual(expected);
  });

  test('a verdict without tests stands in the four sets that use tests, and only there', () => {
    const having = IDS.filter((id) => names(worked('D4'), id).includes('verdict-without-tests'));
    expect(having).toEqual(WITH_TESTS);
  });

  test('every code is of our findings', () => {
    for (const id of IDS)
      for (const { code } of set(worked('D4'), id).component ?? [])
        expect(code.coding?.map(({ system }) => system)).toEqual([
          'https://w3id.org/axspa-screening/CodeSystem/findings',
        ]);
  });
});

/** D4 by hand, from clinical.md §13: `value interpretation | components`, T met, F not-met, ? not-performed. */
const D4: [id: string, value: number, interpretation: string, findings: string, rest: string[]][] = [
  ['calin-1977', 5, 'POS', 'TTTTT', ['verdict: met', 'score-maximum: 5', 'threshold: 4']],
  ['asas-ibp-2009', 4, 'POS', 'TTTTF', ['gate: met', 'verdict: met', 'score-maximum: 4', 'threshold: 4']],
  ['berlin-2006-8a', 2, 'POS', 'TTFF', ['gate: met', 'verdict: met', 'score-maximum: 2', 'threshold: 2']],
  ['berlin-2006-8b', 2, 'NEG', 'TTFF', ['gate: met', 'verdict: not-met', 'score-maximum: 2', 'threshold: 3']],
  [
    'nice-ng65',
    3,
    'IND',
    'FTTTFFFFF',
    ['gate: met', 'verdict: indeterminate', 'score-maximum: 3', 'threshold: 4', 'decision: test-hla-b27'],
  ],
  [
    'asas-referral-2015',
    1,
    'POS',
    'T??FFFF?',
    ['gate: met', 'verdict: met', 'score-maximum: 4', 'threshold: 1', 'verdict-without-tests: met'],
  ],
  [
    'brandt-2007',
    1,
    'POS',
    'T??',
    ['gate: met', 'verdict: met', 'score-maximum: 3', 'threshold: 1', 'verdict-without-tests: met'],
  ],
  [
    'master',
    1,
    'IND',
    'T??FF',
    [
      'gate: met',
      'verdict: indeterminate',
      'score-maximum: 3',
      'threshold: 2',
      'verdict-without-tests: not-met',
    ],
  ],
  ['radar-2of3', 1, 'NEG', 'TFF', ['gate: met', 'verdict: not-met', 'score-maximum: 1', 'threshold: 2']],
  ['cafaspa', 1, 'NEG', 'TFFF', ['gate: met', 'verdict: not-met', 'score-maximum: 1', 'threshold: 2']],
  [
    'asas-axspa-2009',
    1,
    'IND',
    'TFFFFFFFF?????',
    ['gate: met', 'verdict: indeterminate', 'score-maximum: 3', 'verdict-without-tests: not-met'],
  ],
];

describe('values', () => {
  const spelt = { T: 'met', F: 'not-met', '?': '?not-performed' } as const;
  const letters = (text: string) =>
    [...text].map((letter) => (letter in spelt ? spelt[letter as keyof typeof spelt] : ''));

  test.each(D4)('%s of D4', (id, value, interpretation, findings, rest) => {
    const observation = set(worked('D4'), id);
    const criteria = words(ORDER[id] ?? '').slice(0, findings.length);
    expect(components(observation)).toEqual([
      ...letters(findings).map((finding, index) => `${criteria[index]}: ${finding}`),
      ...rest,
    ]);
    expect(observation.valueQuantity).toEqual({
      value,
      unit: '{score}',
      system: 'http://unitsofmeasure.org',
      code: '{score}',
    });
    expect(observation.interpretation?.map(codeOf)).toEqual([interpretation]);
    expect(observation.dataAbsentReason).toBeUndefined();
  });
});

describe('not applicable', () => {
  test.each(IDS.filter((id) => id !== 'calin-1977'))('%s of short pain has no value, and says why', (id) => {
    const observation = set(worked('D7'), id);
    expect(said(observation)).toBe('?not-applicable');
    expect(observation.valueQuantity).toBeUndefined();
    expect(observation.interpretation).toBeUndefined();
    expect(components(observation)).toEqual(
      expect.arrayContaining(['gate: not-met', 'verdict: not-applicable']),
    );
    expect(noteOf(observation)).toContain(
      'Not applicable: not fulfilled is "Back pain for three months or longer".',
    );
  });

  test('Calin has no gate: short pain meets it', () => {
    expect(said(set(worked('D7'), 'calin-1977'))).toBe(4);
    expect(names(worked('D7'), 'calin-1977')).not.toContain('gate');
  });

  test('NG65 still says its decision, and its criteria', () => {
    expect(components(set(worked('D3'), 'nice-ng65'))).toEqual([
      'onset-before-35: not-met',
      'wakes-second-half: met',
      'buttock-pain: met',
      'improves-with-exercise: met',
      'nsaid-any-improvement: met',
      'family-spa-first-degree: not-met',
      'peripheral-arthritis: not-met',
      'enthesitis: not-met',
      'psoriasis: not-met',
      'gate: not-met',
      'verdict: not-applicable',
      'threshold: 4',
      'decision: gate-not-met',
    ]);
  });

  test('inflammatory back pain that does not apply is not met', () => {
    expect(components(set(worked('D7'), 'radar-2of3'))[0]).toBe('inflammatory-back-pain: not-met');
  });

  test('nor is there a verdict without tests', () => {
    expect(components(set(worked('D3'), 'asas-axspa-2009'))).toContain(
      'verdict-without-tests: not-applicable',
    );
  });
});

describe('gate unknown', () => {
  const blank = changed('D4', {}, 'pain-duration');
  const unsure = changed('D4', { 'pain-duration': 'unknown' });

  test.each([
    ['asas-ibp-2009', 'indeterminate', 'IND', 'met'],
    ['berlin-2006-8a', 'indeterminate', 'IND', 'met'],
    ['berlin-2006-8b', 'not-met', 'NEG', 'not met'],
    ['nice-ng65', 'indeterminate', 'IND', 'an HLA-B27 test decides'],
  ])('%s', (id, verdict, interpretation, wouldBe) => {
    for (const [answers, reason] of [
      [blank, 'unknown'],
      [unsure, 'asked-unknown'],
    ] as const) {
      const observation = set(answers, id);
      expect(components(observation)).toEqual(
        expect.arrayContaining([`gate: ?${reason}`, `verdict: ${verdict}`]),
      );
      expect(observation.interpretation?.map(codeOf)).toEqual([interpretation]);
      expect(said(observation)).toBe(id === 'asas-ibp-2009' ? 4 : id === 'nice-ng65' ? 3 : 2);
      expect(noteOf(observation)).toContain(`gate unknown; would be ${wouldBe} if the gate is met.`);
    }
  });

  test.each([
    ['four and more present', changed('D1', {}, 'pain-duration'), 'indeterminate', 'indeterminate'],
    ['three and HLA-B27 positive', changed('D5', {}, 'pain-duration'), 'indeterminate', 'indeterminate'],
    ['three and HLA-B27 unknown', blank, 'indeterminate', 'indeterminate'],
    ['three and HLA-B27 negative', changed('D6', {}, 'pain-duration'), 'not-met', 'not-met'],
    ['at most two', changed('D2', {}, 'pain-duration'), 'not-met', 'not-met'],
  ])('NG65, %s: never refer or test', (_name, answers, decision, verdict) => {
    expect(components(set(answers, 'nice-ng65'))).toEqual(
      expect.arrayContaining([`decision: ${decision}`, `verdict: ${verdict}`, 'gate: ?unknown']),
    );
  });

  test.each([
    [{ 'hla-b27': 'negative', 'si-imaging': 'normal' }, 'not-met'],
    [{ 'hla-b27': 'negative' }, 'indeterminate'],
    [{ 'hla-b27': 'positive', 'crp-esr-raised': 'crp-raised' }, 'indeterminate'],
  ])('axSpA with %j: not met only if both arms are excluded', (tests, verdict) => {
    expect(components(set({ ...blank, ...tests }, 'asas-axspa-2009'))).toContain(`verdict: ${verdict}`);
  });
});

describe('NG65: the decision, not the count, is the verdict', () => {
  test.each([
    ['D1', 5, 'refer', 'met', 'POS', 'refer. Refer to rheumatology.'],
    [
      'D4',
      3,
      'test-hla-b27',
      'indeterminate',
      'IND',
      'an HLA-B27 test decides. Test HLA-B27 and refer if positive.',
    ],
    ['D5', 3, 'refer', 'met', 'POS', 'Refer to rheumatology.'],
    ['D6', 3, 'not-met', 'not-met', 'NEG', 'If suspicion remains, assess again'],
    ['D8', 1, 'indeterminate', 'indeterminate', 'IND', '1 of 9 present, 5 unknown: 1 to 6; open.'],
    ['D2', 1, 'not-met', 'not-met', 'NEG', 'If suspicion remains, assess again'],
  ])('%s', (name, value, decision, verdict, interpretation, note) => {
    const observation = set(worked(name), 'nice-ng65');
    expect([said(observation), observation.interpretation?.map(codeOf)]).toEqual([value, [interpretation]]);
    expect(components(observation)).toEqual(
      expect.arrayContaining([`decision: ${decision}`, `verdict: ${verdict}`, 'threshold: 4']),
    );
    expect(noteOf(observation)).toContain(note);
  });

  test('a positive HLA-B27 with too few items points to the other rule', () => {
    const note = noteOf(set(changed('D2', { 'hla-b27': 'positive' }), 'nice-ng65'));
    expect(note).toContain('HLA-B27 is positive: the ASAS-endorsed rule advises referral.');
  });
});

describe('axSpA: two arms, and sacroiliitis that is shown and not counted', () => {
  const arms = (answers: Answers) => {
    const observation = set(answers, 'asas-axspa-2009');
    const told = components(observation).filter((part) =>
      /^(sacro|imaging|clinical|verdict:|score)/.test(part),
    );
    return [said(observation), ...told];
  };

  test.each<[string, Answers, (string | number)[]]>([
    [
      'the imaging arm',
      { 'si-imaging': 'sacroiliitis-mri', 'hla-b27': 'negative' },
      [
        1,
        'sacroiliitis-on-imaging: met',
        'imaging-arm: met',
        'clinical-arm: not-met',
        'verdict: met',
        'score-maximum: 2',
      ],
    ],
    [
      'the clinical arm',
      { 'hla-b27': 'positive', 'crp-esr-raised': 'crp-raised', 'si-imaging': 'normal' },
      [
        3,
        'sacroiliitis-on-imaging: not-met',
        'imaging-arm: not-met',
        'clinical-arm: met',
        'verdict: met',
        'score-maximum: 3',
      ],
    ],
    [
      'both',
      { 'hla-b27': 'positive', 'crp-esr-raised': 'crp-raised', 'si-imaging': 'sacroiliitis-xray' },
      [
        3,
        'sacroiliitis-on-imaging: met',
        'imaging-arm: met',
        'clinical-arm: met',
        'verdict: met',
        'score-maximum: 3',
      ],
    ],
    [
      'neither',
      { 'hla-b27': 'negative', 'crp-esr-raised': 'normal', 'si-imaging': 'normal' },
      [
        1,
        'sacroiliitis-on-imaging: not-met',
        'imaging-arm: not-met',
        'clinical-arm: not-met',
        'verdict: not-met',
        'score-maximum: 1',
      ],
    ],
    [
      'one excluded, one open: a raised ESR is not a raised CRP',
      { 'hla-b27': 'positive', 'crp-esr-raised': 'esr-raised', 'si-imaging': 'normal' },
      [
        2,
        'sacroiliitis-on-imaging: not-met',
        'imaging-arm: not-met',
        'clinical-arm: ?unknown',
        'verdict: indeterminate',
        'score-maximum: 3',
      ],
    ],
  ])('%s', (_name, more, expected) => expect(arms(changed('D4', more))).toEqual(expected));

  test('it has no threshold', () => {
    expect(names(worked('D4'), 'asas-axspa-2009')).not.toContain('threshold');
  });
});

describe('why a criterion is unknown', () => {
  const reason = (answers: Answers, id: string, code: string) =>
    components(set(answers, id)).find((part) => part.startsWith(`${code}: `));

  test.each<[Answers, string[], string, string, string]>([
    [{ 'hla-b27': 'unknown' }, [], 'brandt-2007', 'hla-b27-positive', 'asked-unknown'],
    [{ 'hla-b27': 'not-tested' }, [], 'brandt-2007', 'hla-b27-positive', 'not-performed'],
    [{}, ['hla-b27'], 'brandt-2007', 'hla-b27-positive', 'unknown'],
    [{ 'si-imaging': 'not-done' }, [], 'brandt-2007', 'sacroiliitis-on-imaging', 'not-performed'],
    [{ 'nsaid-response': 'not-taken' }, [], 'cafaspa', 'nsaid-any-improvement', 'not-performed'],
    [{ 'exercise-effect': 'varies' }, [], 'calin-1977', 'improves-with-exercise', 'asked-unknown'],
    [{ 'exercise-effect': 'no-exercise' }, [], 'calin-1977', 'improves-with-exercise', 'asked-unknown'],
    [
      { 'morning-stiffness': 'present-unsure-how-long' },
      [],
      'berlin-2006-8a',
      'morning-stiffness-over-30-min',
      'asked-unknown',
    ],
    [{}, ['onset-age'], 'calin-1977', 'onset-before-40', 'unknown'],
    [{ 'night-rising-relief': 'varies' }, [], 'asas-ibp-2009', 'night-pain-eased-by-rising', 'asked-unknown'],
    [{}, ['night-rising-relief'], 'asas-ibp-2009', 'night-pain-eased-by-rising', 'unknown'],
    [{}, ['night-waking', 'night-rising-relief'], 'asas-ibp-2009', 'night-pain-eased-by-rising', 'unknown'],
    [{ 'crp-esr-raised': 'raised' }, [], 'asas-axspa-2009', 'crp-raised', 'unknown'],
    [{ 'crp-esr-raised': 'not-tested' }, [], 'asas-axspa-2009', 'crp-raised', 'not-performed'],
    [{ 'diagnosed-conditions': ['psoriatic-arthritis'] }, [], 'nice-ng65', 'psoriasis', 'unknown'],
    [{ 'diagnosed-conditions': ['uveitis', 'unknown'] }, [], 'nice-ng65', 'psoriasis', 'asked-unknown'],
    [
      { 'buttock-pain': 'none', 'pain-location': ['low-back', 'buttock'] },
      [],
      'nice-ng65',
      'buttock-pain',
      'unknown',
    ],
    [{ 'family-second-degree': ['unknown'] }, [], 'cafaspa', 'family-spa-any-degree', 'asked-unknown'],
    // A composite over an indeterminate set has no answer of its own to blame.
    [{ 'onset-speed': 'unknown' }, [], 'brandt-2007', 'inflammatory-back-pain', 'unknown'],
  ])('%j without %j: %s %s', (more, gone, id, code, expected) => {
    expect(reason(changed('D4', more, ...gone), id, code)).toBe(`${code}: ?${expected}`);
  });
});

describe('notes', () => {
  const DISCLAIMER = 'Screening aid, not a diagnosis.';

  test.each([
    ['D9', 'asas-ibp-2009', `3 of 5 present: not met. ${DISCLAIMER}`],
    ['D1', 'calin-1977', `5 of 5 present: met. ${DISCLAIMER}`],
    ['D8', 'asas-ibp-2009', `3 of 5 present, 2 unknown: 3 to 5; open. ${DISCLAIMER}`],
    [
      'D2',
      'brandt-2007',
      `0 of 3 present, 2 unknown: 0 to 2; open. Without laboratory and imaging results that are not known: not met. ${DISCLAIMER}`,
    ],
    [
      'D4',
      'asas-axspa-2009',
      `1 of 11 present, 2 unknown: 1 to 3; arms: open. Without laboratory and imaging results that are not known: not met. ${DISCLAIMER}`,
    ],
  ])('%s, %s', (name, id, note) => expect(noteOf(set(worked(name), id))).toBe(note));

  test('who has the disease already gets results and no advice', () => {
    const diagnosed = { 'diagnosed-conditions': ['axial-spa'] };
    const [results, decided] = [
      set(changed('D1', diagnosed), 'nice-ng65'),
      set(changed('D4', diagnosed), 'nice-ng65'),
    ];
    expect(noteOf(results)).toBe(`5 of 9 present: met. ${DISCLAIMER}`);
    expect(noteOf(decided)).toBe(`3 of 9 present: open. ${DISCLAIMER}`);
    expect(components(results)).toContain('decision: refer');
  });

  test.each([
    [{ min: 50, max: 50 }, ['berlin-2006-8a', 'berlin-2006-8b', 'cafaspa']],
    [{ min: 49, max: 50 }, ['cafaspa']],
    [{ min: 45, max: 46 }, []],
    [{ min: 46, max: 46 }, ['cafaspa']],
    [undefined, []],
  ])('aged %j, warned of: %j', (age, warned) => {
    const observations = observationsOf(worked('D4'), age && { age });
    const AGES = /derived in patients (under 50|aged 18 to 45)\. Screening aid/;
    expect(IDS.filter((id) => AGES.test(noteOf(one(observations, id))))).toEqual(warned);
  });
});
