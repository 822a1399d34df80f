import type { Issue } from '../fhir/outcome.js';
import type { Unscored } from '../operations/ports.js';
import type { Database } from './database.js';

/** At most this many are shown at once. */
const MOST = 500;

/** Responses that were found on the FHIR server and could not be taken up as they are. Nothing of them is kept but why. */
export class UnscoredList {
  readonly #database: Database;
  readonly #now: () => Date;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  /** → whether it is told for the first time, or for another reason than before */
  add(reference: string, subject: string | null, issues: readonly Issue[]): boolean {
    const text = JSON.stringify(issues);
    const sql = 'SELECT issues FROM unscored WHERE reference = ?';
    const isTold = this.#database.get<{ issues: string }>(sql, reference)?.issues === text;
    if (isTold) return false;
    this.#database.run(
      `INSERT INTO unscored (reference, subject, issues, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (reference) DO UPDATE SET subject = coalesce(excluded.subject, subject), issues = excluded.issues, at = excluded.at`,
      reference,
      subject,
      text,
      this.#now().getTime(),
    );
    return true;
  }

  remove(reference: string): void {
    this.#database.run('DELETE FROM unscored WHERE reference = ?', reference);
  }

  list(): Unscored[] {
    const sql = 'SELECT reference, issues, at FROM unscored ORDER BY at LIMIT ?';
    return this.#database
      .all<{ reference: string; issues: string; at: number }>(sql, MOST)
      .map(({ reference, issues, at }) => ({
        reference,
        // Written above, from this type.
        issues: JSON.parse(issues) as Issue[],
        at: new Date(at),
      }));
  }
}
