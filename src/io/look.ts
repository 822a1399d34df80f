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
  /** Milliseconds since 1970, by the server's clock; 0 when it does not say. */
  readonly at: number;
}

export interface LookOptions {
  readonly server: FhirServer;
  readonly database: Database;
  /** Canonical URLs, with and without version, of the Questionnaires that rules are about. */
  readonly questionnaires: readonly string[];
  readonly now: () => Date;
}

/** What a look hands on: every response that is not known to be decided. Resolves to whether to go on. */
export type OnFound = (found: Found) => Promise<boolean>;

/**
 * Looks on the FHIR server for what was written since the last look, the newest first: an emergency of today does
 * not wait for the history, and what is written meanwhile moves nothing out of sight.
 */
export class Look {
  readonly #options: LookOptions;
  readonly #settings: Settings;
  #isFiltered = true;

  constructor(options: LookOptions, clear: () => void) {
    this.#options = options;
    this.#settings = new Settings(options.database);
    if (this.#settings.get(SERVER) === options.server.baseUrl) return;
    clear();
    for (const name of [SINCE, SWEPT]) this.#settings.remove(name);
    this.#settings.set(SERVER, options.server.baseUrl);
  }

  /** One look. Rejects when the server cannot be searched to the end; then the next one begins where this one did. */
  async once(onFound: OnFound): Promise<void> {
    const now = this.#options.now().getTime();
    const swept = Number(this.#settings.get(SWEPT) ?? Number.NaN);
    const isSweep = !(now - swept < SWEEP_MS && now >= swept);
    const since = isSweep ? 0 : Number(this.#settings.get(SINCE) ?? 0);
    let newest = since;
    for await (const found of this.#found(since)) {
      if (!(await onFound(found))) return;
      newest = Math.max(newest, found.at);
    }
    // A date in the future would hide everything until then.
    this.#settings.set(SINCE, String(Math.min(newest, now)));
    if (isSweep) this.#settings.set(SWEPT, String(now));
  }

  /** Responses to our Questionnaires that were written since then. */
  async *#found(since: number): AsyncGenerator<Found> {
    const { server, questionnaires } = this.#options;
    const query = new URLSearchParams({
      ...(this.#isFiltered && { questionnaire: questionnaires.join(',') }),
      _lastUpdated: `ge${new Date(Math.max(0, since - OVERLAP_MS)).toISOString()}`,
      _sort: '-_lastUpdated',
      _count: '100',
    });
    try {
      for await (const page of server.pages('QuestionnaireResponse', query.toString())) {
        yield* page.flatMap((one) => toFound(one, questionnaires, server.baseUrl));
      }
    } catch (error) {
      const isUnknown = error instanceof Problem && error.issues[0].code === 'unknown-parameter';
      if (!isUnknown || !this.#isFiltered) throw error;
      // It does not search by Questionnaire: everything that is new is looked at.
      this.#isFiltered = false;
      yield* this.#found(since);
    }
  }
}

/** Whether nothing has to be done about it now: decided in this version, or left for later. */
export function isSettled({ version }: Found, row: FoundRow | undefined): boolean {
  if (!row) return false;
  return row.state === 'erased' || (version !== '' && row.versionId === version);
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
