import type { DetailsCode, Issue } from '../fhir/outcome.js';

/** What went wrong, and what to do: [what, to do]. */
type Words = Readonly<Record<Kind, readonly [what: string, toDo: string]>>;
type Kind = 'unknown' | 'over' | 'denied' | 'away';

const TITLE: Readonly<Record<string, string>> = {
  en: 'You are not signed in',
  es: 'No ha iniciado sesión',
  de: 'Sie sind nicht angemeldet',
};

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    unknown: [
      'This link does not lead from a health record system that this service knows.',
      'Open the questionnaire from your health record system or patient portal. If you did, tell those who run it.',
    ],
    over: [
      'The sign-in did not come to an end, or took too long.',
      'Close this page and open the questionnaire again from your health record system or patient portal.',
    ],
    denied: [
      'Your health record system did not allow what is needed here.',
      'Open it again and agree to what is asked for. If that does not help, tell those who run the system.',
    ],
    away: [
      'Your health record system does not answer now.',
      'Wait a few minutes, then open the questionnaire again from there.',
    ],
  },
  es: {
    unknown: [
      'Este enlace no viene de un sistema de historia clínica que este servicio conozca.',
      'Abra el cuestionario desde su historia clínica o portal de paciente. Si ya lo hizo así, avise a sus responsables.',
    ],
    over: [
      'El inicio de sesión no terminó o tardó demasiado.',
      'Cierre esta página y vuelva a abrir el cuestionario desde su historia clínica o portal de paciente.',
    ],
    denied: [
      'Su sistema de historia clínica no permitió lo que aquí se necesita.',
      'Vuelva a abrirlo y acepte lo que se le pide. Si no sirve, avise a los responsables del sistema.',
    ],
    away: [
      'Su sistema de historia clínica no responde en este momento.',
      'Espere unos minutos y vuelva a abrir el cuestionario desde allí.',
    ],
  },
  de: {
    unknown: [
      'Dieser Link kommt von keinem Aktensystem, das dieser Dienst kennt.',
      'Öffnen Sie den Fragebogen aus Ihrer Patientenakte oder Ihrem Portal. Wenn Sie das getan haben, sagen Sie es dem Betreiber.',
    ],
    over: [
      'Die Anmeldung wurde nicht zu Ende geführt oder hat zu lange gedauert.',
      'Schließen Sie diese Seite und öffnen Sie den Fragebogen noch einmal aus Ihrer Patientenakte oder Ihrem Portal.',
    ],
    denied: [
      'Ihr Aktensystem hat nicht erlaubt, was hier gebraucht wird.',
      'Öffnen Sie ihn noch einmal und stimmen Sie dem zu, was gefragt wird. Hilft das nicht, sagen Sie es dem Betreiber.',
    ],
    away: [
      'Ihr Aktensystem antwortet gerade nicht.',
      'Warten Sie ein paar Minuten und öffnen Sie den Fragebogen dann noch einmal von dort.',
    ],
  },
};

/**
 * A page for somebody whose sign-in failed, in `en`, `es` or `de`: HTML without scripts or styles, in which nothing
 * stands that came with the request.
 */
export function signInPage({ code, text }: Issue, language: string): string {
  const title = TITLE[language] ?? TITLE.en ?? '';
  const [what = '', toDo = ''] = (WORDS[language] ?? WORDS.en)?.[kindOf(code)] ?? [];
  return [
    '<!doctype html>',
    `<html lang="${language}">`,
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<main data-problem="${code}">`,
    `<h1>${title}</h1>`,
    `<p>${what}</p>`,
    `<p>${toDo}</p>`,
    `<p lang="en"><small>${escaped(text)}</small></p>`,
    '<p><a href="./">axspa-screening</a></p>',
    '</main>',
    '</html>',
    '',
  ].join('\n');
}

function kindOf(code: DetailsCode): Kind {
  if (code === 'scope-missing' || code === 'subject-not-found') return 'denied';
  if (code === 'token-invalid') return 'over';
  return code === 'unknown-parameter' || code === 'refused-by-server' ? 'unknown' : 'away';
}

/** The sentence is ours; a name in it may one day not be. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
