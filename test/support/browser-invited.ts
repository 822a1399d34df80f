/** A guarded service with a patient, its issuer of tokens, and links for the patient; for the tests of portals. */
import type { Parameters, Task } from 'fhir/r4.js';
import type { Pages } from './browser-service.js';
import { putPatient, read, send } from './contract-http.js';
import type { Env } from './contract-service.js';
import { AUDIENCE, startTokenIssuer, type TokenIssuer } from './token-issuer.js';

export interface Guarded {
  readonly service: Pages;
  readonly issuer: TokenIssuer;
  /** `Authorization` of the portal's own back end. */
  backEnd(): Promise<Record<string, string>>;
  /** As the portal asks for it. */
  invite(patient: string): Promise<{ readonly task: string; readonly link: string }>;
  /** As it stands on the FHIR server. */
  task(reference: string): Promise<Task>;
}

/** `start` starts a service with these settings beside `env`. */
export async function startGuarded(
  start: (env: Env) => Promise<Pages>,
  patients: readonly string[],
  env: Env = {},
): Promise<Guarded> {
  const issuer = await startTokenIssuer();
  const service = await start({ AUTH_ISSUERS: issuer.trusted, AUTH_AUDIENCE: AUDIENCE, ...env });
  for (const id of patients) await putPatient(service.embeddedUrl, id);
  const backEnd = async () => {
    const scope = 'system/Task.cru system/Patient.r system/QuestionnaireResponse.cruds';
    return { authorization: `Bearer ${await issuer.mint({ scope, sub: 'portal' })}` };
  };
  return {
    service,
    issuer,
    backEnd,
    invite: async (patient) => {
      const url = `${service.fhir}/Patient/${patient}/$invite`;
      const reply = await send<Parameters>(url, { method: 'POST', headers: await backEnd() });
      const [task, link] = reply.body.parameter ?? [];
      if (!task?.valueReference?.reference || !link?.valueUrl) {
        throw new Error(`${reply.status} ${reply.text.slice(0, 500)}`);
      }
      return { task: task.valueReference.reference, link: link.valueUrl };
    },
    task: (reference) => read<Task>(`${service.embeddedUrl}/${reference}`),
  };
}
