import type { Request } from 'express';
import { isInvitationId } from '../fhir/invitation.js';
import { readOperationInput } from '../fhir/parameters.js';
import { updateTask } from '../operations/change-task.js';
import {
  dropDelivery,
  listDeliveryStatus,
  planDelivery,
  readDeliveryStatus,
  retryDelivery,
} from '../operations/delivery-status.js';
import { withdrawInvitation } from '../operations/withdraw-invitation.js';
import type { Call } from './guard.js';
import { type Reply, resourceReply } from './reply.js';
import { bodyOf, pathPart } from './request.js';

/** `$delivery-status` of one response. */
export async function deliveryStatus(req: Request, { ports }: Call): Promise<Reply> {
  return { status: 200, body: await readDeliveryStatus(pathPart(req, 'id'), ports) };
}

/** `$delivery-status` of the whole outbox. */
export function deliveryList(_req: Request, { ports, query }: Call): Reply {
  return { status: 200, body: listDeliveryStatus(query, ports) };
}

export async function deliver(req: Request, { ports }: Call): Promise<Reply> {
  return { status: 200, body: await retryDelivery(pathPart(req, 'id'), req.body, ports) };
}

export async function drop(req: Request, { ports }: Call): Promise<Reply> {
  return { status: 200, body: await dropDelivery(pathPart(req, 'id'), bodyOf(req), ports) };
}

export async function deliveryPlan(req: Request, { ports }: Call): Promise<Reply> {
  const input = { body: readOperationInput(bodyOf(req)).response, storedId: null };
  return { status: 200, body: await planDelivery(input, ports) };
}

/** `PUT Task/{id}`: its status alone. */
export async function putTask(req: Request, { ports, person }: Call): Promise<Reply> {
  const change = { id: pathPart(req, 'id'), body: bodyOf(req), ifMatch: req.get('If-Match'), by: person };
  const update = isInvitationId(change.id) ? withdrawInvitation : updateTask;
  const { task, isQueued } = await update(change, ports);
  return resourceReply(task, isQueued ? 202 : 200);
}
