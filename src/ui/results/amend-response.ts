import type { QuestionnaireResponse, Reference } from 'fhir/r4.js';

/**
 * What an answer on the spot makes of a response: a draft stays a draft, anything else is amended. Where the
 * clinician is known, the record says who entered it, and that the answers are the patient's.
 */
export function asAmended(response: QuestionnaireResponse, clinician: string | null): QuestionnaireResponse {
  const status = response.status === 'in-progress' ? 'in-progress' : 'amended';
  if (clinician === null || response.author?.reference === clinician) return { ...response, status };
  const source = response.source ?? (isPerson(response.author) ? response.author : undefined);
  return { ...response, status, author: { reference: clinician }, ...(source && { source }) };
}

/** R4: a device and an organisation may write answers down, but not give them. */
function isPerson({ reference = '' }: Reference = {}): boolean {
  return /^(Patient|RelatedPerson|Practitioner(Role)?)\//.test(reference);
}
