/** Our own verdict: what `$validate` of the product says, over HTTP. */
import type { FhirResource, OperationOutcome } from 'fhir/r4.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import type { FhirServer } from '../../src/operations/ports.js';
import { faultsOf, send } from '../support/contract-http.js';
import { type App, createPorts, startApp } from '../support/http-app.js';
import { TERMINOLOGY } from '../support/property-form.js';
import type { Case } from './case.js';

/** Has every patient and no response; whatever else it is asked, it is away. */
export const emptyServer: FhirServer = {
  ...createFhirServer({ baseUrl: 'http://fhir.invalid/fhir', timeoutMs: 1000 }),
  read: async (type, id) => (type === 'Patient' ? ({ resourceType: type, id } as FhirResource) : null),
  search: async () => ({ resourceType: 'Bundle', type: 'searchset', total: 0 }),
};

/** The service, which knows the value sets of the made-up Questionnaires as well. */
export async function startProduct(): Promise<App> {
  const { content } = await createPorts();
  return startApp({ ports: { fhirServer: emptyServer, content: { ...content, terminology: TERMINOLOGY } } });
}

/** The details codes of the errors; none for a response that is valid. */
export async function codesOf(app: App, { text, questionnaire }: Case): Promise<string[]> {
  const reply = await send<OperationOutcome>(`${app.fhir}/QuestionnaireResponse/$validate`, {
    body: questionnaire === null ? text : parametersOf(text, JSON.stringify(questionnaire)),
  });
  if (reply.body?.resourceType !== 'OperationOutcome') {
    throw new Error(`$validate: ${reply.status} ${reply.text.slice(0, 300)}`);
  }
  return faultsOf(reply.body)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ code }) => code ?? '');
}

/** Put together as text, so that what is wrong with the JSON of the response stays wrong. */
function parametersOf(response: string, questionnaire: string): string {
  const parameters = [
    `{"name":"resource","resource":${response}}`,
    `{"name":"questionnaire","resource":${questionnaire}}`,
  ];
  return `{"resourceType":"Parameters","parameter":[${parameters.join(',')}]}`;
}
