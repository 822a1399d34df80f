import { Problem, toInformation } from '../fhir/outcome.js';
import { toResponse } from './bundle-answer.js';
import { type Call, readWishes, type Wishes } from './call.js';
import { type Reply, toVersionHeaders } from './reply.js';
import { readBody, shapeFaults } from './request-body.js';
import type { Store } from './store.js';
import { type Write, type Written, writeAll } from './write.js';

/** HTTP status of what a write did. */
export const WRITE_STATUS: Readonly<Record<Written['outcome'], number>> = {
  created: 201,
  updated: 200,
  unchanged: 200,
  deleted: 204,
  absent: 204,
};

const SENTENCES: Readonly<Record<Written['outcome'], string>> = {
  created: 'Created.',
  updated: 'Updated.',
  unchanged: 'Nothing to change: this is the current version.',
  deleted: 'Deleted.',
  absent: 'There was nothing to delete.',
};

/** Said to a client that asked for an OperationOutcome. */
export function toWriteOutcome({ outcome }: Written): object {
  return toInformation(SENTENCES[outcome]);
}

/** `If-Match` and `If-None-Match` of the request. */
function readConditions(call: Call): Partial<Write> {
  const [ifMatch, ifNoneMatch] = [call.header('If-Match'), call.header('If-None-Match')];
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
}

function requireQuery({ query }: Call): string {
  if (query !== '') return query;
  throw new Problem({ code: 'unknown-parameter', text: 'Without an id, the URL needs a search: Type?…' });
}

export function create(store: Store, call: Call): Reply {
  const ifNoneExist = call.header('If-None-Exist');
  const criteria = ifNoneExist === undefined ? {} : { criteria: ifNoneExist };
  return writeResource(store, call, { method: 'POST', ...criteria });
}

export function update(store: Store, call: Call): Reply {
  return writeResource(store, call, { method: 'PUT', id: call.id });
}

export function conditionalUpdate(store: Store, call: Call): Reply {
  return writeResource(store, call, { method: 'PUT', criteria: requireQuery(call) });
}

function writeResource(store: Store, call: Call, how: Pick<Write, 'method' | 'id' | 'criteria'>): Reply {
  const { type } = call;
  const resource = readBody(call.bytes);
  Problem.throwIfAny(shapeFaults(resource, type, how.id ?? null, type));
  return writeOne(store, { type, resource, at: type, ...how, ...readConditions(call) }, readWishes(call));
}

export function remove(store: Store, call: Call): Reply {
  const { type, id } = call;
  const write: Write = { method: 'DELETE', type, id, at: type, ...readConditions(call) };
  return writeOne(store, write, readWishes(call));
}

export function conditionalRemove(store: Store, call: Call): Reply {
  const { type } = call;
  const criteria = requireQuery(call);
  const write: Write = { method: 'DELETE', type, criteria, at: type, ...readConditions(call) };
  return writeOne(store, write, readWishes(call));
}

function writeOne(store: Store, write: Write, wishes: Wishes): Reply {
  const [written] = writeAll(store, [write]);
  if (!written) throw new Error('writeAll answers one result for each write');
  const { location } = toResponse(store.base, WRITE_STATUS[written.outcome], written);
  const headers = {
    ...(location === undefined ? {} : { Location: location }),
    ...(written.number === 0 ? {} : toVersionHeaders(written)),
  };
  return { ...toBody(written, wishes), headers };
}

function toBody(written: Written, { answer }: Wishes): Reply {
  const status = WRITE_STATUS[written.outcome];
  // 204 has no body by definition.
  if (answer === 'OperationOutcome')
    return { status: status === 204 ? 200 : status, body: toWriteOutcome(written) };
  return status === 204 || answer === 'minimal' ? { status } : { status, body: written.json };
}
