import type { Texts } from './texts-en.js';

/** German, formal. Awaits review by somebody who speaks it and works with patients. */
export const de: Texts = {
  diagnosis: 'Screening-Hilfe, keine Diagnose.',
  skip: 'Zur Frage springen',
  questionnaire: 'Fragebogen',
  language: 'Sprache',
  languageAway:
    'Diese Sprache kann gerade nicht geladen werden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',

  welcomeLead:
    'Bitte beantworten Sie einige Fragen zu sich. Ihre Antworten helfen zu entscheiden, was als Nächstes angeschaut werden sollte.',
  duration: (minutes) => `Es dauert etwa ${minutes} ${minutes === 1 ? 'Minute' : 'Minuten'}.`,
  readers: 'Ihre Antworten lesen die Menschen, die Sie behandeln.',
  notADiagnosis: 'Dies ist keine Diagnose.',
  comeBack: 'Sie können aufhören und wiederkommen. Ihre Antworten werden bei jedem Schritt gespeichert.',
  notSure: 'Wenn Sie sich nicht sicher sind, sagen Sie es. Die meisten Fragen können Sie auslassen.',
  onBehalf:
    'Sie antworten für eine Patientin oder einen Patienten. Es wird vermerkt, dass Sie es ausgefüllt haben.',
  someAnswered: 'Einige Antworten sind schon eingetragen. Bitte prüfen Sie sie.',
  start: 'Beginnen',

  progress: (place, of) => `Frage ${place} von ${of}`,
  back: 'Zurück',
  next: 'Weiter',
  clear: 'Antwort löschen',
  or: 'oder',
  yes: 'Ja',
  no: 'Nein',
  choose: 'Antwort wählen',
  otherText: 'Etwas anderes',
  unit: 'Einheit',
  chooseUnit: 'Bitte wählen Sie eine Einheit.',
  optional: 'Sie können das leer lassen.',
  between: (min, max) => `Eine Zahl von ${min} bis ${max}`,
  dateHint: 'Zum Beispiel 2024-03-15. Jahr und Monat (2024-03) oder nur das Jahr (2024) genügen.',
  prefilled: 'Schon vorher eingetragen: bitte prüfen',
  oneMoment: 'Einen Moment …',

  saved: 'Gespeichert',
  notSaved: 'Noch nicht gespeichert: keine Verbindung. Ihre Antworten bleiben auf dieser Seite.',
  notTaken: 'Nicht gespeichert: Der Dienst nimmt das nicht an. Ihre Antworten bleiben auf dieser Seite.',
  notYetRight: 'Eine Antwort ist noch nicht gespeichert. Bitte berichtigen Sie sie.',
  notSentYet: 'Sie haben Antworten geändert, die schon gesendet waren. Senden Sie sie am Ende noch einmal.',
  sendAtEnd: 'Was Sie ändern, ist erst gespeichert, wenn Sie es am Ende senden.',

  check: 'Prüfen Sie Ihre Antworten',
  checkLead: 'Sie können noch alles ändern.',
  alreadySent: 'Diese Antworten wurden schon gesendet. Wenn Sie etwas ändern, senden Sie sie noch einmal.',
  notAnswered: 'Nicht beantwortet',
  change: 'Ändern',
  send: 'Meine Antworten senden',
  sendAgain: 'Geänderte Antworten senden',
  sending: 'Ihre Antworten werden gesendet …',
  sendingLead: 'Bitte lassen Sie diese Seite offen.',

  sent: 'Ihre Antworten wurden gesendet und gespeichert',
  queued: 'Ihre Antworten sind hier gespeichert',
  queuedLead: 'Sie werden von selbst weitergegeben. Sie müssen nichts mehr tun.',
  canClose: 'Sie können diese Seite jetzt schließen.',
  notSent: 'Ihre Antworten konnten nicht gesendet werden',
  notSentLead:
    'Sie sind noch auf dieser Seite: Bitte schließen Sie sie nicht. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
  tryAgain: 'Noch einmal versuchen',
  signOut: 'Abmelden',
  signOutLast: 'Wenn Sie sich abmelden, öffnet sich der Link, über den Sie hier sind, nicht noch einmal.',
  signIn: (name) => `Anmelden mit ${name}`,
  signedOut: 'Sie sind nicht angemeldet, oder Ihre Anmeldung ist abgelaufen.',
  runOut:
    'Ihre Anmeldung ist abgelaufen. Ihre Antworten sind noch auf dieser Seite: Lassen Sie sie offen, melden Sie sich in einem anderen Fenster an und versuchen Sie es noch einmal.',
  linkOver:
    'Ihr Link gilt nicht mehr. Ihre Antworten sind noch auf dieser Seite: Lassen Sie sie offen, und fragen Sie dort nach, von wo Sie den Link haben.',
  forbidden:
    'Ihre Anmeldung erlaubt das nicht. Melden Sie sich als die Person an, die gefragt wird, oder öffnen Sie den Link, den Sie bekommen haben.',

  results: 'Ergebnisse anzeigen',

  goOn: 'Weiter mit den Fragen',
  haveRead: 'Ich habe das gelesen',
  tellPatient: 'Sagen Sie der Patientin oder dem Patienten jetzt:',
  call: (number) => `${number} anrufen`,

  errors: 'Bitte sehen Sie sich das zuerst an',
  error: 'Fehler',
  notSaveable:
    'Der Dienst hat das nicht angenommen. Bitte sagen Sie es der Stelle, von der Sie den Link haben.',
  reasons: {
    'onset-after-age': 'Dieses Alter ist noch nicht erreicht.',
    'subject-not-found': 'Der Dienst kennt die Person nicht, um die es in diesen Fragen geht.',
    unseen: 'Das wurde schon vorher eingetragen. Bitte prüfen Sie es.',
  },

  changedElsewhere: 'Diese Antworten wurden in einem anderen Fenster geändert',
  changedLead: 'Beide können nicht bleiben. Welche Antworten stimmen?',
  sentElsewhere: 'Diese Antworten wurden aus einem anderen Fenster gesendet',
  there: 'Dort',
  here: 'Auf dieser Seite',
  theirAdvice: 'Wenn die Antworten dort stimmen, lesen Sie jetzt bitte das:',
  useTheirs: 'Die anderen Antworten nehmen',
  keepMine: 'Die Antworten auf dieser Seite behalten',

  begunBefore: 'Sie haben schon einmal begonnen',
  begunOn: (date) => `Ihre Antworten vom ${date} sind noch da.`,
  resume: 'Dort weitermachen',
  beginAnew: 'Neu beginnen',

  loading: 'Die Fragen werden geladen …',
  cannotOpen: 'Die Fragen können nicht geöffnet werden',
  incompleteLink: 'Dieser Link ist unvollständig. Bitte lassen Sie sich einen neuen geben.',
  unreachable: 'Der Dienst ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.',
  noTexts:
    'Die Hinweise für Notfälle konnten nicht geladen werden. Ohne sie fangen wir nicht an. Bitte versuchen Sie es noch einmal.',
  notFound: 'Diese Antworten sind nicht oder nicht mehr da. Bitte lassen Sie sich einen neuen Link geben.',
  noQuestionnaire: 'Der Dienst hat diese Fragen nicht. Bitte lassen Sie sich einen neuen Link geben.',
  cannotBeDrawn:
    'Diese Seite kann diese Fragen nicht so zeigen, wie es sein muss. Deshalb zeigt sie sie gar nicht.',
  withdrawn: 'Diese Antworten wurden zurückgezogen. Bitte lassen Sie sich einen neuen Link geben.',
  wrongPerson: 'Diese Antworten gehören zu jemand anderem. Bitte lassen Sie sich einen neuen Link geben.',
  noPatient:
    'Der Dienst kennt die Person nicht, für die dieser Link ist. Bitte lassen Sie sich einen neuen Link geben.',

  faults: {
    'answer-required': 'Bitte beantworten Sie diese Frage, bevor Sie weitergehen.',
    'wrong-answer-type': 'Bitte schreiben Sie eine Zahl in Ziffern, zum Beispiel 7.',
    'out-of-range': 'Diese Zahl kann nicht stimmen.',
    'too-long-answer': 'Das ist zu lang.',
    'too-many-answers': 'Bitte wählen Sie eine Antwort.',
    'exclusive-option': 'Eine dieser Antworten kann nicht neben anderen stehen.',
    'code-not-in-options': 'Bitte wählen Sie eine der Antworten.',
    pattern: 'Das hat nicht die Form, nach der gefragt wird.',
    'bad-date': 'Bitte schreiben Sie ein Datum wie 2024-03-15, 2024-03 oder 2024.',
  },
  limits: {
    min: (value) => `Es muss mindestens ${value} sein.`,
    max: (value) => `Es darf höchstens ${value} sein.`,
    minLength: (value) => `Bitte mindestens ${value} Zeichen.`,
    maxLength: (value) => `Bitte höchstens ${value} Zeichen.`,
    maxDecimalPlaces: (value) => `Bitte höchstens ${value} Stellen nach dem Komma.`,
    minOccurs: (value) => `Bitte wählen Sie mindestens ${value}.`,
    maxOccurs: (value) => `Bitte wählen Sie höchstens ${value}.`,
    digits: (value) => `Bitte höchstens ${value} Ziffern.`,
  },
};
