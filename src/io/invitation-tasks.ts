import type { FhirResource, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { isOver, withdrawn, withResponse } from '../fhir/invitation.js';
import { Problem } from '../fhir/outcome.js';
import type { FhirServer } from '../operations/ports.js';
import { DELIVERY, nextAttempt } from './backoff.js';
import type { Database } from './database.js';

/** At most this many in one round, so that a round ends. */
const AT_ONCE = 20;

/** What is to be told: that it is withdrawn, or that its response was written since. */
const DUE = `SELECT * FROM (
    SELECT id, response_id, withdrawn_at, attempts, told, next_attempt,
      coalesce((SELECT max(seq) FROM entry e
        WHERE e.response_id = i.response_id AND e.kind = 'response' AND e.state = 'written'), 0) AS written
    FROM invitation i WHERE closed_at IS NULL
  ) WHERE (withdrawn_at IS NOT NULL OR written > told)`;

interface Row {
  readonly id: string;
  readonly response_id: string;
  readonly withdrawn_at: number | null;
  readonly attempts: number;
  /** seq of the newest entry of the response that was written; 0 for none. */
  readonly written: number;
}

export interface InvitationTaskParts {
  readonly database: Database;
  /** Where the Tasks and the responses are. */
  readonly records: FhirServer;
  readonly now: () => Date;
  readonly random: () => number;
  readonly warn: (message: string, fields: { code: string; state: string }) => void;
}

/** How telling ended: `stands` as it should, `again` later. */
type Told = 'stands' | 'again';

/**
 * Tasks of invitations, kept to what became of their responses. What is due is read from the outbox itself, so that
 * nothing that was accepted is forgotten by a restart; a Task is tried again until it stands.
 */
export class InvitationTasks {
  readonly #parts: InvitationTaskParts;

  constructor(parts: InvitationTaskParts) {
    this.#parts = parts;
  }

  async round(isStopping: () => boolean): Promise<void> {
    const now = this.#parts.now().getTime();
    const due = this.#parts.database.all<Row>(
      // A clock that was put back must not put it off for ever.
      `${DUE} AND (next_attempt <= ? OR next_attempt > ?) ORDER BY next_attempt LIMIT ?`,
      now,
      now + 120_000,
      AT_ONCE,
    );
    for (const row of due) {
      if (isStopping()) return;
      await this.#attempt(row);
    }
  }

  /** → whether its Task stands as it should, now */
  async tell(id: string): Promise<boolean> {
    const row = this.#parts.database.get<Row>(`${DUE} AND id = ?`, id);
    return row === undefined || (await this.#attempt(row)) === 'stands';
  }

  async #attempt(row: Row): Promise<Told> {
    const told = await this.#write(row).catch((error: unknown): Told => {
      // Away; anything else is a bug, which the round tells: put off, it holds up no other.
      if (error instanceof Problem) return 'again';
      this.#putOff(row);
      throw error;
    });
    if (told === 'again') this.#putOff(row);
    return told;
  }

  async #write(row: Row): Promise<Told> {
    const { records, now } = this.#parts;
    const task = await records.read('Task', row.id);
    if (!isTask(task)) return this.#gone(row);
    const next = await this.#nextOf(row, task, now());
    if (next === null) return this.#done(row, isOver(task));
    const { versionId } = task.meta ?? {};
    const sent = await records.write({
      method: 'PUT',
      url: `Task/${row.id}`,
      resource: next,
      ...(versionId !== undefined && { ifMatch: `W/"${versionId}"` }),
    });
    if (sent.state === 'written') return this.#done(row, isOver(next));
    if (sent.state === 'refused') {
      this.#parts.warn('The Task of an invitation was not taken', {
        code: 'refused-by-server',
        state: 'invitation',
      });
    }
    return 'again';
  }

  async #nextOf(row: Row, task: Task, now: Date): Promise<Task | null> {
    if (row.withdrawn_at !== null) return withdrawn(task, now);
    const response = await this.#parts.records.read('QuestionnaireResponse', row.response_id);
    return isResponse(response) ? withResponse(task, response, now) : null;
  }

  /** Nobody has it any more, or it was never written: there is nothing to tell. */
  #gone({ id }: Row): Told {
    const sql =
      'UPDATE invitation SET closed_at = ?1, withdrawn_at = coalesce(withdrawn_at, ?1) WHERE id = ?2';
    this.#parts.database.run(sql, this.#parts.now().getTime(), id);
    return 'stands';
  }

  #done({ id, written }: Row, isLast: boolean): Told {
    const { database, now } = this.#parts;
    const sql =
      'UPDATE invitation SET told = ?, attempts = 0, closed_at = coalesce(closed_at, ?) WHERE id = ?';
    database.run(sql, written, isLast ? now().getTime() : null, id);
    return 'stands';
  }

  #putOff({ id, attempts }: Row): void {
    const { database, now, random } = this.#parts;
    const waiting = { attempts: attempts + 1, now: now().getTime(), asked: null, random: random() };
    const sql = 'UPDATE invitation SET attempts = ?, next_attempt = ? WHERE id = ?';
    database.run(sql, attempts + 1, nextAttempt(DELIVERY, waiting), id);
  }
}

function isTask(resource: FhirResource | null): resource is Task {
  return resource?.resourceType === 'Task';
}

function isResponse(resource: FhirResource | null): resource is QuestionnaireResponse {
  return resource?.resourceType === 'QuestionnaireResponse';
}
