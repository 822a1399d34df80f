import type { FhirResource } from 'fhir/r4.js';
import { relativeReference } from '../fhir/head.js';
import { Problem } from '../fhir/outcome.js';
import type { FhirServer } from '../operations/ports.js';
import type { Database } from './database.js';
import type { FoundRow } from './found.js';
import { Settings } from './settings.js';

/** A server may show a write later than one that it dates after it: the last minutes are looked at again. */
const OVERLAP_MS = 300_000;

/** Whatever no look by date can see (imported with an old date, a clock put back) is found by a look at everything. */
const SWEEP_MS = 86_400_000;

/** So many are taken up in one look at everything … */
const PART = 50;

/** … or so many are passed over, before it is looked for what is new. */
const MOST_SETTLED = 2_000;

const SINCE = 'intake-since';
const SWEPT = 'intake-swept';
const SERVER = 'intake-server';

/** A response as a search found it. */
export interface Found {
  /** `QuestionnaireResponse/id` on the FHIR server. */
  readonly reference: string;
  /** `Patient/id`; null when it does not say. */
  readonly subject: string | null;
  /** The server's; empty when it does not say. */
  readonly version: string;
  /** Milliseconds since 1970, by the server's clock; 0 when it does not say, undefined when no search found it now. */
  readonly at: number | undefined;
}

export interface LookOptions {
  readonly server: FhirServer;
  readonly database: Database;
  /** Canonical URLs, with and without version, of the Questionnaires that rules are about. */
  readonly questionnaires: readonly string[];
  readonly now: () => Date;
}

/** What a look hands on, one after another; resolves to what was done about it. */
export type OnFound = (found: Found) => Promise<'settled' | 'taken' | 'stop'>;

/**
 * Looks on the FHIR server for what was written since the last look, the newest first, and goes through everything
 * that is there a part at a time: an emergency of now does not wait for the history.
 */
export class Look {
  readonly #options: LookOptions;
  readonly #settings: Settings;
  #isFiltered = true;
  #isSorted = true;
  #sweep: AsyncGenerator<Found> | null = null;

  constructor(options: LookOptions, clear: () => void) {
    this.#options = options;
    this.#settings = new Settings(options.database);
    if (this.#settings.get(SERVER) === options.server.baseUrl) return;
    clear();
    for (const name of [SINCE, SWEPT]) this.#settings.remove(name);
    this.#settings.set(SERVER, options.server.baseUrl);
  }

  /**
   * At what is new, then at a part of everything; resolves to whether there is more of that. Rejects when the server
   * cannot be searched to the end; then the next look begins where this one did.
   */
  async once(onFound: OnFound): Promise<boolean> {
    await this.#lookAtNew(onFound);
    await this.#lookAtAll(onFound);
    return this.#sweep !== null;
  }

  async #lookAtNew(onFound: OnFound): Promise<void> {
    const now = this.#options.now().getTime();
    const since = Number(this.#settings.get(SINCE) ?? 0);
    let newest = since;
    let isDated = true;
    let taken = 0;
    for await (const found of this.#found(since)) {
      const done = await onFound(found);
      if (done === 'stop') return;
      isDated &&= found.at !== 0;
      newest = Math.max(newest, found.at ?? 0);
      taken += done === 'taken' ? 1 : 0;
      // So many at once are a history: the look at everything goes through it, from the newest on once more.
      if (taken === PART) {
        this.#settings.remove(SWEPT);
        this.#sweep = null;
        break;
      }
    }
    // A date in the future would hide everything until then; where there are none, our own clock has to do.
    this.#settings.set(SINCE, String(isDated ? Math.min(newest, now) : now));
  }

  /** Once a day, and at first: the next part of everything that is there. */
  async #lookAtAll(onFound: OnFound): Promise<void> {
    const now = this.#options.now().getTime();
    const swept = Number(this.#settings.get(SWEPT) ?? Number.NaN);
    if (now - swept < SWEEP_MS && now >= swept) return;
    this.#sweep ??= this.#found(0);
    let [taken, settled] = [0, 0];
    try {
      while (taken < PART && settled < MOST_SETTLED) {
        const next = await this.#sweep.next();
        if (next.done) {
          this.#settings.set(SWEPT, String(now));
          this.#sweep = null;
          return;
        }
        const done = await onFound(next.value);
        if (done === 'stop') return;
        if (done === 'taken') taken += 1;
        else settled += 1;
      }
    } catch (error) {
      this.#sweep = null;
      throw error;
    }
  }

  /** Responses to our Questionnaires that were written since then. */
  async *#found(since: number): AsyncGenerator<Found> {
    const { server, questionnaires } = this.#options;
    const query = new URLSearchParams({
      ...(this.#isFiltered && { questionnaire: questionnaires.join(',') }),
      _lastUpdated: `ge${new Date(Math.max(0, since - OVERLAP_MS)).toISOString()}`,
      ...(this.#isSorted && { _sort: '-_lastUpdated' }),
      _count: '100',
    });
    try {
      for await (const page of server.pages('QuestionnaireResponse', query.toString())) {
        yield* page.flatMap((one) => toFound(one, questionnaires, server.baseUrl));
      }
    } catch (error) {
      const isUnknown = error instanceof Problem && error.issues[0].code === 'unknown-parameter';
      if (!isUnknown || !this.#isSorted) throw error;
      // It does not search by Questionnaire: everything that is new is looked at. Nor, perhaps, does it sort.
      this.#isSorted = this.#isFiltered;
      this.#isFiltered = false;
      yield* this.#found(since);
    }
  }
}

/** Whether nothing has to be done about it now: decided as it stands there, or left for later. */
export function isSettled({ version, at }: Found, row: FoundRow | undefined): boolean {
  if (!row) return false;
  // A server that was restored gives its version numbers again, but not at the same time.
  const isSame = version !== '' && row.versionId === version && row.updated === at;
  return row.state === 'erased' || isSame;
}

/** Nothing for another type, and for a response to another Questionnaire. */
function toFound(resource: FhirResource, questionnaires: readonly string[], baseUrl: string): Found[] {
  if (resource.resourceType !== 'QuestionnaireResponse') return [];
  const { id, meta, questionnaire, subject } = resource;
  const [url = ''] = String(questionnaire ?? '').split('|');
  if (!id || !questionnaires.includes(url)) return [];
  const reference: unknown = subject?.reference;
  return [
    {
      reference: `QuestionnaireResponse/${id}`,
      subject: typeof reference === 'string' ? relativeReference(reference, baseUrl) : null,
      version: String(meta?.versionId ?? ''),
      at: Date.parse(meta?.lastUpdated ?? '') || 0,
    },
  ];
}
