import { createHmac } from 'node:crypto';
import type { FhirResource, Task } from 'fhir/r4.js';
import { isAcknowledged } from '../fhir/task.js';
import type { FhirServer } from '../operations/ports.js';
import { nextAttempt, REMINDER } from './backoff.js';
import type { Database } from './database.js';
import type { Ledger } from './ledger.js';

const SEND_TIMEOUT_MS = 10_000;

/** At most this many in one round, so that a round ends. */
const AT_ONCE = 20;

interface Row {
  readonly seq: number;
  readonly response_id: string;
  readonly priority: string;
  readonly raised_at: number;
  readonly attempts: number;
}

export interface AlertParts {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly closeAlert: (responseId: string) => void;
  /** Where the Tasks are. */
  readonly records: FhirServer;
  /** Where somebody may complete them as well. */
  readonly server: FhirServer;
  /** null: nobody to tell; the Task alone stands. */
  readonly url: string | null;
  /** null: sent unsigned. */
  readonly secret: string | null;
  readonly now: () => Date;
  readonly random: () => number;
  readonly warn: (message: string, fields: { code: string; state: string }) => void;
}

/**
 * Urgent red flags, told to ALERT_URL again and again until the Task is completed. What is sent are ids and a
 * priority, no patient and no answer, with `X-Signature-256: sha256=<HMAC of the body>`.
 */
export class Alerts {
  readonly #parts: AlertParts;

  constructor(parts: AlertParts) {
    this.#parts = parts;
  }

  async round(isStopping: () => boolean): Promise<void> {
    const now = this.#parts.now().getTime();
    const due = this.#parts.database.all<Row>(
      `SELECT seq, response_id, priority, raised_at, attempts FROM alert
       WHERE closed_at IS NULL AND (next_attempt <= ? OR next_attempt > ?) ORDER BY attempts > 0, next_attempt LIMIT ?`,
      now,
      now + 2 * REMINDER.most,
      AT_ONCE,
    );
    if (!isStopping()) await Promise.all(due.map((row) => this.#remind(row)));
  }

  async #remind(row: Row): Promise<void> {
    // The first is never held up by a server that does not answer.
    if (row.attempts > 0 && (await this.#isAcknowledged(row))) {
      this.#parts.closeAlert(row.response_id);
      return;
    }
    const { database, now, random, warn } = this.#parts;
    const attempts = row.attempts + 1;
    const at = nextAttempt(REMINDER, { attempts, now: now().getTime(), asked: null, random: random() });
    // Before it is sent: two processes never send the same reminder.
    const taken = database.run(
      'UPDATE alert SET attempts = ?, next_attempt = ? WHERE seq = ? AND attempts = ? AND closed_at IS NULL',
      attempts,
      at,
      row.seq,
      row.attempts,
    );
    if (taken > 0 && !(await this.#send(row, attempts))) {
      warn('An alert was not taken', { code: 'fhir-server-unreachable', state: 'alert' });
    }
  }

  /**
   * Whether the Task is completed. One that cannot be read is not: better told twice than not at all. Nor is one
   * that is still on its way: what stands there was completed for an earlier version.
   */
  async #isAcknowledged({ seq, response_id: id }: Row): Promise<boolean> {
    const { database, ledger, records, server } = this.#parts;
    const entry = database.get<{ state: string }>('SELECT state FROM entry WHERE seq = ?', seq);
    if (entry && entry.state !== 'written') return false;
    const theirs = ledger.locations(id).get(`Task/${id}.task`)?.split('/')[1];
    const read = [
      records.read('Task', `${id}.task`),
      ...(server === records ? [] : [server.read('Task', theirs ?? `${id}.task`)]),
    ];
    return (await Promise.allSettled(read)).some(
      ({ status, ...result }) =>
        status === 'fulfilled' && 'value' in result && isTask(result.value) && isAcknowledged(result.value),
    );
  }

  async #send({ response_id: id, priority, raised_at }: Row, attempt: number): Promise<boolean> {
    const { url, secret, now } = this.#parts;
    if (url === null) return true;
    const body = JSON.stringify({
      event: 'red-flag',
      priority,
      task: `Task/${id}.task`,
      focus: `Observation/${id}.red-flag-urgency`,
      response: `QuestionnaireResponse/${id}`,
      raised: new Date(raised_at).toISOString(),
      sent: now().toISOString(),
      attempt,
    });
    const signature = secret && createHmac('sha256', secret).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      ...(signature && { 'x-signature-256': `sha256=${signature}` }),
    };
    try {
      const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
      const reply = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
      await reply.body?.cancel();
      return reply.ok;
    } catch {
      return false;
    }
  }
}

function isTask(resource: FhirResource | null): resource is Task {
  return resource?.resourceType === 'Task';
}
