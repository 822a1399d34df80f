import type { QuestionnaireResponse, Reference } from 'fhir/r4.js';

/**
 * What an answer on the spot makes of a response: a draft stays a draft, anything else is amended. `clinician`:
 * who does it, null where nobody knows.
 */
export function asAmended(response: QuestionnaireResponse, clinician: string | null): QuestionnaireResponse {
  const status = response.status === 'in-progress' ? 'in-progress' : 'amended';
  return { ...enteredBy(response, clinician), status };
}

/** Entered in error. */
export function asWithdrawn(
  response: QuestionnaireResponse,
  clinician: string | null,
): QuestionnaireResponse {
  return { ...enteredBy(response, clinician), status: 'entered-in-error' };
}

/**
 * The record says who entered this version, or nobody where that is not known: never that it was the patient. That
 * the answers are the patient's stays. The narrative goes, as it would go on telling of the old answers.
 */
function enteredBy(
  { text: _text, author, ...response }: QuestionnaireResponse,
  clinician: string | null,
): QuestionnaireResponse {
  if (clinician !== null && author?.reference === clinician) return { ...response, author };
  const source = response.source ?? (isPerson(author) ? author : undefined);
  return {
    ...response,
    ...(clinician !== null && { author: { reference: clinician } }),
    ...(source && { source }),
  };
}

/** R4: a device and an organisation may write answers down, but not give them. */
function isPerson({ reference = '' }: Reference = {}): boolean {
  return /^(Patient|RelatedPerson|Practitioner(Role)?)\//.test(reference);
}
