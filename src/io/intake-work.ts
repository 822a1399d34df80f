import { randomUUID } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';
import { Problem } from '../fhir/outcome.js';
import type { Adopted, Audit, FhirServer } from '../operations/ports.js';
import type { Database } from './database.js';
import type { UnscoredList } from './unscored.js';

/** A server may show a write later than one that it dates after it: the last minutes are looked at again. */
const OVERLAP_MS = 300_000;

/** What could not be taken up may be one day: a patient was added, a Questionnaire is served now. */
const RETRY_MS = 3_600_000;

/** So many that could not be read, and the round is over. */
const MOST_FAILURES = 3;

const SETTING = 'intake-since';

export interface IntakeWorkOptions {
  readonly server: FhirServer;
  readonly database: Database;
  /** Canonical URLs, with and without version, of the Questionnaires that rules are about. */
  readonly questionnaires: readonly string[];
  /** Takes up one response of the FHIR server. Rejects with a Problem when it cannot be decided now. */
  readonly adopt: (id: string) => Promise<Adopted>;
  readonly audit: Audit;
  readonly now: () => Date;
  /** Told of what an operator should see: a details code and a state, no patient data. */
  readonly log: (level: 'info' | 'warn', message: string, fields: { code: string; state: string }) => void;
}

/** A response as a search found it. */
interface Found {
  readonly id: string;
  readonly subject: string | null;
  /** The server's; empty when it does not say. */
  readonly version: string;
  /** Milliseconds since 1970, by the server's clock; 0 when it does not say. */
  readonly at: number;
}

/**
 * One look on the FHIR server after another, each from where the last one left off. What cannot be decided now is
 * found again; what can never be is told once, and tried again every hour.
 */
export class IntakeWork {
  readonly #options: IntakeWorkOptions;
  readonly #unscored: UnscoredList;
  /** `id` → the server's version of what needs no second look while it is found again and again. */
  #seen = new Map<string, string>();
  #retriedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #isFiltered = true;
  #isStopping = false;
  #isAway = false;

  constructor(options: IntakeWorkOptions, unscored: UnscoredList) {
    this.#options = options;
    this.#unscored = unscored;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Never rejects: what fails is tried again in the next round. */
  async round(): Promise<void> {
    try {
      await this.#retry();
      await this.#look();
      this.#isAway = false;
    } catch (error) {
      const code = error instanceof Problem ? error.issues[0].code : 'exception';
      // Once for as long as it lasts: it is asked again every few seconds.
      if (!this.#isAway)
        this.#options.log('warn', 'A look for new responses failed', { code, state: 'intake' });
      this.#isAway = true;
    }
  }

  async #look(): Promise<void> {
    const since = this.#since();
    const seen = new Map<string, string>();
    let newest = since ?? 0;
    let isComplete = true;
    this.#failures = 0;
    for await (const found of this.#found(since ?? 0)) {
      if (this.#isStopping) return;
      const { id, version, at } = found;
      const isSeen = version !== '' && this.#seen.get(id) === version;
      const isDone = isSeen || (await this.#take(found));
      if (isDone) seen.set(id, version);
      isComplete &&= isDone;
      newest = Math.max(newest, at);
    }
    this.#seen = seen;
    // What could not be decided is found again.
    if (isComplete && newest > (since ?? 0)) this.#remember(newest);
  }

  /** Responses to our Questionnaires that were written since then. */
  async *#found(since: number): AsyncGenerator<Found> {
    const { server, questionnaires } = this.#options;
    const query = new URLSearchParams({
      ...(this.#isFiltered && { questionnaire: questionnaires.join(',') }),
      _lastUpdated: `ge${new Date(Math.max(0, since - OVERLAP_MS)).toISOString()}`,
      _sort: '_lastUpdated',
      _count: '100',
    });
    try {
      for await (const page of server.pages('QuestionnaireResponse', query.toString())) {
        yield* page.flatMap((one) => toFound(one, questionnaires));
      }
    } catch (error) {
      const isUnknown = error instanceof Problem && error.issues[0].code === 'unknown-parameter';
      if (!isUnknown || !this.#isFiltered) throw error;
      // It does not search by Questionnaire: everything that is new is looked at.
      this.#isFiltered = false;
      yield* this.#found(since);
    }
  }

  /** → whether it is decided */
  async #take(found: Found): Promise<boolean> {
    const { adopt, log } = this.#options;
    const reference = `QuestionnaireResponse/${found.id}`;
    let adopted: Adopted;
    try {
      adopted = await adopt(found.id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const [{ code }] = error.issues;
      // A change of ours is on its way there: that is decided first, by the server or by an operator.
      if (code === 'version-mismatch') return false;
      // One that always fails must not hold up the others; a server that is away is not asked for each of them.
      this.#failures += 1;
      if (this.#failures >= MOST_FAILURES) throw error;
      return false;
    }
    if (adopted.state === 'unscored') {
      const [first] = adopted.issues;
      if (this.#unscored.add(reference, found.subject, adopted.issues)) {
        const code = first?.code ?? 'exception';
        log('warn', 'A response on the FHIR server could not be scored', { code, state: 'unscored' });
        this.#record(found, code);
      }
      return true;
    }
    this.#unscored.remove(reference);
    if (adopted.state === 'adopted') this.#record(found, null);
    return true;
  }

  /** That it was read and scored, though nobody asked over HTTP. */
  #record({ id, subject }: Found, code: string | null): void {
    const { audit, now } = this.#options;
    audit.record({
      id: randomUUID(),
      at: now(),
      interaction: 'operation',
      operation: 'extract',
      type: 'QuestionnaireResponse',
      reference: `QuestionnaireResponse/${id}`,
      patient: subject,
      status: code === null ? 200 : 422,
      code,
      requestId: '',
      address: null,
      who: null,
    });
  }

  /** Once an hour, and at the start: what could not be taken up. */
  async #retry(): Promise<void> {
    const at = this.#options.now().getTime();
    if (at < this.#retriedAt + RETRY_MS && at > this.#retriedAt - RETRY_MS) return;
    this.#failures = 0;
    for (const { reference } of this.#unscored.list()) {
      if (this.#isStopping) return;
      const id = reference.split('/')[1] ?? '';
      await this.#take({ id, subject: null, version: '', at: 0 });
    }
    this.#retriedAt = at;
  }

  /** Milliseconds since 1970, by the server's clock; null before the first look. */
  #since(): number | null {
    const sql = 'SELECT value FROM setting WHERE name = ?';
    const row = this.#options.database.get<{ value: string }>(sql, SETTING);
    return row ? Number(row.value) : null;
  }

  #remember(since: number): void {
    this.#options.database.run(
      'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      SETTING,
      String(since),
    );
  }
}

/** Nothing for another type, and for a response to another Questionnaire. */
function toFound(resource: FhirResource, questionnaires: readonly string[]): Found[] {
  if (resource.resourceType !== 'QuestionnaireResponse') return [];
  const { id, meta, questionnaire, subject } = resource;
  const [url = ''] = String(questionnaire ?? '').split('|');
  if (!id || !questionnaires.includes(url)) return [];
  const reference: unknown = subject?.reference;
  return [
    {
      id,
      subject: typeof reference === 'string' ? reference : null,
      version: String(meta?.versionId ?? ''),
      at: Date.parse(meta?.lastUpdated ?? '') || 0,
    },
  ];
}
