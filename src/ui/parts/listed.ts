import type { QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir } from './fhir-client.js';
import { loadResults } from './load-screenings.js';
import { type Screening, toScreening } from './screening.js';
import type { Trouble } from './troubles.js';

/** A screening in a list, as it is now. */
export interface Listed {
  readonly screening: Screening;
  /** The results could not be read: they are not known, which is not the same as none. */
  readonly isUnknown: boolean;
  /** It was accepted and has not arrived: what the record server has for results is not of these answers. */
  readonly isOnItsWay: boolean;
  readonly troubles: readonly Trouble[];
}

/** What search found, and what it could not find yet. */
export interface Sought {
  readonly found: readonly QuestionnaireResponse[];
  /** Ids of responses to read beside those. */
  readonly also: readonly string[];
  readonly troubles: readonly Trouble[];
}

/** The responses as they were accepted last: whatever is on its way is read by its id, which a search does not see. */
export async function readNow({ found, also, troubles }: Sought): Promise<QuestionnaireResponse[]> {
  const onTheirWay = idsOnTheirWay(troubles);
  const known = found.map(({ id = '' }) => id);
  const ids = new Set([...known.filter((id) => onTheirWay.has(id)), ...also]);
  const replies = await Promise.all(
    [...ids].map((id) => getFhir<QuestionnaireResponse>(`QuestionnaireResponse/${encodeURIComponent(id)}`)),
  );
  const read = replies.flatMap((reply) => (reply.state === 'done' ? reply.body : []));
  const fresh = new Map(read.map((one) => [one.id ?? '', one]));
  return [
    ...found.map((one) => fresh.get(one.id ?? '') ?? one),
    ...read.filter(({ id = '' }) => !known.includes(id)),
  ];
}

/** With what they came to, as far as that is of these answers. */
export async function toListed(
  responses: readonly QuestionnaireResponse[],
  troubles: readonly Trouble[],
): Promise<Listed[]> {
  const onTheirWay = idsOnTheirWay(troubles);
  const arrived = responses.filter(({ id = '' }) => !onTheirWay.has(id));
  const results = await loadResults(arrived);
  const scored = new Map(results.screenings.map((screening) => [screening.id, screening]));
  return responses.map((response) => {
    const own = troubles.filter((trouble) => trouble.response === response.id);
    const screening = scored.get(response.id ?? '');
    return screening
      ? { screening, isUnknown: results.isUnknown, isOnItsWay: false, troubles: own }
      : { screening: onItsWay(response, own), isUnknown: false, isOnItsWay: true, troubles: own };
  });
}

/** Of the responses whose answers, as they are now, have not arrived. */
export function idsOnTheirWay(troubles: readonly Trouble[]): Set<string> {
  return new Set(troubles.flatMap(({ kind, response }) => (kind === 'response' ? response : [])));
}

/** Of its results nothing is known but how urgent it is, where it raised an alert. */
function onItsWay(response: QuestionnaireResponse, troubles: readonly Trouble[]): Screening {
  const screening = toScreening(response, []);
  const alerts = troubles.flatMap(({ alert }) => alert ?? []);
  if (alerts.length === 0) return screening;
  return {
    ...screening,
    redFlags: { urgency: urgencyOf(alerts.includes('stat') ? 'stat' : 'urgent'), flags: [] },
  };
}

/** The level for which a Task has this priority. */
export function urgencyOf(priority: string | undefined): 'emergency' | 'same-day' {
  return priority === 'stat' ? 'emergency' : 'same-day';
}
