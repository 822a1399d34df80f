/**
 * Fills in the intake as a person does, in any language: what is on the screen is known by names that are not
 * words. The page promises (src/ui/intake):
 *
 *   [data-screen]   the screen shown: welcome | question | advice | check | sent
 *   [data-link-id]  on a question's fieldset or section, around its controls
 *   value           of a radio button or tick box: the code of its option, or the number that it stands for
 *   name            of an input to type in: the linkId
 *   [data-action]   the button to go on with: start | next | continue | send
 */
import { expect } from '@jest/globals';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { finger, type Hand } from './browser-hands.js';
import type { Answers } from './contract-responses.js';

/** Where the intake is: a page of its own, the element in a portal's page, or a frame. */
export type Place = Page | Locator | FrameLocator;

type Action = 'start' | 'next' | 'continue' | 'send';

export interface Walk {
  readonly hand?: Hand;
  /** Before a screen is left: look at it, check it, leave it. `linkId` of a question, or the name of the screen. */
  readonly onScreen?: (screen: string) => Promise<void>;
}

export interface Walked {
  /** linkIds in the order they were asked. */
  readonly asked: readonly string[];
  /** After which question each interrupt came. */
  readonly interruptedAfter: readonly string[];
  /** Answers whose question was never asked. */
  readonly notAsked: readonly string[];
}

const MOST_SCREENS = 80;

/** From wherever it stands to the check page. What has no answer is left blank. */
export async function answerQuestions(place: Place, answers: Answers, walk: Walk = {}): Promise<Walked> {
  const { hand = finger, onScreen } = walk;
  const asked: string[] = [];
  const interruptedAfter: string[] = [];
  for (let screens = 0; screens < MOST_SCREENS; screens += 1) {
    const screen = await screenOf(place);
    const [kind = '', linkId = kind] = screen.split(' ');
    if (kind === 'question') {
      if (asked.includes(linkId)) throw new Error(`${linkId} was asked twice`);
      asked.push(linkId);
      await answerQuestion(place, linkId, answers[linkId], hand);
    }
    await onScreen?.(linkId);
    if (kind === 'check') {
      const notAsked = Object.keys(answers).filter((one) => !asked.includes(one));
      return { asked, interruptedAfter, notAsked };
    }
    if (kind === 'advice') interruptedAfter.push(asked.at(-1) ?? '');
    await goOn(place, screen, hand);
  }
  throw new Error(`No check page after ${MOST_SCREENS} screens: ${asked.join(', ')}`);
}

/** On the check page: sends, and waits until it says what became of it. */
export async function sendAnswers(place: Place, hand: Hand = finger): Promise<void> {
  await hand.press(button(place, 'send'));
  // The service itself waits up to 10 s for its FHIR server.
  await place.locator('[data-screen="sent"]').waitFor({ timeout: 25_000 });
}

/** Everything of one question that is on the screen; `undefined` leaves it as it is. */
export async function answerQuestion(
  place: Place,
  linkId: string,
  answer: Answers[string] | undefined,
  hand: Hand = finger,
): Promise<void> {
  if (answer === undefined) return;
  const question = place.locator(`[data-link-id="${linkId}"]`);
  const wanted = [answer].flat().map(String);
  const typed = question.locator(`input[name="${linkId}"]:not([type="radio"]):not([type="checkbox"])`);
  if (typeof answer === 'number' && (await typed.count()) > 0) {
    await hand.type(typed, String(answer));
    return;
  }
  const options = question.locator('input[type="radio"], input[type="checkbox"]');
  const given = await checkedIn(options);
  for (const value of wanted.filter((one) => !given.includes(one))) {
    await hand.choose(question.locator(`input[value="${value}"]`));
  }
  // Choosing one may have cleared others: what is still too much is taken away last.
  const boxes = question.locator('input[type="checkbox"]');
  for (const value of (await checkedIn(boxes)).filter((one) => !wanted.includes(one))) {
    await hand.choose(question.locator(`input[value="${value}"]`));
  }
  expect({ linkId, checked: (await checkedIn(options)).sort() }).toEqual({ linkId, checked: wanted.sort() });
}

/** `welcome`, `question pain-location`, `advice`, `check` or `sent`. Waits for one. */
export function screenOf(place: Place): Promise<string> {
  // In one look, as the next screen may come between two.
  return place.locator('[data-screen]').evaluate((screen) => {
    const kind = screen.getAttribute('data-screen');
    const linkId = screen.querySelector('[data-link-id]')?.getAttribute('data-link-id');
    return kind === 'question' ? `question ${linkId}` : kind;
  });
}

/** Presses the one button that goes on, and waits until another screen is there. */
async function goOn(place: Place, screen: string, hand: Hand): Promise<void> {
  const [kind] = screen.split(' ');
  const action = kind === 'welcome' ? 'start' : kind === 'advice' ? 'continue' : 'next';
  await hand.press(button(place, action));
  await expectOther(place, screen);
}

const CHANGE_WITHIN_MS = 10_000;

async function expectOther(place: Place, screen: string): Promise<void> {
  const deadline = Date.now() + CHANGE_WITHIN_MS;
  while ((await screenOf(place)) === screen) {
    if (Date.now() > deadline)
      throw new Error(`Still at "${screen}" ${CHANGE_WITHIN_MS} ms after the button`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function button(place: Place, action: Action): Locator {
  return place.locator(`[data-action="${action}"]`);
}

/** In one look: asking one after the other takes longer than answering. */
function checkedIn(inputs: Locator): Promise<string[]> {
  return inputs.evaluateAll((all) => all.flatMap((one) => (one.checked ? one.value : [])));
}
