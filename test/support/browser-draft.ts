/** An intake that is not walked through at one go: half answered, left, opened again, and what the service has of it. */
import { expect } from '@jest/globals';
import type { Bundle, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import type { BrowserContext, Page } from 'playwright-core';
import { answerQuestion, type Place, screenOf } from './browser-intake.js';
import { read, resourcesOf, send } from './contract-http.js';
import { type Answers, toResponse, worked } from './contract-responses.js';

/** Every question that is asked has an answer: opened, it begins at the list of answers. */
export const EVERY: Answers = {
  ...worked('D1'),
  'day-pattern': 'better',
  'pain-intensity': 6,
  'other-symptoms': ['none'],
};

/** Puts a response there as the patient's own, a draft when `more` says nothing else. → its id. */
export async function store(
  fhir: string,
  patient: string,
  answers: Answers = EVERY,
  more: Partial<QuestionnaireResponse> = {},
): Promise<string> {
  stored += 1;
  const whose = { reference: `Patient/${patient}` };
  const body = toResponse(answers, `${patient}-${stored}`, {
    status: 'in-progress',
    subject: whose,
    source: whose,
    author: whose,
    ...more,
  });
  const reply = await send<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse`, { body });
  if (![201, 202].includes(reply.status)) throw new Error(`${reply.status} ${reply.text.slice(0, 500)}`);
  return reply.body.id ?? '';
}
let stored = 0;

const PATIENCE_MS = 10_000;
const MOST_SCREENS = 60;

/** The screen that is there within 10 s; fails with the one that is there instead. */
export async function expectScreen(place: Place, wanted: string): Promise<void> {
  await expect(eventually(() => screenOf(place), wanted)).resolves.toBe(wanted);
}

/** What `ask` gives when it is `wanted`, or else what it gave last. */
export async function eventually<T>(ask: () => Promise<T>, wanted: T, ms = PATIENCE_MS): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const given = await ask();
    if (given === wanted || Date.now() > deadline) return given;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Presses the button that goes on, and waits for another screen. → its name. */
export async function goOn(place: Place, action: 'start' | 'next' | 'continue'): Promise<string> {
  const before = await screenOf(place);
  await place.locator(`[data-action="${action}"]`).click();
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = await screenOf(place);
    if (now !== before) return now;
    if (Date.now() > deadline) throw new Error(`Still at "${before}"`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** From the welcome or a question to the question `linkId`, which is left as it is. */
export async function answerUpTo(place: Place, linkId: string, answers: Answers): Promise<void> {
  let screen = await screenOf(place);
  for (let screens = 0; screens < MOST_SCREENS; screens += 1) {
    if (screen === `question ${linkId}`) return;
    const [kind, asked = ''] = screen.split(' ');
    if (kind === 'check' || kind === 'sent') break;
    if (kind === 'question') await answerQuestion(place, asked, answers[asked]);
    screen = await goOn(place, kind === 'welcome' ? 'start' : kind === 'advice' ? 'continue' : 'next');
  }
  throw new Error(`${linkId} never came: ${screen}`);
}

/** Presses a button of the screen that is there. */
export function press(place: Place, action: string): Promise<void> {
  return place.locator(`[data-action="${action}"]`).click();
}

/** Waits until the page says that all of it is saved. */
export async function expectSaved(place: Place): Promise<void> {
  await place.locator('.saved').waitFor();
}

/** To a question from the list of answers. */
export async function changeFrom(place: Place, linkId: string): Promise<void> {
  await place.locator(`[data-screen="check"] [data-link-id="${linkId}"] button`).click();
  await expectScreen(place, `question ${linkId}`);
}

/** Values of what is chosen in a question on the screen. */
export function chosenIn(place: Place, linkId: string): Promise<string[]> {
  return place
    .locator(`[data-link-id="${linkId}"] input:checked`)
    .evaluateAll((inputs) => inputs.map((input) => input.value));
}

/** The id that the page has put into its address; waits for it. */
export async function idInAddress(page: Page): Promise<string> {
  await page.waitForURL((url) => url.searchParams.has('response'));
  return new URL(page.url()).searchParams.get('response') ?? '';
}

/** Every version that the facade has, oldest first. */
export async function versionsOf(fhir: string, id: string): Promise<QuestionnaireResponse[]> {
  const bundle = await read<Bundle>(`${fhir}/QuestionnaireResponse/${id}/_history?_count=200`);
  return resourcesOf<QuestionnaireResponse>(bundle, 'QuestionnaireResponse').sort(
    (one, other) => Number(one.meta?.versionId) - Number(other.meta?.versionId),
  );
}

/** Every response about a patient. */
export async function responsesOf(fhir: string, patient: string): Promise<QuestionnaireResponse[]> {
  const bundle = await read<Bundle>(`${fhir}/QuestionnaireResponse?subject=Patient/${patient}&_count=200`);
  return resourcesOf<QuestionnaireResponse>(bundle, 'QuestionnaireResponse');
}

/** Answers without their displays: linkId → codes and values. */
export function answersIn({ item = [] }: Pick<QuestionnaireResponse, 'item'>): Record<string, unknown[]> {
  const told = (one: QuestionnaireResponseItem): [string, unknown[]][] => [
    ...(one.answer ? [[one.linkId, one.answer.map(plain)] satisfies [string, unknown[]]] : []),
    ...(one.item ?? []).flatMap(told),
    ...(one.answer ?? []).flatMap(({ item: inside = [] }) => inside.flatMap(told)),
  ];
  return Object.fromEntries(item.flatMap(told));
}

function plain({ item: _, ...answer }: NonNullable<QuestionnaireResponseItem['answer']>[number]): unknown {
  return answer.valueCoding?.code ?? Object.values(answer)[0];
}

/** Answers as answersIn gives them. */
export function told(answers: Answers): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(answers).map(([linkId, value]) => [linkId, [value].flat()]));
}

/** To be called before the first page is opened: notes whatever a page tries to keep in the browser. */
export async function watchStorage(context: BrowserContext): Promise<() => readonly string[]> {
  const kept: string[] = [];
  await context.exposeBinding('__tellKept', (_source, what: unknown) => {
    kept.push(String(what));
  });
  await context.addInitScript({ content: SPIES });
  return () => kept;
}

const SPIES = `(() => {
  const spy = (owner, name) => {
    const own = owner[name];
    owner[name] = function (...given) {
      window.__tellKept(name + ' ' + given.join(' '));
      return own.apply(this, given);
    };
  };
  spy(Storage.prototype, 'setItem');
  spy(IDBFactory.prototype, 'open');
  if (window.CacheStorage) spy(CacheStorage.prototype, 'open');
  if (window.StorageManager) spy(StorageManager.prototype, 'getDirectory');
  if (window.ServiceWorkerContainer) spy(ServiceWorkerContainer.prototype, 'register');
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(Document.prototype, 'cookie', {
    ...cookie,
    set(text) { window.__tellKept('cookie ' + text); cookie.set.call(this, text); },
  });
})()`;

/** What the browser keeps of the page beyond the page itself; its history may name screens, and nothing else. */
export async function checkNothingKept(page: Page): Promise<void> {
  const kept = await page.evaluate<unknown>(`(async () => ({
    local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie, name: window.name,
    databases: await indexedDB.databases(),
    caches: window.caches ? await caches.keys() : [],
    workers: (await navigator.serviceWorker?.getRegistrations() ?? []).length,
  }))()`);
  expect(kept).toEqual({
    local: {},
    session: {},
    cookie: '',
    name: '',
    databases: [],
    caches: [],
    workers: 0,
  });
  expect(await page.context().cookies()).toEqual([]);
  const entry = await page.evaluate<{ intake?: object } | null>('history.state');
  expect(Object.keys(entry ?? {})).toEqual(['intake']);
  const { intake } = entry ?? {};
  const names = Object.entries(intake ?? {}).flatMap(([name, value]) =>
    name === 'screen' ? Object.keys(value) : name,
  );
  expect(names.filter((name) => !['place', 'name', 'linkId', 'isChange'].includes(name))).toEqual([]);
}
