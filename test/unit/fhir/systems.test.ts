import { expect, test } from '@jest/globals';
import * as systems from '../../../src/fhir/systems.js';

test('every canonical is the one the contract promises', () => {
  expect({ ...systems }).toEqual({
    BASE: 'https://w3id.org/axspa-screening',
    QUESTIONNAIRE: 'https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening',
    ANSWERS: 'https://w3id.org/axspa-screening/CodeSystem/answers',
    FINDINGS: 'https://w3id.org/axspa-screening/CodeSystem/findings',
    CRITERIA_SETS: 'https://w3id.org/axspa-screening/CodeSystem/criteria-sets',
    VERDICTS: 'https://w3id.org/axspa-screening/CodeSystem/verdicts',
    ISSUES: 'https://w3id.org/axspa-screening/CodeSystem/issues',
    PATIENT_INFORMATION: 'https://w3id.org/axspa-screening/CodeSystem/patient-information',
    RESPONSE_IDENTIFIER: 'https://w3id.org/axspa-screening/response',
    OBSERVATION_IDENTIFIER: 'https://w3id.org/axspa-screening/observation',
    SOFTWARE_IDENTIFIER: 'https://w3id.org/axspa-screening/software',
    CONTENT_HASH: 'https://w3id.org/axspa-screening/content-hash',
    DOCUMENT_IDENTIFIER: 'https://w3id.org/axspa-screening/document',
    TASK_IDENTIFIER: 'https://w3id.org/axspa-screening/task',
    INVITATION_IDENTIFIER: 'https://w3id.org/axspa-screening/invitation',
    INTAKE_IDENTIFIER: 'https://w3id.org/axspa-screening/intake',
    STANDING_RESPONSE: 'https://w3id.org/axspa-screening/standing-response',
    LOINC: 'http://loinc.org',
    SNOMED_CT: 'http://snomed.info/sct',
    UCUM: 'http://unitsofmeasure.org',
    OBSERVATION_CATEGORY: 'http://terminology.hl7.org/CodeSystem/observation-category',
    INTERPRETATION: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
    DATA_ABSENT_REASON: 'http://terminology.hl7.org/CodeSystem/data-absent-reason',
    PROVENANCE_PARTICIPANT: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
    URI_IDENTIFIER: 'urn:ietf:rfc:3986',
    SDC_TEMPORARY: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp',
  });
});
