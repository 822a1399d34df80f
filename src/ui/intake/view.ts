import { drawnQuestions } from '../engine/enablement.js';
import type { Form, Question } from '../engine/form.js';
import { textOf } from '../engine/text.js';
import type { Settings } from '../parts/settings.js';
import type { Host } from './host.js';
import type { Information } from './information.js';
import type { Event } from './next.js';
import type { State } from './state.js';
import { LANGUAGES } from './texts.js';
import type { Texts } from './texts-en.js';

/** What every screen is drawn from. */
export interface View {
  readonly state: State;
  readonly texts: Texts;
  readonly language: string;
  readonly information: Information;
  readonly settings: Settings;
  readonly host: Host;
  dispatch(event: Event): void;
}

/** The text of a question in the language drawn. */
export function questionText({ item }: Question, language: string): string {
  return textOf(item, 'text', language);
}

/** What the questions are called, as a whole. */
export function titleOf({ state: { form }, texts, language }: View): string {
  const { title, _title } = form.questionnaire;
  return textOf({ title, _title }, 'title', language) || texts.questionnaire;
}

/** Somebody answers for the patient. */
export function isOnBehalf({ base, author }: State): boolean {
  return author.reference !== base.subject?.reference;
}

/** Languages that both the page and the Questionnaire speak; the page's where there is none. */
export function languagesOf({ languages }: Form): readonly string[] {
  const both = LANGUAGES.filter((one) => languages.some((other) => primary(other) === one));
  return both.length > 0 ? both : LANGUAGES;
}

/** The language of the Questionnaire's texts, where it is not the page's; for `lang`. */
export function foreignLanguage({ languages }: Form, language: string): string | undefined {
  const [own = 'und'] = languages;
  return own === 'und' || languages.some((one) => primary(one) === language) ? undefined : own;
}

/** Minutes that the questions take: five a minute. */
export function minutesFor({ form, answers }: State): number {
  return Math.max(1, Math.ceil(drawnQuestions(form, answers).length / 5));
}

function primary(language: string): string {
  return language.toLowerCase().split('-')[0] ?? '';
}
