import type { Request } from 'express';
import { Problem, toInformation } from '../fhir/outcome.js';
import { readOperationInput } from '../fhir/parameters.js';
import { responseIdOf } from '../operations/accepted.js';
import { advisePatient } from '../operations/advise-patient.js';
import { amendResponse } from '../operations/amend-response.js';
import { explainResponse } from '../operations/explain-response.js';
import { extractResponse } from '../operations/extract-response.js';
import type { Ports } from '../operations/ports.js';
import { readResource } from '../operations/read-resources.js';
import type { Input } from '../operations/score-response.js';
import { findExisting, type Submitted, submitResponse } from '../operations/submit-response.js';
import { validateAgainst, validateResponse } from '../operations/validate-response.js';
import type { Call } from './guard.js';
import type { Reply } from './reply.js';
import { bodyOf, pathPart } from './request.js';

/** `POST QuestionnaireResponse` (contract.md §2). */
export async function postResponse(req: Request, { ports, check, reads }: Call): Promise<Reply> {
  const body = bodyOf(req);
  const condition = req.get('If-None-Exist');
  const existing = condition === undefined ? null : await findExisting(identifierIn(condition), body, ports);
  if (existing) await check(existing.response);
  const submitted = existing ?? (await submitResponse(body, ports));
  // What stood there before may say more than what was sent.
  const isShown = submitted.outcome !== 'known' || reads(submitted.response);
  return submittedReply(submitted, isShown ? (req.get('Prefer') ?? '') : 'return=minimal', ports);
}

/** The one condition that is served: `identifier=`. */
function identifierIn(condition: string): string {
  const query = new URLSearchParams(condition.replace(/^\?/, ''));
  const identifier = query.get('identifier');
  if (identifier && [...query.keys()].length === 1) return identifier;
  throw new Problem({
    code: 'unknown-parameter',
    text: 'If-None-Exist takes "identifier=" and nothing else.',
  });
}

/** `PUT QuestionnaireResponse/{id}`: complete a draft, amend, withdraw. */
export async function putResponse(req: Request, { ports }: Call): Promise<Reply> {
  const change = { id: pathPart(req, 'id'), body: bodyOf(req), ifMatch: req.get('If-Match') };
  return submittedReply(await amendResponse(change, ports), req.get('Prefer') ?? '', ports);
}

const TOLD = {
  created: 'The response was scored and written.',
  updated: 'The change was scored and written.',
  known: 'The response was accepted before.',
} as const;
const QUEUED =
  'The response was scored and accepted. It will be written as soon as the FHIR server takes it; $delivery-status tells when.';

function submittedReply(
  { outcome, isQueued, response, version }: Submitted,
  prefer: string,
  { publicUrl }: Ports,
): Reply {
  const wanted = /(?:^|[;,\s])return=("?)(minimal|representation|OperationOutcome)\1(?=$|[;,\s])/.exec(
    prefer,
  )?.[2];
  const status = isQueued ? 202 : outcome === 'created' ? 201 : 200;
  const location = `${publicUrl}/fhir/QuestionnaireResponse/${response.id}`;
  const headers: Record<string, string> = {
    ...(version === null
      ? { Location: location }
      : { Location: `${location}/_history/${version}`, ETag: `W/"${version}"` }),
    ...(isQueued && { 'Content-Location': `${location}/$delivery-status` }),
  };
  if (wanted === 'minimal') return { status, headers };
  if (wanted === 'OperationOutcome') {
    return { status, headers, body: toInformation(isQueued ? QUEUED : TOLD[outcome]) };
  }
  return { status, headers, body: response };
}

/** `$extract`, of the response in the body or of a stored one. */
export async function extract(req: Request, { ports }: Call): Promise<Reply> {
  return { status: 200, body: await extractResponse(await inputOf(req, ports), ports) };
}

/** `$explain`: our own JSON, whatever `Accept` says. */
export async function explain(req: Request, { ports }: Call): Promise<Reply> {
  const body = await explainResponse(await inputOf(req, ports), ports);
  return { status: 200, body, type: 'application/json; charset=utf-8' };
}

/** `$advice`: what the person who answers should do now; of a response in the body, without asking any server. */
export async function advise(req: Request, { ports }: Call): Promise<Reply> {
  return { status: 200, body: advisePatient((await inputOf(req, ports)).body, ports) };
}

/** `$validate`: 200 whatever it finds (R4 resource-operation-validate). */
export async function validate(req: Request, { ports }: Call): Promise<Reply> {
  const { response, questionnaire } = readOperationInput(bodyOf(req), ['questionnaire']);
  const outcome =
    questionnaire === undefined
      ? await validateResponse(response, ports)
      : await validateAgainst(questionnaire, response, ports);
  return { status: 200, body: outcome };
}

async function inputOf(req: Request, ports: Ports): Promise<Input> {
  const id = pathPart(req, 'id');
  if (id) {
    const body = await readResource('QuestionnaireResponse', id, ports);
    return { body, storedId: responseIdOf(id, ports) ?? id };
  }
  return { body: readOperationInput(bodyOf(req)).response, storedId: null };
}
