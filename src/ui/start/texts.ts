import type { Language } from '../parts/languages.js';

/** What the start and education pages say of themselves. What is said about illness comes from the service. */
export interface Texts {
  readonly language: string;
  readonly skip: string;
  readonly disclaimer: string;
  readonly title: string;
  readonly aboutFailed: string;
  readonly start: string;
  readonly startFor: string;
  readonly demo: string;
  readonly name: string;
  readonly search: string;
  readonly searching: string;
  readonly searchFirst: string;
  readonly found: (count: number) => string;
  readonly isCut: string;
  readonly failed: string;
  readonly retry: string;
  readonly born: string;
  readonly patientFillsIn: string;
  readonly clinicianFillsIn: string;
  readonly noClinician: string;
  readonly history: string;
  readonly clinicians: string;
  readonly worklist: string;
  readonly worklistText: string;
  readonly learn: string;
  readonly learnText: string;
  readonly back: string;
  readonly print: string;
  readonly emergencyNumber: string;
  readonly loading: string;
  readonly signIn: string;
  readonly signInLead: string;
  readonly signInElsewhere: string;
  readonly signInWith: (name: string) => string;
  readonly signedIn: string;
  readonly signedInAs: (person: string) => string;
  readonly invited: string;
  readonly signOut: string;
  readonly signOutFailed: string;
  readonly own: string;
  readonly ownLead: string;
  readonly noPatient: string;
}

const en: Texts = {
  language: 'Language',
  skip: 'Skip to the content',
  disclaimer: 'Screening aid, not a diagnosis.',
  title: 'Back pain screening',
  aboutFailed: 'What this is about could not be loaded.',
  start: 'Start a screening',
  startFor: 'Choose whom it is about. It takes about 5 minutes.',
  demo: 'This is a demonstration. All people here are invented. Enter nothing about a real person.',
  name: 'Patient’s name',
  search: 'Search',
  searching: 'Searching …',
  searchFirst: 'Search for the patient by name.',
  found: (count) =>
    count === 0 ? 'Nobody found.' : count === 1 ? '1 person found.' : `${count} people found.`,
  isCut: 'There are more. Write more of the name.',
  failed: 'The patients could not be read.',
  retry: 'Try again',
  born: 'born',
  patientFillsIn: 'Patient fills in',
  clinicianFillsIn: 'I fill in for the patient',
  noClinician:
    'A clinician who fills in for a patient opens the questions from the record system: only there it is known who that is.',
  history: 'History',
  clinicians: 'For clinicians',
  worklist: 'Worklist',
  worklistText: 'Who needs action now, and every screening with its result.',
  learn: 'About inflammatory back pain',
  learnText: 'In plain words: what it is, what helps, and when to see someone.',
  back: 'Start page',
  print: 'Print',
  emergencyNumber: 'the emergency number',
  loading: 'Loading …',
  signIn: 'Sign in',
  signInLead: 'For patients and for clinicians: you sign in where your health record is kept.',
  signInElsewhere:
    'Open this service from your health record system or patient portal, or by the link that you were sent.',
  signInWith: (name) => `Sign in with ${name}`,
  signedIn: 'You are signed in.',
  signedInAs: (person) => `You are signed in as ${person}.`,
  invited: 'You came by a link. Once you sign out, it does not open again.',
  signOut: 'Sign out',
  signOutFailed: 'You are still signed in: the service did not answer. Please try again.',
  own: 'My questionnaire',
  ownLead: 'Answer the questions about your back. It takes about 5 minutes.',
  noPatient: 'It is not known whose record this is. Please open the questionnaire from your patient portal.',
};

const es: Texts = {
  language: 'Idioma',
  skip: 'Ir al contenido',
  disclaimer: 'Ayuda para la detección, no es un diagnóstico.',
  title: 'Cuestionario sobre el dolor de espalda',
  aboutFailed: 'No se ha podido cargar de qué se trata.',
  start: 'Empezar un cuestionario',
  startFor: 'Elija de quién se trata. Se tarda unos 5 minutos.',
  demo: 'Esto es una demostración. Todas las personas son inventadas. No escriba nada sobre una persona real.',
  name: 'Nombre del paciente',
  search: 'Buscar',
  searching: 'Buscando …',
  searchFirst: 'Busque al paciente por su nombre.',
  found: (count) =>
    count === 0
      ? 'No se ha encontrado a nadie.'
      : count === 1
        ? '1 persona encontrada.'
        : `${count} personas encontradas.`,
  isCut: 'Hay más. Escriba más letras del nombre.',
  failed: 'No se han podido leer los pacientes.',
  retry: 'Intentar de nuevo',
  born: 'nació el',
  patientFillsIn: 'Responde el paciente',
  clinicianFillsIn: 'Respondo yo por el paciente',
  noClinician:
    'Si un profesional responde por el paciente, abra las preguntas desde la historia clínica electrónica: solo allí se sabe quién es.',
  history: 'Historial',
  clinicians: 'Para profesionales',
  worklist: 'Lista de trabajo',
  worklistText: 'Quién necesita atención ahora, y todos los cuestionarios con su resultado (en inglés).',
  learn: 'Acerca del dolor de espalda inflamatorio',
  learnText: 'En palabras sencillas: qué es, qué ayuda y cuándo consultar.',
  back: 'Página de inicio',
  print: 'Imprimir',
  emergencyNumber: 'el número de emergencias',
  loading: 'Cargando …',
  signIn: 'Iniciar sesión',
  signInLead: 'Para pacientes y profesionales: inicie sesión donde se guarda su historia clínica.',
  signInElsewhere:
    'Abra este servicio desde su historia clínica o su portal de paciente, o con el enlace que recibió.',
  signInWith: (name) => `Iniciar sesión con ${name}`,
  signedIn: 'Ha iniciado sesión.',
  signedInAs: (person) => `Ha iniciado sesión como ${person}.`,
  invited: 'Ha entrado con un enlace. Si cierra la sesión, el enlace no se abrirá otra vez.',
  signOut: 'Cerrar sesión',
  signOutFailed: 'La sesión sigue abierta: el servicio no ha respondido. Inténtelo de nuevo.',
  own: 'Mi cuestionario',
  ownLead: 'Responda a las preguntas sobre su espalda. Se tarda unos 5 minutos.',
  noPatient: 'No se sabe de quién es esta historia. Abra el cuestionario desde su portal de paciente.',
};

const de: Texts = {
  language: 'Sprache',
  skip: 'Zum Inhalt',
  disclaimer: 'Hilfe zur Früherkennung, keine Diagnose.',
  title: 'Fragebogen zu Rückenschmerzen',
  aboutFailed: 'Worum es geht, konnte nicht geladen werden.',
  start: 'Fragebogen beginnen',
  startFor: 'Wählen Sie, um wen es geht. Es dauert etwa 5 Minuten.',
  demo: 'Dies ist eine Vorführung. Alle Personen sind erfunden. Geben Sie nichts über eine wirkliche Person ein.',
  name: 'Name der Patientin oder des Patienten',
  search: 'Suchen',
  searching: 'Suche läuft …',
  searchFirst: 'Suchen Sie die Patientin oder den Patienten nach dem Namen.',
  found: (count) =>
    count === 0 ? 'Niemand gefunden.' : count === 1 ? '1 Person gefunden.' : `${count} Personen gefunden.`,
  isCut: 'Es gibt noch mehr. Schreiben Sie mehr vom Namen.',
  failed: 'Die Patientinnen und Patienten konnten nicht gelesen werden.',
  retry: 'Noch einmal versuchen',
  born: 'geboren am',
  patientFillsIn: 'Patient/in füllt aus',
  clinicianFillsIn: 'Ich fülle für die Person aus',
  noClinician:
    'Füllt medizinisches Personal für jemanden aus, öffnen Sie die Fragen aus der Patientenakte: Nur dort ist bekannt, wer das ist.',
  history: 'Verlauf',
  clinicians: 'Für medizinisches Personal',
  worklist: 'Arbeitsliste',
  worklistText: 'Wer jetzt Hilfe braucht, und alle Fragebögen mit Ergebnis (auf Englisch).',
  learn: 'Über entzündliche Rückenschmerzen',
  learnText: 'In einfachen Worten: was das ist, was hilft und wann Sie zum Arzt gehen sollten.',
  back: 'Startseite',
  print: 'Drucken',
  emergencyNumber: 'die Notrufnummer',
  loading: 'Wird geladen …',
  signIn: 'Anmelden',
  signInLead:
    'Für Patientinnen, Patienten und medizinisches Personal: Sie melden sich dort an, wo Ihre Akte geführt wird.',
  signInElsewhere:
    'Öffnen Sie diesen Dienst aus Ihrer Patientenakte oder Ihrem Portal, oder mit dem Link, den Sie bekommen haben.',
  signInWith: (name) => `Anmelden mit ${name}`,
  signedIn: 'Sie sind angemeldet.',
  signedInAs: (person) => `Sie sind angemeldet als ${person}.`,
  invited: 'Sie sind über einen Link hier. Wenn Sie sich abmelden, öffnet er sich nicht noch einmal.',
  signOut: 'Abmelden',
  signOutFailed:
    'Sie sind noch angemeldet: Der Dienst hat nicht geantwortet. Bitte versuchen Sie es noch einmal.',
  own: 'Mein Fragebogen',
  ownLead: 'Beantworten Sie die Fragen zu Ihrem Rücken. Es dauert etwa 5 Minuten.',
  noPatient:
    'Wessen Akte das ist, ist nicht bekannt. Bitte öffnen Sie den Fragebogen aus Ihrem Patientenportal.',
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en, es, de };
