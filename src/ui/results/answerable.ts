import type { Answers } from '../engine/answers.js';
import type { Form } from '../engine/form.js';
import { loadQuestionnaire } from '../engine/load.js';
import { readResponse } from '../engine/response.js';
import type { Result } from './load-result.js';

/** What it takes to answer on the page. */
export interface Answerable {
  readonly form: Form;
  /** As they are in the response. */
  readonly stored: Answers;
}

/** null where the page could not write the answers back as they are: then they are not touched here. */
export function readAnswerable({
  questionnaire,
  response,
}: Pick<Result, 'questionnaire' | 'response'>): Answerable | null {
  // What was withdrawn stays as it is.
  if (!questionnaire || response.status === 'entered-in-error') return null;
  const loaded = loadQuestionnaire(questionnaire);
  if (!('form' in loaded)) return null;
  const read = readResponse(loaded.form, response);
  return 'answers' in read ? { form: loaded.form, stored: read.answers } : null;
}
