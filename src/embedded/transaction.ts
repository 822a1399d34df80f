import { Problem } from '../fhir/outcome.js';
import { type EntryResponse, toEntry, toResponse, toStatus } from './bundle-answer.js';
import { type Ask, type Get, readBundle, readEntry } from './bundle-entry.js';
import type { Wishes } from './call.js';
import type { JsonObject } from './json.js';
import { answerGet } from './reads.js';
import { type Reply, toErrorReply } from './reply.js';
import { resolveReferences } from './resolve.js';
import { save } from './save.js';
import type { Store } from './store.js';
import { atomically, planWrites, type Write, type Written, writeAll } from './write.js';
import { toWriteOutcome, WRITE_STATUS } from './writes.js';

function isWrite(ask: Ask): ask is Write {
  return 'method' in ask && ask.method !== 'GET';
}

/** What a write did, as an entry: without the resource unless it was asked for. */
function toWrittenEntry({ base }: Store, written: Written, { answer }: Wishes): string {
  const { type, id, json, outcome } = written;
  const response = toResponse(base, WRITE_STATUS[outcome], written);
  const said: EntryResponse =
    answer === 'OperationOutcome' ? { ...response, outcome: toWriteOutcome(written) } : response;
  return toEntry({
    ...(id === '' ? {} : { fullUrl: `${base}/${type}/${id}` }),
    ...(answer === 'representation' && json !== '' ? { resource: json } : {}),
    response: said,
  });
}

/** A reply as an entry; the body of a failure is its outcome. */
function toReplyEntry({ status, headers = {}, body }: Reply): string {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const modified = headers['Last-Modified'];
  const response = {
    status: toStatus(status),
    ...(headers.ETag === undefined ? {} : { etag: headers.ETag }),
    ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString() }),
    ...(status >= 400 && typeof body === 'object' ? { outcome: body } : {}),
  };
  return toEntry({ ...(text === undefined || status >= 400 ? {} : { resource: text }), response });
}

function get(store: Store, { url, ifNoneMatch }: Get, wishes: Wishes): string {
  const headers: Readonly<Record<string, string | undefined>> = {
    'If-None-Match': ifNoneMatch,
    Prefer: wishes.isLenient ? 'handling=lenient' : undefined,
  };
  return toReplyEntry(answerGet(store, url, (name) => headers[name]));
}

/** All entries or none, whatever their order: first what writes, then what reads sees what was written. */
function runTransaction(store: Store, asks: readonly Ask[], wishes: Wishes): string[] {
  Problem.throwIfAny(asks.flatMap((ask) => ('faults' in ask ? ask.faults : [])));
  return atomically(store, () => {
    const writes = asks.filter(isWrite);
    const written = save(store, resolveReferences(store, planWrites(store, writes)));
    return asks.map((ask) => {
      if ('faults' in ask) return '';
      if (ask.method === 'GET') return get(store, ask, wishes);
      const done = written[writes.indexOf(ask)];
      return done ? toWrittenEntry(store, done, wishes) : '';
    });
  });
}

/** Each entry by itself, in order: one that fails says so in its place. */
function runBatch(store: Store, asks: readonly Ask[], wishes: Wishes): string[] {
  return asks.map((ask) => {
    try {
      if ('faults' in ask) Problem.throwIfAny(ask.faults);
      else if (ask.method === 'GET') return get(store, ask, wishes);
      else return writeAll(store, [ask]).map((written) => toWrittenEntry(store, written, wishes))[0] ?? '';
      return '';
    } catch (error) {
      return toReplyEntry(toErrorReply(error));
    }
  });
}

/** Carries out a transaction or batch Bundle → the response Bundle, as JSON text. */
export function runBundle(store: Store, bundle: JsonObject, wishes: Wishes): string {
  const { isBatch, entries } = readBundle(bundle);
  const asks = entries.map((entry, index) => readEntry(entry, store.base, `Bundle.entry[${index}]`));
  const answers = isBatch ? runBatch(store, asks, wishes) : runTransaction(store, asks, wishes);
  const entry = answers.length > 0 ? `,"entry":[${answers.join(',')}]` : '';
  const type = isBatch ? 'batch-response' : 'transaction-response';
  return `{"resourceType":"Bundle","type":"${type}"${entry}}`;
}
