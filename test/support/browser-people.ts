/** Patients whom nobody has asked before: who comes back is offered the draft that was left. */
import type { Pages } from './browser-service.js';
import { putPatient } from './contract-http.js';

let people = 0;

/** Puts another patient on the FHIR server → the address of a first intake. Born in 1970. */
export async function newIntake({ embeddedUrl }: Pages): Promise<string> {
  people += 1;
  await putPatient(embeddedUrl, `new-${people}`);
  return `/screen?subject=Patient/new-${people}`;
}
