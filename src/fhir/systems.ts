/** Every canonical URL and code system the product reads or writes, once. Source: contract.md §1–§5. */

/** The redirect behind this base is not registered yet: canonicals identify, they do not resolve. */
export const BASE = 'https://w3id.org/axspa-screening';

export const QUESTIONNAIRE = `${BASE}/Questionnaire/axspa-back-pain-screening`;

export const ANSWERS = `${BASE}/CodeSystem/answers`;
export const FINDINGS = `${BASE}/CodeSystem/findings`;
export const CRITERIA_SETS = `${BASE}/CodeSystem/criteria-sets`;
export const VERDICTS = `${BASE}/CodeSystem/verdicts`;
export const ISSUES = `${BASE}/CodeSystem/issues`;
export const PATIENT_INFORMATION = `${BASE}/CodeSystem/patient-information`;

/** Identifier systems. */
export const RESPONSE_IDENTIFIER = `${BASE}/response`;
export const OBSERVATION_IDENTIFIER = `${BASE}/observation`;
export const SOFTWARE_IDENTIFIER = `${BASE}/software`;
export const CONTENT_HASH = `${BASE}/content-hash`;
export const DOCUMENT_IDENTIFIER = `${BASE}/document`;
export const TASK_IDENTIFIER = `${BASE}/task`;
export const INVITATION_IDENTIFIER = `${BASE}/invitation`;
/** An intake is known by it from before its first save; the page gives the same. */
export const INTAKE_IDENTIFIER = `${BASE}/intake`;
/** Never written: makes the key of a response that has no identifier and was stored by somebody else. */
export const STANDING_RESPONSE = `${BASE}/standing-response`;

export const LOINC = 'http://loinc.org';
export const SNOMED_CT = 'http://snomed.info/sct';
export const UCUM = 'http://unitsofmeasure.org';

export const OBSERVATION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
export const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
export const DATA_ABSENT_REASON = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
export const PROVENANCE_PARTICIPANT = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';

/** RFC 3986 as an identifier system: the value is a URI. */
export const URI_IDENTIFIER = 'urn:ietf:rfc:3986';

/** Codes of SDC that HL7 has not placed yet: the code of a Task that asks for a response. */
export const SDC_TEMPORARY = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp';
