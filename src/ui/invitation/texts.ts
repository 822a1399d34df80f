import type { Language } from '../parts/languages.js';
import type { Refusal } from './open-link.js';

/** What the page of an invitation says. It knows nothing about the person, and names nobody. */
export interface Texts extends Readonly<Record<Refusal | 'away', string>> {
  readonly language: string;
  readonly skip: string;
  readonly disclaimer: string;
  readonly title: string;
  readonly points: readonly string[];
  readonly begin: string;
  readonly opening: string;
  readonly retry: string;
}

const en: Texts = {
  language: 'Language',
  skip: 'Skip to the content',
  disclaimer: 'Screening aid, not a diagnosis.',
  title: 'You are invited to answer some questions',
  points: [
    'Your care team has sent you this link. You need no account.',
    'It takes about 5 minutes. What you have answered is kept: you can stop and go on later.',
    'The link opens once. After that, go on with the same link in this browser, on this device.',
    'The link is meant for one person. Please do not pass it on.',
  ],
  begin: 'Begin',
  opening: 'Opening …',
  retry: 'Try again',
  away: 'The service does not answer just now. Your link is not lost: please try again.',
  'invitation-invalid':
    'This link is not complete. Open it again from the message that you received, or ask for a new link.',
  'invitation-used':
    'This link was used already: in another browser, on another device, or here before another link was opened or somebody signed in or out. Go on there, or ask for a new link.',
  'invitation-expired': 'This link has expired. Please ask for a new link.',
  'invitation-withdrawn': 'This invitation was taken back. Please ask whoever sent it to you.',
};

const es: Texts = {
  language: 'Idioma',
  skip: 'Ir al contenido',
  disclaimer: 'Ayuda para la detección, no es un diagnóstico.',
  title: 'Le invitamos a responder unas preguntas',
  points: [
    'Su equipo médico le ha enviado este enlace. No necesita ninguna cuenta.',
    'Se tarda unos 5 minutos. Lo que responda se guarda: puede parar y seguir más tarde.',
    'El enlace se abre una sola vez. Después, siga con el mismo enlace en este navegador y en este dispositivo.',
    'El enlace es para una sola persona. No lo reenvíe, por favor.',
  ],
  begin: 'Empezar',
  opening: 'Abriendo …',
  retry: 'Intentar de nuevo',
  away: 'El servicio no responde en este momento. Su enlace no se ha perdido: inténtelo de nuevo.',
  'invitation-invalid':
    'Este enlace no está completo. Ábralo de nuevo desde el mensaje que recibió o pida un enlace nuevo.',
  'invitation-used':
    'Este enlace ya se ha usado: en otro navegador, en otro dispositivo, o aquí antes de abrir otro enlace o de iniciar o cerrar una sesión. Siga allí o pida un enlace nuevo.',
  'invitation-expired': 'Este enlace ha caducado. Pida un enlace nuevo.',
  'invitation-withdrawn': 'Esta invitación se ha retirado. Pregunte a quien se la envió.',
};

const de: Texts = {
  language: 'Sprache',
  skip: 'Zum Inhalt',
  disclaimer: 'Hilfe zur Früherkennung, keine Diagnose.',
  title: 'Sie sind eingeladen, einige Fragen zu beantworten',
  points: [
    'Ihr Behandlungsteam hat Ihnen diesen Link geschickt. Sie brauchen kein Konto.',
    'Es dauert etwa 5 Minuten. Was Sie beantwortet haben, bleibt gespeichert: Sie können aufhören und später weitermachen.',
    'Der Link öffnet sich einmal. Danach geht es mit demselben Link in diesem Browser auf diesem Gerät weiter.',
    'Der Link ist für eine einzige Person. Bitte geben Sie ihn nicht weiter.',
  ],
  begin: 'Beginnen',
  opening: 'Wird geöffnet …',
  retry: 'Noch einmal versuchen',
  away: 'Der Dienst antwortet gerade nicht. Ihr Link ist nicht verloren: Versuchen Sie es bitte noch einmal.',
  'invitation-invalid':
    'Dieser Link ist nicht vollständig. Öffnen Sie ihn noch einmal aus der Nachricht, die Sie bekommen haben, oder bitten Sie um einen neuen Link.',
  'invitation-used':
    'Dieser Link wurde schon verwendet: in einem anderen Browser, auf einem anderen Gerät, oder hier, bevor ein anderer Link geöffnet wurde oder sich jemand an- oder abgemeldet hat. Machen Sie dort weiter, oder bitten Sie um einen neuen Link.',
  'invitation-expired': 'Dieser Link ist abgelaufen. Bitten Sie um einen neuen Link.',
  'invitation-withdrawn':
    'Diese Einladung wurde zurückgenommen. Fragen Sie bitte dort nach, von wo Sie sie bekommen haben.',
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en, es, de };
