import type { BrokenLimit, FaultCode } from '../engine/checks.js';

/** What the page itself says. Nothing clinical: that comes from the Questionnaire and from patient-information. */
export const en = {
  diagnosis: 'Screening aid, not a diagnosis.',
  skip: 'Skip to the question',
  questionnaire: 'Questionnaire',
  language: 'Language',
  languageAway: 'This language cannot be loaded now. Check your connection, then try again.',

  welcomeLead:
    'Please answer some questions about yourself. Your answers help to decide what to look at next.',
  duration: (minutes: number) => `It takes about ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
  readers: 'The people who care for you will read your answers.',
  notADiagnosis: 'This is not a diagnosis.',
  comeBack: 'You can stop and come back. What you have answered is saved at every step.',
  notSure: 'If you are not sure, say so. You can leave most questions blank.',
  onBehalf: 'You answer for a patient. It is noted that you filled it in.',
  someAnswered: 'Some answers were filled in beforehand. Please check them.',
  start: 'Start',

  progress: (place: number, of: number) => `Question ${place} of ${of}`,
  back: 'Back',
  next: 'Next',
  clear: 'Clear answer',
  or: 'or',
  yes: 'Yes',
  no: 'No',
  choose: 'Choose an answer',
  otherText: 'Something else',
  unit: 'Unit',
  chooseUnit: 'Please choose a unit.',
  optional: 'You can leave this blank.',
  between: (min: string, max: string) => `A number from ${min} to ${max}`,
  dateHint: 'For example 2024-03-15. Year and month (2024-03) or the year alone (2024) will do.',
  prefilled: 'Filled in beforehand: please check',
  oneMoment: 'One moment …',

  saved: 'Saved',
  notSaved: 'Not saved yet: no connection. Your answers are kept on this page.',
  notTaken: 'Not saved: the service does not take this. What you answered is kept on this page.',
  notYetRight: 'One answer is not saved yet. Please correct it.',
  notSentYet: 'You have changed answers that were sent before. Send them again at the end.',
  sendAtEnd: 'What you change is only saved when you send it at the end.',

  check: 'Check your answers',
  checkLead: 'You can still change everything.',
  alreadySent: 'These answers were sent before. If you change some, send them again.',
  notAnswered: 'Not answered',
  change: 'Change',
  send: 'Send my answers',
  sendAgain: 'Send the changed answers',
  sending: 'Sending your answers …',
  sendingLead: 'Please keep this page open.',

  sent: 'Your answers were sent and stored',
  queued: 'Your answers are saved here',
  queuedLead: 'They will be passed on automatically. You have nothing more to do.',
  canClose: 'You can close this page now.',
  notSent: 'Your answers could not be sent',
  notSentLead: 'They are still on this page: do not close it. Check your connection, then try again.',
  tryAgain: 'Try again',
  results: 'Show the results',

  signOut: 'Sign out',
  signOutLast: 'The link that brought you here does not open again once you sign out.',
  signIn: (name: string) => `Sign in with ${name}`,
  signedOut: 'You are not signed in, or your sign-in has run out.',
  runOut:
    'Your sign-in has run out. Your answers are still on this page: keep it open, sign in in another window, then try again.',
  linkOver:
    'Your link does not hold any more. Your answers are still on this page: keep it open, and ask whoever sent you the link.',
  forbidden:
    'Your sign-in does not allow this. Sign in as the person who was asked, or open the link that you were sent.',

  goOn: 'Continue with the questions',
  haveRead: 'I have read this',
  tellPatient: 'Tell the patient now:',
  call: (number: string) => `Call ${number}`,

  errors: 'Please look at this first',
  error: 'Error',
  notSaveable: 'The service did not take this. Please tell whoever gave you the link.',
  reasons: {
    'onset-after-age': 'This age has not been reached yet.',
    'subject-not-found': 'The service does not know the person whom these questions are about.',
    unseen: 'This was filled in beforehand. Please check it.',
  },

  changedElsewhere: 'These answers were changed in another window',
  changedLead: 'Both cannot be kept. Which answers are right?',
  sentElsewhere: 'These answers were sent from another window',
  there: 'There',
  here: 'On this page',
  theirAdvice: 'If the answers there are right, please read this now:',
  useTheirs: 'Use those answers',
  keepMine: 'Keep the answers on this page',

  begunBefore: 'You have begun before',
  begunOn: (date: string) => `Your answers from ${date} are kept.`,
  resume: 'Go on where you stopped',
  beginAnew: 'Begin anew',

  loading: 'Loading the questions …',
  cannotOpen: 'The questions cannot be opened',
  incompleteLink: 'This link is incomplete. Please ask for a new one where you got it.',
  unreachable: 'The service cannot be reached. Check your connection, then try again.',
  noTexts: 'The advice for emergencies could not be loaded. We do not start without it. Please try again.',
  notFound: 'These answers are not there, or no longer there. Please ask for a new link.',
  noQuestionnaire: 'The service does not have these questions. Please ask for a new link.',
  cannotBeDrawn: 'This page cannot show these questions as they should be, so it does not show them at all.',
  withdrawn: 'These answers were withdrawn. Please ask for a new link.',
  wrongPerson: 'These answers belong to somebody else. Please ask for a new link.',
  noPatient: 'The service does not know the person whom this link is for. Please ask for a new link.',

  faults: {
    'answer-required': 'Please answer this question before you go on.',
    'wrong-answer-type': 'Please write a number in digits, for example 7.',
    'out-of-range': 'This number cannot be right.',
    'too-long-answer': 'This is too long.',
    'too-many-answers': 'Please choose one answer.',
    'exclusive-option': 'One of these answers cannot stand beside others.',
    'code-not-in-options': 'Please choose one of the answers.',
    pattern: 'This does not have the form that is asked for.',
    'bad-date': 'Please write a date like 2024-03-15, 2024-03 or 2024.',
  } satisfies Record<FaultCode, string> as Readonly<Record<FaultCode, string>>,
  limits: {
    min: (value) => `It must be ${value} or more.`,
    max: (value) => `It must be ${value} or less.`,
    minLength: (value) => `Please use at least ${value} characters.`,
    maxLength: (value) => `Please use no more than ${value} characters.`,
    maxDecimalPlaces: (value) => `Please use no more than ${value} digits after the point.`,
    minOccurs: (value) => `Please choose at least ${value}.`,
    maxOccurs: (value) => `Please choose no more than ${value}.`,
    digits: (value) => `Please use no more than ${value} digits.`,
  } satisfies LimitTexts as LimitTexts,
};

type LimitTexts = Readonly<Record<BrokenLimit['name'], (value: number | string) => string>>;

/** Everything in one language; one that is left out does not compile. */
export type Texts = typeof en;
