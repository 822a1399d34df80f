import type { Patient, Practitioner, QuestionnaireResponse } from 'fhir/r4.js';

/** By linkId: a code, several for a question that takes several, or a number. What is not there is not answered. */
export type DemoAnswers = Readonly<Record<string, string | number | readonly string[]>>;

/** What one version of a response says, and who said it when. */
export interface DemoVersion {
  readonly status: QuestionnaireResponse['status'];
  /** A clinician enters the answers on behalf of the patient. */
  readonly author: 'patient' | 'clinician';
  /** Before the first start. */
  readonly minutesAgo: number;
  readonly answers: DemoAnswers;
}

/** One response, by the value of its identifier, and its versions in order. */
export interface DemoCase {
  readonly name: string;
  readonly patient: string;
  readonly versions: readonly [DemoVersion, ...DemoVersion[]];
}

const person = (id: string, given: string, gender: 'female' | 'male', birthDate: string): Patient => ({
  resourceType: 'Patient',
  id,
  gender,
  birthDate,
  name: [{ family: 'Example', given: [given] }],
});

export const demoClinician: Practitioner & { id: string } = {
  resourceType: 'Practitioner',
  id: 'demo-clinician',
  name: [{ family: 'Example', given: ['Robin'], prefix: ['Dr'] }],
};

/** People who do not exist. The first one has no response: hers is the one that README.md sends. */
export const demoPatients: readonly Patient[] = [
  person('demo-1', 'Ana', 'female', '1994-03-12'),
  person('demo-2', 'Ben', 'male', '1988-11-02'),
  person('demo-3', 'Cora', 'female', '1991-07-25'),
  person('demo-4', 'Dario', 'male', '1998-01-19'),
  person('demo-5', 'Edith', 'female', '1982-09-30'),
  person('demo-6', 'Farid', 'male', '1991-12-05'),
  person('demo-7', 'Greta', 'female', '1986-04-17'),
  person('demo-8', 'Hugo', 'male', '2002-02-08'),
  person('demo-9', 'Ines', 'female', '1994-06-21'),
];

const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const safe: DemoAnswers = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};
const noFeatures: DemoAnswers = {
  'diagnosed-conditions': ['none'],
  'peripheral-features': ['none'],
  'family-first-degree': ['none'],
  'family-second-degree': ['none'],
};
const untested: DemoAnswers = {
  'hla-b27': 'not-tested',
  'crp-esr-raised': 'not-tested',
  'si-imaging': 'not-done',
};
const forMonths: DemoAnswers = { 'pain-location': ['low-back'], 'pain-duration': '3-months-to-5-years' };

/** Stiff in the morning, better with movement. */
const inflammatoryByDay: DemoAnswers = {
  ...{ ...safe, ...forMonths, ...noFeatures, ...untested },
  'onset-speed': 'months',
  'morning-stiffness': 'over-60-min',
  'exercise-effect': 'better',
  'rest-effect': 'worse',
  'buttock-pain': 'alternating',
  'nsaid-response': 'much-better',
  'day-pattern': 'better',
};
/** Every feature of inflammatory back pain. */
const inflammatory: DemoAnswers = {
  ...inflammatoryByDay,
  'night-waking': 'second-half',
  'night-rising-relief': 'yes',
};

/** Worse with movement, better with rest. */
const mechanical: DemoAnswers = {
  ...{ ...safe, ...forMonths, ...noFeatures, ...untested },
  'onset-speed': 'sudden',
  'morning-stiffness': 'up-to-30-min',
  'exercise-effect': 'worse',
  'rest-effect': 'better',
  'night-waking': 'never',
  'buttock-pain': 'none',
  'nsaid-response': 'no-better',
  'day-pattern': 'worse',
};

/** Late onset, no nights: three of NICE's features, so that a blood test decides. */
const threeFeatures: DemoAnswers = {
  ...inflammatoryByDay,
  'onset-age': 40,
  'night-waking': 'never',
  'pain-intensity': 6,
};

/** Three of NICE's features again, and nobody knew what the blood test had shown. */
const resultPending: DemoAnswers = {
  ...inflammatory,
  'onset-age': 38,
  'onset-speed': 'weeks',
  'morning-stiffness': '31-to-60-min',
  'rest-effect': 'same',
  'night-waking': 'both-halves',
  'night-rising-relief': 'no',
  'buttock-pain': 'one-side',
  'nsaid-response': 'no-better',
  'pain-intensity': 5,
  'hla-b27': 'unknown',
};

const manyUnknown: DemoAnswers = {
  ...{ ...safe, ...forMonths, ...untested },
  'onset-age': 30,
  'onset-speed': 'months',
  'morning-stiffness': 'unknown',
  'exercise-effect': 'no-exercise',
  'rest-effect': 'worse',
  'night-waking': 'unknown',
  'nsaid-response': 'not-taken',
  'diagnosed-conditions': ['none'],
  'peripheral-features': ['none'],
  'family-first-degree': ['unknown'],
  'family-second-degree': ['unknown'],
};

/** Pain that got less over half a year, while more became known. */
const firstVisit: DemoAnswers = {
  ...{ ...manyUnknown, 'pain-intensity': 8 },
  'other-symptoms': ['fatigue'],
};
const secondVisit: DemoAnswers = { ...inflammatory, 'onset-age': 30, 'pain-intensity': 6 };
const thirdVisit: DemoAnswers = {
  ...{ ...inflammatoryByDay, 'onset-age': 30, 'pain-intensity': 3 },
  'morning-stiffness': '31-to-60-min',
  'night-waking': 'unknown',
  'buttock-pain': 'both-sides',
  'hla-b27': 'positive',
  'si-imaging': 'normal',
};

const emergency: DemoAnswers = {
  ...{ ...mechanical, 'onset-age': 33, 'pain-intensity': 9 },
  'red-flag-emergency': ['saddle-numbness', 'urine-retention'],
  'red-flag-urgent': ['severe-worsening'],
  'night-waking': 'first-half',
  'night-rising-relief': 'no',
};

const halfDone: DemoAnswers = { ...safe, ...forMonths, 'onset-age': 23, 'onset-speed': 'weeks' };

const completed = (author: DemoVersion['author'], minutesAgo: number, answers: DemoAnswers): DemoVersion => ({
  status: 'completed',
  author,
  minutesAgo,
  answers,
});

/** Oldest first. */
export const demoCases: readonly DemoCase[] = [
  { name: 'improving-1', patient: 'demo-9', versions: [completed('patient', 26 * WEEK, firstVisit)] },
  { name: 'improving-2', patient: 'demo-9', versions: [completed('patient', 13 * WEEK, secondVisit)] },
  {
    name: 'amended',
    patient: 'demo-7',
    versions: [
      completed('patient', 3 * WEEK, resultPending),
      {
        status: 'amended',
        author: 'clinician',
        minutesAgo: WEEK,
        answers: { ...resultPending, 'hla-b27': 'positive' },
      },
    ],
  },
  {
    name: 'mechanical',
    patient: 'demo-2',
    versions: [completed('clinician', 6 * DAY, { ...mechanical, 'onset-age': 34, 'pain-intensity': 4 })],
  },
  { name: 'improving-3', patient: 'demo-9', versions: [completed('clinician', 4 * DAY, thirdVisit)] },
  { name: 'three-features', patient: 'demo-5', versions: [completed('patient', 2 * DAY, threeFeatures)] },
  {
    name: 'classic',
    patient: 'demo-4',
    versions: [completed('patient', 26 * HOUR, { ...inflammatory, 'onset-age': 26, 'pain-intensity': 7 })],
  },
  { name: 'many-unknown', patient: 'demo-3', versions: [completed('patient', 5 * HOUR, manyUnknown)] },
  {
    name: 'draft',
    patient: 'demo-8',
    versions: [{ status: 'in-progress', author: 'patient', minutesAgo: 40, answers: halfDone }],
  },
  { name: 'emergency', patient: 'demo-6', versions: [completed('patient', 12, emergency)] },
];
