import { type Answer, type Answers, answerKey } from '../engine/answers.js';
import { givenText, type Wording } from './wording.js';

/** An answer on the page that is not saved yet. */
export interface Edit {
  /** What was stored when it was made: where something else is stored now, somebody else has answered meanwhile. */
  readonly over: readonly Answer[];
  /** null: what is typed is no answer. */
  readonly given: readonly Answer[] | null;
}

/** linkId → edit, in the order in which they were made. */
export type Edits = ReadonlyMap<string, Edit>;

export const NO_EDITS: Edits = new Map();

export interface SortedEdits {
  /** Made over what is stored now: these can be saved. */
  readonly kept: Edits;
  /** Something else is stored meanwhile: saving these would undo it unseen. */
  readonly overtaken: Edits;
}

/** What becomes of edits over the answers that are stored now; what is stored just so is an edit no more. */
export function sortEdits(edits: Edits, stored: Answers): SortedEdits {
  const left = [...edits].filter(([linkId, { given }]) => !given || !isSame(given, stored.get(linkId)));
  const stands = ([linkId, { over }]: [string, Edit]) => isSame(over, stored.get(linkId));
  return {
    kept: new Map(left.filter(stands)),
    overtaken: new Map(left.filter((edit) => !stands(edit))),
  };
}

/** With another answer to one question, made over what is stored now. */
export function withEdit(
  edits: Edits,
  stored: Answers,
  [linkId, given]: readonly [linkId: string, given: Edit['given']],
): Edits {
  const over = stored.get(linkId) ?? [];
  const changed = new Map(edits);
  if (given && isSame(given, over)) changed.delete(linkId);
  else changed.set(linkId, { over, given });
  return changed;
}

/** Without those that `done` holds: what was answered anew in the meantime stays. */
export function withoutEdits(edits: Edits, done: Edits): Edits {
  return new Map([...edits].filter(([linkId, edit]) => done.get(linkId) !== edit));
}

/** What was answered, in words. */
export function givenWords(linkId: string, given: Edit['given'], wording: Wording): string {
  if (given === null) return 'something that is no answer to this question';
  if (given.length === 0) return 'nothing';
  return `“${given.map((answer) => givenText(linkId, answer, wording)).join('; ')}”`;
}

/** The order of ticks says nothing. */
function isSame(given: readonly Answer[], stored: readonly Answer[] = []): boolean {
  const keys = new Set(given.map(answerKey));
  const others = new Set(stored.map(answerKey));
  return keys.size === others.size && [...keys].every((key) => others.has(key));
}
