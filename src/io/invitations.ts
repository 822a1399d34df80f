import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { toResponseId } from '../fhir/identity.js';
import { INTAKE_IDENTIFIER } from '../fhir/systems.js';
import type { Invitation, Invitations } from '../operations/invitation-port.js';
import type { Database } from './database.js';
import type { InvitationTasks } from './invitation-tasks.js';
import { InvitationTokens, invalid } from './invitation-tokens.js';

/** How long a Task may take to be written before what is left of it is looked for. */
const MAKING_MS = 60_000;

/** How long whoever used a link may ask again with the same secret: an answer may be lost on its way. */
const AGAIN_MS = 600_000;

interface Row {
  readonly id: string;
  readonly token_id: string;
  readonly subject: string;
  readonly questionnaire: string;
  readonly intake: string;
  readonly response_id: string;
  readonly expires_at: number;
  readonly withdrawn_at: number | null;
}

/** Invitations in `outbox.db`: what is known of a response and what its Task was told are one file, and one backup. */
export class DiskInvitations implements Invitations {
  readonly #database: Database;
  readonly #tokens: InvitationTokens;
  readonly #tasks: InvitationTasks;
  readonly #now: () => Date;

  constructor(database: Database, tasks: InvitationTasks, now: () => Date) {
    this.#database = database;
    this.#tokens = new InvitationTokens(database, now);
    this.#tasks = tasks;
    this.#now = now;
  }

  prepare({ patient, questionnaire, expires }: Parameters<Invitations['prepare']>[0]): Invitation {
    const id = `i${randomBytes(16).toString('hex')}`;
    const intake = randomUUID();
    const now = this.#at();
    this.#database.run(
      `INSERT INTO invitation (id, token_id, subject, questionnaire, intake, response_id, expires_at, withdrawn_at, next_attempt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      randomBytes(16).toString('base64url'),
      patient,
      questionnaire,
      intake,
      toResponseId(`${INTAKE_IDENTIFIER}|${intake}`),
      // To the second, as its token says it.
      Math.floor(expires.getTime() / 1000) * 1000,
      now,
      now + MAKING_MS,
    );
    const made = this.find(id);
    if (!made) throw new Error('An invitation that was just written is not there');
    return made;
  }

  release(id: string): void {
    // A server that took its time may have been looked at before: what was found missing is there now.
    const sql = 'UPDATE invitation SET withdrawn_at = NULL, closed_at = NULL, next_attempt = 0 WHERE id = ?';
    this.#database.run(sql, id);
  }

  find(id: string): Invitation | null {
    const row = this.#row(id);
    return row ? toInvitation(row) : null;
  }

  async tokenOf({ id, expires }: Invitation): Promise<string> {
    const tokenId = this.#row(id)?.token_id;
    if (tokenId === undefined) throw invalid();
    return this.#tokens.sign({ id, tokenId }, expires);
  }

  async read(token: string): Promise<Invitation> {
    const { id, tokenId } = await this.#tokens.read(token);
    const row = this.#row(id);
    if (row?.token_id !== tokenId) throw invalid();
    return toInvitation(row);
  }

  use(id: string, claim: string | null): boolean {
    const now = this.#at();
    const hash = claim && createHash('sha256').update(claim).digest('hex');
    const changed = this.#database.run(
      `UPDATE invitation SET used_at = coalesce(used_at, ?1), claim = coalesce(claim, ?2)
       WHERE id = ?3 AND withdrawn_at IS NULL AND expires_at > ?1
         AND (used_at IS NULL OR (claim = ?2 AND used_at > ?4))`,
      now,
      hash,
      id,
      now - AGAIN_MS,
    );
    return changed > 0;
  }

  close(id: string): void {
    const now = this.#at();
    this.#database.run(
      'UPDATE invitation SET withdrawn_at = coalesce(withdrawn_at, ?1), next_attempt = ?1 WHERE id = ?2',
      now,
      id,
    );
  }

  tell(id: string): Promise<boolean> {
    return this.#tasks.tell(id);
  }

  #row(id: string): Row | undefined {
    return this.#database.get<Row>(
      `SELECT id, token_id, subject, questionnaire, intake, response_id, expires_at, withdrawn_at
       FROM invitation WHERE id = ?`,
      id,
    );
  }

  #at(): number {
    return this.#now().getTime();
  }
}

function toInvitation(row: Row): Invitation {
  return {
    id: row.id,
    patient: row.subject,
    questionnaire: row.questionnaire,
    intake: row.intake,
    responseId: row.response_id,
    expires: new Date(row.expires_at),
    isClosed: row.withdrawn_at !== null,
  };
}
