import type { Condition } from '../condition.js';
import type { Definition } from '../criteria-set.js';

/**
 * What each finding means in answers: the first truth table of clinical.md §13, row by row.
 * A code in neither list of a `oneOf` is unknown, never a no.
 *
 * Readings that a clinician should confirm: "weeks" counts as insidious; "varies" is unknown; a little relief
 * counts as any NSAID improvement (NG65, CaFaSpA); buttock-only pain passes the low-back gate (the area NICE
 * means reaches the buttock creases); a psoriatic arthritis of one's own leaves psoriasis unknown, since one
 * tick must not count twice.
 */
const familyHistory = [
  'axial-spa',
  'psoriatic-arthritis',
  'reactive-arthritis',
  'psoriasis',
  'ibd',
  'uveitis',
];

export const findings = {
  'chronic-pain': {
    text: 'Back pain for three months or longer',
    when: { oneOf: ['pain-duration', ['3-months-to-5-years', 'over-5-years'], ['under-3-months']] },
  },
  'pain-over-5-years': {
    text: 'Back pain for five years or longer',
    when: { oneOf: ['pain-duration', ['over-5-years'], ['under-3-months', '3-months-to-5-years']] },
  },
  'onset-before-35': { text: 'Age at onset under 35 years', when: { below: ['onset-age', 35] } },
  'onset-before-40': { text: 'Age at onset under 40 years', when: { below: ['onset-age', 40] } },
  'onset-before-45': { text: 'Age at onset under 45 years', when: { below: ['onset-age', 45] } },
  'insidious-onset': {
    text: 'Insidious onset',
    when: { oneOf: ['onset-speed', ['weeks', 'months'], ['sudden', 'days']] },
  },
  'morning-stiffness': {
    text: 'Morning stiffness of any length',
    when: {
      oneOf: [
        'morning-stiffness',
        ['up-to-30-min', '31-to-60-min', 'over-60-min', 'present-unsure-how-long'],
        ['none-stiff'],
      ],
    },
  },
  'morning-stiffness-over-30-min': {
    text: 'Morning stiffness for more than 30 minutes',
    when: { oneOf: ['morning-stiffness', ['31-to-60-min', 'over-60-min'], ['none-stiff', 'up-to-30-min']] },
  },
  'improves-with-exercise': {
    text: 'Improves with exercise',
    when: { oneOf: ['exercise-effect', ['better'], ['worse', 'same']] },
  },
  'no-improvement-with-rest': {
    text: 'Does not improve with rest',
    when: { oneOf: ['rest-effect', ['worse', 'same'], ['better']] },
  },
  'exercise-not-rest': {
    text: 'Improves with exercise but not with rest',
    when: { all: [{ finding: 'improves-with-exercise' }, { finding: 'no-improvement-with-rest' }] },
  },
  'night-pain': {
    text: 'Pain at night',
    when: {
      oneOf: ['night-waking', ['first-half', 'second-half', 'both-halves', 'pain-no-waking'], ['never']],
    },
  },
  'night-pain-eased-by-rising': {
    text: 'Pain at night that eases on getting up',
    when: { all: [{ finding: 'night-pain' }, { oneOf: ['night-rising-relief', ['yes'], ['no']] }] },
  },
  'wakes-second-half': {
    text: 'Wakes in the second half of the night',
    when: {
      oneOf: ['night-waking', ['second-half', 'both-halves'], ['never', 'first-half', 'pain-no-waking']],
    },
  },
  'wakes-second-half-only': {
    text: 'Wakes in the second half of the night only',
    when: {
      oneOf: ['night-waking', ['second-half'], ['never', 'first-half', 'both-halves', 'pain-no-waking']],
    },
  },
  'alternating-buttock-pain': {
    text: 'Alternating buttock pain',
    when: { oneOf: ['buttock-pain', ['alternating'], ['none', 'one-side', 'both-sides']] },
  },
  'buttock-pain': {
    text: 'Buttock pain',
    when: {
      direct: { oneOf: ['buttock-pain', ['one-side', 'both-sides', 'alternating'], ['none']] },
      orTicked: ['pain-location', 'buttock'],
    },
  },
  'low-back-pain': {
    text: 'Pain in the low back, down to the buttock creases',
    when: { ticked: ['pain-location', ['low-back', 'buttock']] },
  },
  'nsaid-good-response': {
    text: 'Pain gone or much better 24 to 48 hours after a full dose of an NSAID',
    when: { oneOf: ['nsaid-response', ['much-better'], ['a-little-better', 'no-better']] },
  },
  'nsaid-any-improvement': {
    text: 'Improves within 48 hours of an NSAID',
    when: { oneOf: ['nsaid-response', ['much-better', 'a-little-better'], ['no-better']] },
  },
  'peripheral-arthritis': {
    text: 'Current or past peripheral arthritis',
    when: {
      any: [
        { ticked: ['peripheral-features', ['joint-swelling']] },
        { ticked: ['diagnosed-conditions', ['psoriatic-arthritis', 'reactive-arthritis']] },
      ],
    },
  },
  enthesitis: {
    text: 'Current or past enthesitis (heel pain)',
    when: { ticked: ['peripheral-features', ['heel-pain']] },
  },
  dactylitis: {
    text: 'Current or past dactylitis',
    when: { ticked: ['peripheral-features', ['sausage-digit']] },
  },
  uveitis: {
    text: 'Current or past uveitis',
    when: { ticked: ['diagnosed-conditions', ['uveitis']] },
  },
  psoriasis: {
    text: 'Current or past psoriasis',
    when: { ticked: ['diagnosed-conditions', ['psoriasis'], ['psoriatic-arthritis']] },
  },
  'inflammatory-bowel-disease': {
    text: 'Crohn’s disease or ulcerative colitis',
    when: { ticked: ['diagnosed-conditions', ['crohn-disease', 'ulcerative-colitis']] },
  },
  'family-spa-first-degree': {
    text: 'First-degree relative with spondyloarthritis',
    when: { ticked: ['family-first-degree', ['axial-spa', 'psoriatic-arthritis', 'reactive-arthritis']] },
  },
  'family-spa-any-degree': {
    text: 'First- or second-degree relative with SpA, psoriasis, uveitis, reactive arthritis or IBD',
    when: {
      any: [
        { ticked: ['family-first-degree', familyHistory] },
        { ticked: ['family-second-degree', familyHistory] },
      ],
    },
  },
  'family-as': {
    text: 'First- or second-degree relative with ankylosing spondylitis or axial SpA',
    when: {
      any: [
        { ticked: ['family-first-degree', ['axial-spa']] },
        { ticked: ['family-second-degree', ['axial-spa']] },
      ],
    },
  },
  'hla-b27-positive': {
    text: 'HLA-B27 positive',
    when: { oneOf: ['hla-b27', ['positive'], ['negative']] },
  },
  'crp-esr-raised': {
    text: 'CRP or ESR raised',
    when: { oneOf: ['crp-esr-raised', ['crp-raised', 'esr-raised', 'raised'], ['normal']] },
  },
  /** ASAS 2009 counts CRP alone, so a raised ESR leaves it open. */
  'crp-raised': {
    text: 'CRP raised',
    when: { oneOf: ['crp-esr-raised', ['crp-raised'], ['normal']] },
  },
  'sacroiliitis-on-imaging': {
    text: 'Sacroiliitis on imaging',
    when: { oneOf: ['si-imaging', ['sacroiliitis-mri', 'sacroiliitis-xray'], ['normal']] },
  },
  'peripheral-manifestation': {
    text: 'Peripheral arthritis, enthesitis or dactylitis',
    when: {
      any: [{ finding: 'peripheral-arthritis' }, { finding: 'enthesitis' }, { finding: 'dactylitis' }],
    },
  },
  'extra-articular-manifestation': {
    text: 'Uveitis, psoriasis or inflammatory bowel disease',
    when: {
      any: [{ finding: 'uveitis' }, { finding: 'psoriasis' }, { finding: 'inflammatory-bowel-disease' }],
    },
  },
  'inflammatory-back-pain': {
    text: 'Inflammatory back pain (ASAS expert criteria)',
    when: { meets: 'asas-ibp-2009' },
  },
} as const satisfies Record<string, Definition>;

export type FindingCode = keyof typeof findings;

/** The 2009 validation of the Berlin criteria drops the word "only" (clinical.md §0.3). */
export const relaxedNightPain: Condition = {
  oneOf: ['night-waking', ['second-half', 'both-halves'], ['never', 'first-half', 'pain-no-waking']],
};

/**
 * The findings that are written as Observations of their own, in the order of contract.md §4.
 * The rest exist only as components of a criteria set.
 */
export const facts = [
  'chronic-pain',
  'insidious-onset',
  'morning-stiffness',
  'morning-stiffness-over-30-min',
  'improves-with-exercise',
  'no-improvement-with-rest',
  'night-pain',
  'night-pain-eased-by-rising',
  'wakes-second-half',
  'wakes-second-half-only',
  'alternating-buttock-pain',
  'buttock-pain',
  'low-back-pain',
  'nsaid-good-response',
  'nsaid-any-improvement',
  'peripheral-arthritis',
  'enthesitis',
  'dactylitis',
  'uveitis',
  'psoriasis',
  'inflammatory-bowel-disease',
  'family-spa-first-degree',
  'family-spa-any-degree',
  'hla-b27-positive',
  'crp-esr-raised',
  'sacroiliitis-on-imaging',
] as const satisfies readonly FindingCode[];

/** Facts that are numbers: code and linkId are the same. */
export const measures = ['onset-age', 'pain-intensity'] as const;

/** What a laboratory or a scan would have to say; a rule is also reported without them. */
export const tests: readonly string[] = [
  'hla-b27-positive',
  'crp-esr-raised',
  'crp-raised',
  'sacroiliitis-on-imaging',
] satisfies readonly FindingCode[];
