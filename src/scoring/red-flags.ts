import { type Answers, type Condition, type Decision, decide, type View } from './condition.js';

/**
 * Red flags and their urgency: the last truth table of clinical.md §13, evaluated before any score and shown
 * whatever the scores say. Every level awaits a clinician's sign-off.
 */
export type Urgency = 'emergency' | 'same-day' | 'urgent-days';

/** Most urgent first. */
const LEVELS: readonly Urgency[] = ['emergency', 'same-day', 'urgent-days'];

export interface RedFlag {
  readonly code: string;
  readonly urgency: Urgency;
  readonly when: Condition;
}

const emergency = (code: string): Condition => ({ ticked: ['red-flag-emergency', [code]] });
const urgent = (code: string): Condition => ({ ticked: ['red-flag-urgent', [code]] });
const place = (...codes: string[]): Condition => ({ ticked: ['pain-location', codes] });
const ownAxialSpa: Condition = { ticked: ['diagnosed-conditions', ['axial-spa']] };
const wakesAtNight: Condition = {
  oneOf: ['night-waking', ['first-half', 'second-half', 'both-halves'], ['never', 'pain-no-waking']],
};
const underThreeMonths: Condition = {
  oneOf: ['pain-duration', ['under-3-months'], ['3-months-to-5-years', 'over-5-years']],
};

const emergencyOptions = [
  'saddle-numbness',
  'urine-retention',
  'urine-incontinence',
  'bowel-incontinence',
  'leg-weakness',
  'sexual-change',
  'major-trauma',
  'chest-pain',
  'breathless',
];
const sameDayOptions = ['fever', 'severe-worsening', 'breathing-pain'];
const urgentOptions = [
  'weight-loss',
  'cancer-history',
  'infection-risk',
  'fracture-risk',
  'minor-injury',
  'unremitting-pain',
  'strain-pain',
  'deformity',
];

export const redFlags: readonly RedFlag[] = [
  ...emergencyOptions.map((code): RedFlag => ({ code, urgency: 'emergency', when: emergency(code) })),
  { code: 'axspa-with-injury', urgency: 'emergency', when: { all: [ownAxialSpa, urgent('minor-injury')] } },
  { code: 'eye-symptoms-now', urgency: 'same-day', when: { oneOf: ['eye-symptoms-now', ['yes'], ['no']] } },
  ...sameDayOptions.map((code): RedFlag => ({ code, urgency: 'same-day', when: urgent(code) })),
  {
    code: 'cancer-with-severe-pain',
    urgency: 'same-day',
    // Night waking counts only beside a cancer history: on its own it is a feature of inflammatory back pain.
    when: {
      all: [
        urgent('cancer-history'),
        { any: [urgent('unremitting-pain'), urgent('strain-pain'), wakesAtNight] },
      ],
    },
  },
  {
    code: 'cancer-with-upper-spine-pain',
    urgency: 'same-day',
    when: { all: [urgent('cancer-history'), place('neck', 'upper-back', 'mid-back')] },
  },
  {
    code: 'infection-risk-with-pain',
    urgency: 'same-day',
    when: { all: [urgent('infection-risk'), { any: [urgent('unremitting-pain'), underThreeMonths] }] },
  },
  { code: 'axspa-with-deformity', urgency: 'same-day', when: { all: [ownAxialSpa, urgent('deformity')] } },
  { code: 'emergency-signs-unsure', urgency: 'same-day', when: emergency('unknown') },
  ...urgentOptions.map((code): RedFlag => ({ code, urgency: 'urgent-days', when: urgent(code) })),
  { code: 'urgent-signs-unsure', urgency: 'urgent-days', when: urgent('unknown') },
  {
    code: 'upper-back-pain-alone',
    urgency: 'urgent-days',
    // By what is ticked: "not sure" beside it must not make a flag disappear.
    when: { all: [place('upper-back'), { unticked: ['pain-location', ['low-back', 'buttock']] }] },
  },
];

/** The three safety questions, and the answer that says "none of it" to each. */
export const safetyQuestions = {
  'red-flag-emergency': 'none',
  'red-flag-urgent': 'none',
  'eye-symptoms-now': 'no',
} as const;

export interface PresentFlag {
  readonly code: string;
  readonly urgency: Urgency;
  /** The answers that raised it. */
  readonly linkIds: readonly string[];
}

export interface RedFlagEvaluation {
  /** The highest level present; `none-reported` only when all three safety questions say so; else undecided. */
  readonly urgency: Urgency | 'none-reported' | null;
  readonly flags: readonly PresentFlag[];
  /** Safety questions that are blank or answered "not sure". */
  readonly unanswered: readonly string[];
  /** Safety questions without any answer. */
  readonly blank: readonly string[];
  /** What should be said beside the flags. */
  readonly messages: readonly Message[];
}

/** Said beside the flags: a text for the clinician, a code for what the patient is told (advice.ts). */
export interface Message {
  readonly code: 'cord-compression' | 'spine-injury-with-axspa';
  readonly text: string;
}

export function evaluateRedFlags(flags: readonly RedFlag[], view: View): RedFlagEvaluation {
  const { answers } = view;
  const present = flags
    .map((flag) => ({ flag, decision: decide(flag.when, view) }))
    .filter(({ decision }) => decision.finding === 'met')
    .map(({ flag, decision }) => ({ code: flag.code, urgency: flag.urgency, linkIds: decision.linkIds }));
  const questions = Object.keys(safetyQuestions);
  const noneReported = Object.entries(safetyQuestions).every(([linkId, none]) => says(none, linkId, answers));
  const highest = LEVELS.find((level) => present.some((flag) => flag.urgency === level));
  return {
    urgency: highest ?? (noneReported ? 'none-reported' : null),
    flags: present,
    unanswered: questions.filter((linkId) => !answers.given.has(linkId) || says('unknown', linkId, answers)),
    blank: questions.filter((linkId) => !answers.given.has(linkId)),
    messages: messagesFor(present, view),
  };
}

function says(code: string, linkId: string, { given }: Answers): boolean {
  const answer = given.get(linkId);
  return Array.isArray(answer) ? answer.includes(code) : answer === code;
}

/** clinical.md §13, below the table. */
function messagesFor(present: readonly PresentFlag[], view: View): Message[] {
  const holds = (when: Condition) => isMet(decide(when, view));
  const raised = present.some((flag) => flag.urgency === 'emergency');
  const option = present.some((flag) => emergencyOptions.includes(flag.code));
  const messages: Message[] = [];
  if (option && holds(urgent('cancer-history'))) {
    messages.push({
      code: 'cord-compression',
      text: 'With a history of cancer, consider compression of the spinal cord.',
    });
  }
  if (raised && holds({ all: [ownAxialSpa, { any: [urgent('minor-injury'), emergency('major-trauma')] }] })) {
    messages.push({
      code: 'spine-injury-with-axspa',
      text: 'Known axial spondyloarthritis with an injury: do not bend or straighten the neck, and tell everyone who helps about it.',
    });
  }
  return messages;
}

function isMet(decision: Decision): boolean {
  return decision.finding === 'met';
}
