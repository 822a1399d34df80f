/** What a clinician's pages are shown with: patients and screenings, sent through the API as any caller would. */
import { randomUUID } from 'node:crypto';
import type { Patient, Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import type { Locator, Page } from 'playwright-core';
import type { Pages } from './browser-service.js';
import { putPatient, read, send } from './contract-http.js';
import { CANONICAL, toResponse, worked } from './contract-responses.js';

/** A service, or the facade of one and the server behind it. */
export type Clinic = Pick<Pages, 'fhir' | 'embeddedUrl'>;

/** Another name for each call, so that no two screenings are the same. */
export const fresh = (name: string) => `${name}-${randomUUID()}`;

/** What can be seen there: nothing that is hidden or folded. */
export const seenIn = async (where: Locator): Promise<string> => (await where.allInnerTexts()).join('\n');

/** Born in 1970: older than every onset age in the worked cases. */
export async function addPatient(
  { embeddedUrl }: Pick<Clinic, 'embeddedUrl'>,
  id: string,
  given: string,
  more: Partial<Patient> = {},
): Promise<string> {
  await putPatient(embeddedUrl, id, {
    gender: 'female',
    name: [{ given: [given], family: 'Example' }],
    ...more,
  });
  return `Patient/${id}`;
}

/** Posts it; gives it as it was accepted. `subject`: `Patient/{id}`. Throws when it is not accepted. */
export async function submit(
  { fhir }: Pick<Clinic, 'fhir'>,
  subject: string,
  { answers = 'D1', ...more }: Partial<QuestionnaireResponse> & { answers?: string | null } = {},
): Promise<QuestionnaireResponse & { id: string }> {
  const given = answers === null ? {} : worked(answers);
  const body = toResponse(given, fresh('clinic'), {
    subject: { reference: subject },
    author: { reference: subject },
    ...more,
  });
  const reply = await send<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse`, { body });
  const id = reply.headers.get('location')?.match(/QuestionnaireResponse\/([^/]+)/)?.[1];
  if (reply.status >= 300 || !id)
    throw new Error(`not accepted: ${reply.status} ${reply.text.slice(0, 500)}`);
  return { ...body, id };
}

export const readResponse = ({ fhir }: Pick<Clinic, 'fhir'>, id: string) =>
  read<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse/${id}`);

/** The same as somebody else at another desk: over the version that is there now. */
export async function changeElsewhere(
  clinic: Pick<Clinic, 'fhir'>,
  id: string,
  change: (response: QuestionnaireResponse) => QuestionnaireResponse,
): Promise<void> {
  const url = `${clinic.fhir}/QuestionnaireResponse/${id}`;
  const found = await send<QuestionnaireResponse>(url);
  const reply = await send(url, {
    method: 'PUT',
    body: change(found.body),
    headers: { 'If-Match': found.headers.get('etag') ?? '' },
  });
  if (reply.status >= 300) throw new Error(`not changed: ${reply.status} ${reply.text.slice(0, 500)}`);
}

/** The results of a screening, all of them there: also what is read after the verdicts. */
export async function openResults(page: Page, id: string, base = ''): Promise<void> {
  await page.goto(`${base}/results/${id}`);
  await resultsShown(page);
}

/** Everything beside the verdicts has come. */
export async function resultsShown(page: Page): Promise<void> {
  await page.locator('h1 .kicker').waitFor();
  await page
    .getByText(/^(Looking|Loading)…$/)
    .first()
    .waitFor({ state: 'detached' });
}

/** To be called before it is opened: it looks for nothing new, as a tab that nobody sees. → somebody looks at it */
export async function inBackground(page: Page): Promise<() => Promise<void>> {
  const hidden = `Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true })`;
  await page.addInitScript({ content: hidden });
  return () =>
    page.evaluate(`delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))`);
}

/** As when somebody comes back to the tab: it looks at once for what is new, not within the next five seconds. */
export const lookAgain = (page: Page): Promise<void> =>
  page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);

/** One criteria set as a clinician reads it. */
export interface SetLine {
  readonly title: string;
  readonly word: string;
  readonly bounds: string;
  /** What is said under it; empty for nothing. */
  readonly told: string;
}

export function setLines(page: Page): Promise<SetLine[]> {
  return page.locator('details.set').evaluateAll((sets) =>
    sets.map((set) => {
      const text = (selector: string) => set.querySelector(selector)?.textContent?.trim() ?? '';
      return {
        title: text('.set-title'),
        word: text('summary .mark'),
        bounds: text('.score .numeric'),
        told: text('.set-open'),
      };
    }),
  );
}

/** The served Questionnaire, for its words. */
export async function servedQuestionnaire({ fhir }: Pick<Clinic, 'fhir'>): Promise<Questionnaire> {
  const [url] = CANONICAL.split('|');
  const found = await read<{ entry: { resource: Questionnaire }[] }>(`${fhir}/Questionnaire?url=${url}`);
  const [first] = found.entry;
  if (!first) throw new Error('the Questionnaire is not served');
  return first.resource;
}
