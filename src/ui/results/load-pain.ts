import type { Bundle, Observation, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir, resourcesIn } from '../parts/fhir-client.js';
import { idsOnTheirWay } from '../parts/listed.js';
import { PAIN } from '../parts/screening.js';
import { loadTroubles, type Troubles } from '../parts/troubles.js';
import { loadExtracted } from './load-extracted.js';
import { isPain, mergePain, type PainPoint, painPoints } from './pain.js';

/** The ratings of pain of a patient, as far as they are known. */
export interface Pain {
  /** Oldest first. */
  readonly points: readonly PainPoint[];
  /** Older ones are not shown. */
  readonly isCut: boolean;
  /** One of those that are on their way could not be read. */
  readonly isUnread: boolean;
  /** How many accepted responses, of whomever, are not in the record yet beside these; null when nobody knows. */
  readonly elsewhere: number | null;
}

/** How many ratings of pain are shown at most. */
export const MOST_RATINGS = 50;

/** What is in the record, and what is on its way there. `own`: what was read out of this response; null: unread. */
export async function loadPain(
  response: QuestionnaireResponse,
  own: readonly Observation[] | null,
): Promise<Pain | null> {
  const patient = response.subject?.reference ?? '';
  const query = { patient, code: PAIN, _sort: '-date', _count: String(MOST_RATINGS) };
  const [found, troubles] = await Promise.all([
    getFhir<Bundle<Observation>>(`Observation?${new URLSearchParams(query)}`),
    loadTroubles(),
  ]);
  if (found.state !== 'done') return null;
  const recorded = resourcesIn(found.body);
  const onTheirWay = idsOnTheirWay(troubles?.list ?? []);
  const { id: current = '' } = response;
  const ids = new Set(painPoints(recorded).map(({ responseId }) => responseId));
  const changed = [...ids].filter((id) => onTheirWay.has(id) && id !== current);
  const read = await Promise.all(changed.map(readRatings));
  const isWaiting = onTheirWay.has(current);
  const now = own ? [{ id: current, ratings: own.filter(isPain), isWaiting }] : [];
  return {
    points: mergePain(recorded, [...read.flatMap((one) => one ?? []), ...now]),
    isCut: recorded.length >= MOST_RATINGS,
    isUnread: (own === null && isWaiting) || read.includes(null),
    elsewhere: troubles && countElsewhere(troubles, new Set([...ids, current])),
  };
}

/** They are not read to find out whose they are, because they may be of others. */
function countElsewhere({ list, unseen }: Troubles, known: ReadonlySet<string>): number {
  return [...idsOnTheirWay(list)].filter((id) => !known.has(id)).length + unseen;
}

async function readRatings(id: string) {
  const found = await loadExtracted(`QuestionnaireResponse/${encodeURIComponent(id)}`);
  return found && { id, ratings: found.filter(isPain), isWaiting: true };
}
