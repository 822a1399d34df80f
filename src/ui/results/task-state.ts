import type { Task } from 'fhir/r4.js';

/** Tells one state of a Task from another, also where it has no version yet. */
export function stateOf({ id, meta, status, lastModified }: Task): string {
  return [id, meta?.versionId, status, lastModified].join(' ');
}
