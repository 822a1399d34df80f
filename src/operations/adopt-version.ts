import type { Standing } from '../fhir/delivery-plan.js';
import { priorityOf } from '../fhir/task.js';
import type { Accepted } from './accepted.js';
import { acceptVersion, type Version } from './deliver-version.js';
import type * as intake from './intake-port.js';
import type { Ports } from './ports.js';

/** What is looked at on the FHIR server, under the id that it has here. */
export type Seen = intake.Seen & { readonly responseId: string };

/** On disk and attempted. What the server refuses is not kept waiting: it is looked at again as it stands then. */
export async function adoptVersion(one: Version, seen: Seen, ports: Ports): Promise<intake.Adopted> {
  const { entry } = await acceptVersion(one, ports);
  if (entry.state === 'refused') {
    // With an alert it is kept and waits for an operator: somebody is told though nothing could be written.
    const isUrgent = priorityOf(one.scored.score?.redFlags.urgency ?? null) !== null;
    if (!isUrgent && ports.outbox.takeBack(entry.seq)) {
      return { state: 'unscored', seen, issues: entry.issue ? [entry.issue] : [] };
    }
  }
  return { state: 'adopted', seen, issues: [] };
}

/** The first version has the server's number: a reader of what stood there before never holds one that comes again. */
export function nextVersion(accepted: Accepted | null, { versionId }: Standing): number {
  if (accepted) return accepted.version + 1;
  return versionId !== null && /^[1-9]\d{0,5}$/.test(versionId) ? Number(versionId) : 1;
}
