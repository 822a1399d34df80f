/** The two ways to use a page: a finger, and the keyboard alone. */
import type { Locator, Page } from 'playwright-core';

export interface Hand {
  /** Ticks or unticks a tick box, or chooses a radio button. */
  choose(input: Locator): Promise<void>;
  /** Puts the text in the place of what stands there. */
  type(input: Locator, text: string): Promise<void>;
  press(button: Locator): Promise<void>;
}

/** As a finger does: on the label where there is one, as the input itself may be drawn by other means. */
export const finger: Hand = {
  choose: async (input) => {
    const label = await input.evaluateHandle((element) => element.labels?.[0] ?? element);
    await label.asElement()?.click();
  },
  type: (input, text) => input.fill(text),
  press: (button) => button.click(),
};

/** Tab, arrows, Space, Enter and letters; the mouse is never there. */
export function keyboard(page: Page): Hand {
  return {
    choose: (input) => chooseByKeys(page, input),
    type: async (input, text) => {
      await tabTo(page, input);
      if ((await input.getAttribute('type')) === 'range') return slide(page, input, text);
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.press('Delete');
      await page.keyboard.type(text);
    },
    press: async (button) => {
      await tabTo(page, button);
      await page.keyboard.press('Enter');
    },
  };
}

const MOST_PRESSES = 120;
/** So many presses are usual; only beyond them it is noted where the focus came to, which takes longer than a press. */
const USUAL_PRESSES = 40;

/**
 * Tab (or Shift+Tab) until the element has the focus: `tabTo(page, page.getByRole('button', { name: 'Next' }))`.
 * Throws after a bounded number of times, with what had the focus meanwhile.
 */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await tabUntil(page, key, async () => (await focusAt(target)) === 'here', String(target));
}

async function tabUntil(page: Page, key: string, isThere: () => Promise<boolean>, what: string) {
  const met: string[] = [];
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    if (await isThere()) return;
    await page.keyboard.press(key);
    if (presses >= USUAL_PRESSES) met.push(await focusedName(page));
  }
  throw new Error(`${key} never came to ${what}; it came to: ${[...new Set(met)].join(' · ')}`);
}

/** One Tab stop is all radio buttons of a question: from there on it is the arrows. */
async function chooseByKeys(page: Page, input: Locator): Promise<void> {
  await tabUntil(page, 'Tab', async () => (await focusAt(input)) !== 'elsewhere', String(input));
  if ((await focusAt(input)) === 'here') {
    const isRadio = (await input.getAttribute('type')) === 'radio';
    if (!(isRadio && (await input.isChecked()))) await page.keyboard.press('Space');
    return;
  }
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    await page.keyboard.press('ArrowDown');
    if ((await focusAt(input)) === 'here') return;
  }
  throw new Error(`The arrows never came to ${input}`);
}

async function slide(page: Page, slider: Locator, to: string): Promise<void> {
  await page.keyboard.press('Home');
  for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
    if ((await slider.inputValue()) === to) return;
    await page.keyboard.press('ArrowRight');
  }
  throw new Error(`The arrows never came to ${to} on ${slider}`);
}

/** `group`: on another radio button of the same name. */
function focusAt(target: Locator): Promise<'here' | 'group' | 'elsewhere'> {
  return target.evaluate((element) => {
    const active = element.getRootNode().activeElement;
    if (active === element) return 'here';
    const isGroup = active?.type === 'radio' && element.type === 'radio' && active.name === element.name;
    return isGroup ? 'group' : 'elsewhere';
  });
}

/** Role and accessible name of what has the focus, such as `button "Next"`; empty for the document itself. */
export async function focusedName(page: Page): Promise<string> {
  const focused = page.locator('*:focus').last();
  if ((await focused.count()) === 0) return '';
  const [line = ''] = (await focused.ariaSnapshot()).split('\n');
  return line.replace(/^- /, '').replace(/ \[active\]|:$/g, '');
}
