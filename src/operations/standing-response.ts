import type { FhirResource, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { type Content, isScored } from '../fhir/content.js';
import { splitCanonical } from '../fhir/head.js';
import { identify, toResponseId } from '../fhir/identity.js';
import { STANDING_RESPONSE } from '../fhir/systems.js';
import { isOurId, isResponse, provenancesOf } from './accepted.js';
import type { Entry, Ports } from './ports.js';

/* Which response it is that somebody else put on the FHIR server, and what of it is on its way. */

/** Canonical URLs, with and without version, of the Questionnaires that rules are about. */
export function scoredCanonicals({ forms }: Content): string[] {
  return forms.filter(isScored).flatMap(({ url, version }) => [url, `${url}|${version}`]);
}

/** Whether it answers one of our Questionnaires, in whatever version, that rules are about. */
export function isAboutRules(found: FhirResource | null, { content }: Ports): found is QuestionnaireResponse {
  if (!isResponse(found) || typeof found.questionnaire !== 'string') return false;
  const { url } = splitCanonical(found.questionnaire);
  return content.forms.some((form) => form.url === url && isScored(form));
}

/** By where it stands; by what our Provenance there says; by its identifier; by its name there. */
export async function responseIdFor(found: QuestionnaireResponse, ports: Ports): Promise<string> {
  const { id = '', identifier } = found;
  const known = ports.outbox.placeOf(referenceTo(found))?.responseId;
  if (known !== undefined) return known;
  const provenances = await provenancesOf([id], ports.records);
  const newestFirst = provenances.sort((one, other) => (one.recorded < other.recorded ? 1 : -1));
  const taken = newestFirst.map(responseIdIn).find((one) => one !== null);
  if (taken) return taken;
  if (isOurId(id) && ports.outbox.entriesOf(id).length > 0) return id;
  // The same answers without an identifier may have been posted to the service as well.
  const posted = identify(found).id;
  if (ports.outbox.entriesOf(posted).some(isLive)) return posted;
  const { system = '', value } = identifier ?? {};
  return toResponseId(value === undefined ? `${STANDING_RESPONSE}|${id}` : `${system}|${value}`);
}

/** `<response id>.v<n>` → the response id; null for a Provenance that is named otherwise. */
function responseIdIn({ id = '' }: Provenance): string | null {
  const [responseId = ''] = id.split('.v');
  return isOurId(responseId) && /\.v\d+$/.test(id) ? responseId : null;
}

/** Neither written nor given up. */
export function isOpen({ state, isDropped }: Entry): boolean {
  return state !== 'written' && !isDropped;
}

/** Neither refused nor given up. */
export function isLive({ state, isDropped }: Entry): boolean {
  return state !== 'refused' && !isDropped;
}

export function referenceTo({ id }: QuestionnaireResponse): string {
  return `QuestionnaireResponse/${id}`;
}
