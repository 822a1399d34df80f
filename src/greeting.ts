import type { Config } from './config.js';

/** What whoever started it is told: where to look, and what to try first. */
export function greeting({ publicUrl }: Config, fhirBaseUrl: string): string {
  return [
    '',
    `Open            ${publicUrl}`,
    `Questionnaire   ${publicUrl}/fhir/Questionnaire/axspa-back-pain-screening`,
    `Send responses  POST ${publicUrl}/fhir/QuestionnaireResponse`,
    `FHIR server     ${fhirBaseUrl}`,
    'Screening aid, not a diagnosis. README.md has a first request to try.',
    '',
    '',
  ].join('\n');
}
