import { type Screen, sameScreen } from './screen.js';

/** What the browser's history keeps of a screen: never an answer. */
interface Entry {
  readonly place: number;
  readonly screen: Screen;
}

/**
 * The screens in the browser's history, one entry each. A step back in the page is one back in the history too, so
 * that nobody has to go through a screen twice.
 */
export class Trail {
  readonly #screens: Screen[] = [];
  #place = readEntry(history.state)?.place ?? 0;
  #isStepping = false;

  /** `went` is told of the browser's Back and Forward. */
  constructor(went: (screen: Screen) => void) {
    addEventListener('popstate', ({ state }) => {
      const entry = readEntry(state);
      if (!entry) return;
      this.#place = entry.place;
      if (!this.#isStepping) return went(entry.screen);
      this.#isStepping = false;
    });
  }

  show(screen: Screen): void {
    const current = this.#screens[this.#place];
    if (current && sameScreen(current, screen)) return;
    const before = this.#screens[this.#place - 1];
    if (before && sameScreen(before, screen)) {
      this.#isStepping = true;
      history.back();
      return;
    }
    if (current) this.#place += 1;
    this.#screens.length = this.#place;
    this.#screens[this.#place] = screen;
    const entry: Entry = { place: this.#place, screen };
    if (current) history.pushState({ intake: entry }, '');
    else history.replaceState({ intake: entry }, '');
  }
}

/** The page writes nothing else into its history. */
function readEntry(state: { intake?: Entry } | null): Entry | null {
  return state?.intake ?? null;
}
