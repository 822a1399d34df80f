import { h, render } from 'preact';
import intakeStyle from './intake/intake.css?url';
import { Intake } from './intake/intake.js';
import { readLink } from './intake/link.js';
import { LANGUAGES } from './intake/texts.js';
import baseStyle from './parts/base.css?url';
import { languageWanted } from './parts/language.js';

/**
 * `<axspa-intake subject="Patient/1" author="Practitioner/1" response="r1" lang="de" questionnaire="url|version">` in a
 * page of a portal: the intake, in a shadow root with a style of its own. It leaves the portal's title, history,
 * address and language alone. Events: `axspa-ready`, and `axspa-completed` with `detail.response`, the id of the
 * QuestionnaireResponse that was sent and taken. Attributes are read when it is put into the page.
 *
 * The portal's origin must be in CORS_ORIGINS, and the portal's own policy must allow scripts, styles and connections
 * of the service.
 */
class AxspaIntake extends HTMLElement {
  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const place = document.createElement('div');
    const styles = [baseStyle, intakeStyle].map(toLink);
    root.replaceChildren(...styles, place);
    // Drawn without its style it would jump.
    Promise.all(styles.map(loaded)).then(() => this.#draw(place));
  }

  disconnectedCallback(): void {
    const place = this.shadowRoot?.lastElementChild;
    if (place) render(null, place);
  }

  #draw(place: HTMLElement): void {
    if (!place.isConnected) return;
    const tell = (name: string, detail?: object) =>
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
    const host = {
      kind: 'element',
      ready: () => tell('axspa-ready'),
      completed: (response: string) => tell('axspa-completed', { response }),
    } as const;
    const wanted = this.closest('[lang]')?.getAttribute('lang')?.toLowerCase().split('-')[0];
    const language = LANGUAGES.find((one) => one === wanted) ?? languageWanted(LANGUAGES);
    const link = readLink((name) => this.getAttribute(name));
    render(h(Intake, { link, language, host }), place);
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
