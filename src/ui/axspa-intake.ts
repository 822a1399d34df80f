import { h, render } from 'preact';
import type { Host } from './intake/host.js';
import intakeStyle from './intake/intake.css?url';
import { Intake } from './intake/intake.js';
import { readLink } from './intake/link.js';
import { LANGUAGES, loadFirst, NOTHING_LOADED } from './intake/texts.js';
import baseStyle from './parts/base.css?url';
import { languageWanted } from './parts/language.js';

/**
 * `<axspa-intake subject="Patient/1" author="Practitioner/1" response="r1" lang="de" questionnaire="url|version">` in a
 * page of a portal: the intake, in a shadow root with a style of its own. It leaves the portal's title, history,
 * address and language alone. Events: `axspa-ready`; `axspa-stored`, when a draft is kept, and `axspa-completed`, when
 * the answers were sent and taken, both with `detail.response`, the id of the QuestionnaireResponse. Other attributes
 * begin another intake: what was answered is saved to the one before. Moved in the page, it goes on; taken out and put
 * back, it is opened again where it was left.
 *
 * The portal's origin must be in CORS_ORIGINS, and the portal's own policy must allow scripts, styles and connections
 * of the service.
 */
class AxspaIntake extends HTMLElement {
  static readonly observedAttributes = ['subject', 'author', 'response', 'questionnaire'];

  /** Where it is drawn; null when it is not. */
  #place: HTMLElement | null = null;
  /** What it is opened by again: `intake` from the start, `response` once it is stored. */
  #kept: ReadonlyMap<string, string> = new Map();

  connectedCallback(): void {
    if (!this.#place) this.#begin();
  }

  disconnectedCallback(): void {
    // What is only moved is back by then.
    queueMicrotask(() => this.isConnected || this.#end());
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    const isOwn = name === 'response' && value === this.#kept.get(name);
    if (before === value || isOwn) return;
    this.#kept = new Map();
    if (!this.#place) return;
    this.#end();
    // Several attributes may be set one after another.
    queueMicrotask(() => this.isConnected && this.connectedCallback());
  }

  #begin(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const place = document.createElement('div');
    const styles = [baseStyle, intakeStyle].map(toLink);
    this.#place = place;
    root.replaceChildren(...styles, place);
    // Drawn without its style it would jump.
    const wanted = this.closest('[lang]')?.getAttribute('lang')?.toLowerCase().split('-')[0];
    const language = LANGUAGES.find((one) => one === wanted) ?? languageWanted(LANGUAGES);
    Promise.all([loadFirst([language, ...LANGUAGES]), ...styles.map(loaded)]).then(([found]) =>
      this.#draw(place, found),
    );
  }

  #end(): void {
    if (this.#place) render(null, this.#place);
    this.#place = null;
  }

  #draw(place: HTMLElement, language: string | null): void {
    if (this.#place !== place) return;
    if (language === null) {
      place.textContent = NOTHING_LOADED;
      return;
    }
    const link = readLink((name) => this.getAttribute(name) ?? this.#kept.get(name) ?? null);
    render(h(Intake, { link, language, host: this.#host() }), place);
  }

  #host(): Host {
    const tell = (name: string, detail?: object) =>
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
    return {
      kind: 'element',
      ready: () => tell('axspa-ready'),
      began: (intake) => {
        this.#kept = new Map([['intake', intake]]);
      },
      stored: (response) => {
        this.#kept = new Map([['response', response]]);
        tell('axspa-stored', { response });
      },
      completed: (response) => tell('axspa-completed', { response }),
    };
  }
}

function toLink(url: string): HTMLLinkElement {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(url, import.meta.url).href;
  return link;
}

/** Also when it cannot be loaded: the questions matter more than their looks. */
function loaded(link: HTMLLinkElement): Promise<void> {
  return new Promise((resolve) => {
    link.onload = () => resolve();
    link.onerror = () => resolve();
  });
}

if (!customElements.get('axspa-intake')) customElements.define('axspa-intake', AxspaIntake);
