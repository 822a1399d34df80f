import type { Parameters, QuestionnaireResponse } from 'fhir/r4.js';
import type { Answers } from '../engine/answers.js';
import { toResponse } from '../engine/response.js';
import { getFhir, postFhir, putFhir } from '../parts/fhir-client.js';
import { readAdvice } from './advising.js';
import { isUnsaved } from './draft.js';
import { localTime } from './local-time.js';
import { type Event, next } from './next.js';
import { nextRequest, type SaveReply, type SaveRequest } from './saving.js';
import type { State } from './state.js';

/** Milliseconds that a step waits for the advice. */
const PATIENCE = 3_000;
/** Milliseconds between attempts while there is no connection. */
const PAUSE = 10_000;
/** Attempts after it was closed: ten minutes. */
const MOST_ATTEMPTS = 60;

/** One intake that runs: what happens goes in, and requests go out as the state asks for them. */
export class Session {
  #state: State;
  /** The answers that the server was asked about last. */
  #asked: Answers | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How often it is tried again; without end until it is closed. */
  #attempts = Number.POSITIVE_INFINITY;
  readonly #listeners = new Set<() => void>();
  readonly #unwatch: () => void;

  /** Starts at once: a response that was opened may need advice. */
  constructor(opened: State) {
    this.#state = opened;
    this.#unwatch = watch(
      (event) => this.dispatch(event),
      () => isUnsaved(this.#state),
    );
    this.#act();
  }

  get state(): State {
    return this.#state;
  }

  dispatch(event: Event): void {
    this.#state = next(this.#state, event, localTime(new Date()));
    if (event.type === 'again' && this.#state.advising.isAway) this.#asked = null;
    this.#act();
    for (const listener of this.#listeners) listener();
  }

  /** Calls after every event; → no longer. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Saves what can be saved, for some time also when there is no connection at first, and stops. */
  close(): void {
    this.#attempts = MOST_ATTEMPTS;
    this.#listeners.clear();
    this.dispatch({ type: 'hidden' });
  }

  /** Does what the state asks for, as far as it is not being done. */
  #act(): void {
    const request = nextRequest(this.#state.saving);
    if (request) {
      this.#state = next(this.#state, { type: 'requested', request }, '');
      perform(request)
        .catch((): SaveReply => ({ state: 'unreachable' }))
        .then((reply) => this.dispatch({ type: 'replied', request, reply }));
    }
    const { advising, saving } = this.#state;
    const isClosed = this.#attempts <= MOST_ATTEMPTS;
    const asked = advising.hasRules && !isClosed ? advising.asked : null;
    if (asked && asked !== this.#asked) this.#ask(asked);
    clearTimeout(this.#timer);
    const { trouble } = saving;
    const isAway = (advising.isAway && !isClosed && trouble !== 'signedOut') || trouble === 'away';
    if (isAway && this.#attempts > 0) this.#timer = setTimeout(() => this.#tryAgain(), PAUSE);
    else if (isClosed && !saving.flight) this.#unwatch();
  }

  #tryAgain(): void {
    this.#attempts -= 1;
    this.dispatch({ type: 'again' });
  }

  #ask(answers: Answers): void {
    this.#asked = answers;
    const { form, base } = this.#state;
    const body = toResponse(form, answers, { ...base, status: 'in-progress' });
    postFhir<Parameters>('QuestionnaireResponse/$advice', body).then((reply) =>
      this.dispatch({ type: 'advised', answers, reply: readAdvice(reply) }),
    );
    setTimeout(() => this.dispatch({ type: 'out-of-patience', answers }), PATIENCE);
  }
}

/** Saves when the page may be gone, tries again when the connection is back, and asks before answers are lost. */
function watch(dispatch: (event: Event) => void, isUnsaved: () => boolean): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  // Who comes back may have signed in in another window.
  const look = () => dispatch({ type: document.visibilityState === 'hidden' ? 'hidden' : 'again' });
  const leave = (event: BeforeUnloadEvent) => {
    if (isUnsaved()) event.preventDefault();
    // While the browser asks: a reload would otherwise read the answers before the last one has arrived.
    dispatch({ type: 'hidden' });
  };
  document.addEventListener('visibilitychange', look, { signal });
  window.addEventListener('pagehide', () => dispatch({ type: 'hidden' }), { signal });
  window.addEventListener('online', () => dispatch({ type: 'again' }), { signal });
  window.addEventListener('beforeunload', leave, { signal });
  return () => stop.abort();
}

function perform(request: SaveRequest): Promise<SaveReply> {
  switch (request.kind) {
    case 'create':
      return postFhir<QuestionnaireResponse>('QuestionnaireResponse', request.body);
    case 'replace':
      return putFhir<QuestionnaireResponse>(
        `QuestionnaireResponse/${request.id}`,
        request.body,
        request.etag,
      );
    case 'find':
      return getFhir(`QuestionnaireResponse?identifier=${encodeURIComponent(request.identifier)}`);
    case 'read':
      return getFhir(`QuestionnaireResponse/${request.id}`);
  }
}
