import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js';
import type { Issue, Reply } from '../parts/fhir-client.js';
import { refusalIn } from '../parts/refusal.js';

/**
 * The way of the answers to the server: one request after another, and of what waits only the latest. Nothing that
 * somebody else wrote is replaced unless the person says so.
 */
export interface Saving {
  /** Where the response stands, and in which version we know it; null before the first save. */
  readonly at: { readonly id: string; readonly etag: string } | null;
  /** What stands there, as far as we know. */
  readonly known: QuestionnaireResponse | null;
  /** Sent, and nobody knows whether it arrived. */
  readonly lost: QuestionnaireResponse | null;
  readonly flight: SaveRequest | null;
  /** To be sent next. */
  readonly wanted: QuestionnaireResponse | null;
  /** What must be found out before anything else is sent. */
  readonly question: 'find' | 'read' | null;
  /** `away` is tried again; `refused` waits for other answers; `signedOut` waits until somebody has signed in. */
  readonly trouble: 'away' | 'refused' | 'signedOut' | null;
  /** Why it was refused, and what was. */
  readonly issues: readonly Issue[];
  readonly refused: QuestionnaireResponse | null;
  /** Somebody else's version: the person chooses. */
  readonly theirs: Standing | null;
  /**
   * What became of the last version that was taken: `queued` = kept by the service, and not known to be passed on
   * yet.
   */
  readonly outcome: 'stored' | 'queued' | null;
}

/** A response as it stands on the server. */
export interface Standing {
  readonly response: QuestionnaireResponse;
  readonly etag: string;
}

export type SaveRequest =
  | { readonly kind: 'create'; readonly body: QuestionnaireResponse }
  | {
      readonly kind: 'replace';
      readonly id: string;
      readonly etag: string;
      readonly body: QuestionnaireResponse;
    }
  | { readonly kind: 'find'; readonly identifier: string }
  | { readonly kind: 'read'; readonly id: string };

export type SaveReply = Reply<QuestionnaireResponse | Bundle<QuestionnaireResponse>>;

/** Nothing sent yet; `standing` is a response that was opened. */
export function startSaving(standing: Standing | null): Saving {
  return {
    at: standing && placeOf(standing),
    known: standing?.response ?? null,
    lost: null,
    flight: null,
    wanted: null,
    question: null,
    trouble: null,
    issues: [],
    refused: null,
    theirs: null,
    outcome: null,
  };
}

/** Queues a version; what was waiting is replaced by it. */
export function wantSaved(saving: Saving, body: QuestionnaireResponse): Saving {
  const trouble = saving.trouble === 'signedOut' ? saving.trouble : null;
  return { ...saving, wanted: body, trouble, issues: [], refused: null };
}

/** Nobody is signed in any more: nothing is sent until it is tried again. */
export function signedOut(saving: Saving): Saving {
  return { ...saving, trouble: 'signedOut' };
}

/** After trouble with the connection, or with who is signed in. */
export function tryAgain(saving: Saving): Saving {
  return saving.trouble === 'refused' ? saving : { ...saving, trouble: null };
}

/** What is to be sent now; null while something is on its way, in trouble, or waits for the person. */
export function nextRequest(saving: Saving): SaveRequest | null {
  const { at, lost, wanted, flight, trouble, theirs, question } = saving;
  if (flight || trouble || theirs) return null;
  if (question === 'find') return { kind: 'find', identifier: identifierOf(lost ?? wanted) };
  if (question === 'read' && at) return { kind: 'read', id: at.id };
  // Whether a lost first version arrived is told by sending the very same again.
  const body = at ? (wanted ?? lost) : (lost ?? wanted);
  if (!body) return null;
  return at
    ? { kind: 'replace', ...at, body: { ...body, id: at.id } }
    : { kind: 'create', body: toNew(body) };
}

export function requested(saving: Saving, flight: SaveRequest): Saving {
  return { ...saving, flight };
}

/** The answer to the request that was on its way. */
export function replied(saving: Saving, request: SaveRequest, reply: SaveReply): Saving {
  const landed = { ...saving, flight: null };
  // Nothing was done; what was to be saved still waits.
  if (refusalIn(reply) === 'signedOut') return signedOut(landed);
  if (request.kind === 'find' || request.kind === 'read') return found(landed, reply);
  const { body } = request;
  if (reply.state === 'refused') return refusedBy(landed, request, reply);
  const standing = standingIn(reply);
  // Also when something answered that is not the service: nobody knows whether it arrived.
  if (reply.state === 'unreachable' || !standing) return { ...landed, lost: body, trouble: 'away' };
  const wasKnown = request.kind === 'create' && reply.status === 200;
  // The same content was taken before: what stands there now may be somebody's later version.
  if (wasKnown && !sameAnswers(standing.response, body)) return found({ ...landed, lost: body }, reply);
  const outcome = reply.status === 202 || wasKnown ? 'queued' : 'stored';
  return stored({ ...landed, at: placeOf(standing) }, body, outcome);
}

/** The person keeps theirs or their own; what is written next replaces the version that was read. */
export function settled(saving: Saving): Saving {
  if (!saving.theirs) return saving;
  const { theirs } = saving;
  const settled = { theirs: null, lost: null, wanted: null, trouble: null };
  return { ...saving, ...settled, at: placeOf(theirs), known: theirs.response };
}

/** Whether two say the same: status and answers, whatever the order of the JSON. */
export function sameAnswers(one: QuestionnaireResponse, other: QuestionnaireResponse): boolean {
  return told(one) === told(other);
}

function refusedBy(
  saving: Saving,
  { kind, body }: { kind: 'create' | 'replace'; body: QuestionnaireResponse },
  { status, issues }: { status: number; issues: readonly Issue[] },
): Saving {
  if (kind === 'create' && status === 409) return { ...saving, lost: body, question: 'find' };
  if (kind === 'replace' && GONE.includes(status)) return begunAnew(saving, body);
  if (kind === 'replace' && (status === 409 || status === 412)) return { ...saving, question: 'read' };
  const isLatest = saving.wanted === null || sameAnswers(saving.wanted, body);
  const left = { ...saving, lost: null, wanted: isLatest ? null : saving.wanted };
  return isLatest ? { ...left, trouble: 'refused', issues, refused: body } : left;
}

/** What stands on the server was read: is it ours? */
function found(saving: Saving, reply: SaveReply): Saving {
  const { lost, wanted, known } = saving;
  const ours = [lost, known, wanted].filter((one) => one !== null);
  if (reply.state === 'refused') {
    const again = lost ?? wanted;
    if (GONE.includes(reply.status) && again) return begunAnew(saving, again);
    return { ...saving, question: null, trouble: 'refused', issues: reply.issues, refused: again };
  }
  const standing = standingIn(reply);
  // A search does not see yet what is still on its way.
  if (!standing) return { ...saving, trouble: 'away' };
  const same = ours.find((one) => sameAnswers(one, standing.response));
  if (!same) return { ...saving, question: null, theirs: standing };
  // That it is there does not say that it was passed on.
  return stored({ ...saving, question: null, at: placeOf(standing) }, same, 'queued');
}

/** Nothing stands there any more (the service answers 405 to a change of what is not there). */
const GONE = [404, 405, 410];

/** It is made once more, under the identifier that it had. */
function begunAnew(saving: Saving, body: QuestionnaireResponse): Saving {
  const wanted = saving.wanted ?? body;
  return { ...saving, at: null, known: null, lost: null, question: null, wanted };
}

/** For a server that has none of it: it names what it makes. */
function toNew({ id: _id, meta: _meta, ...body }: QuestionnaireResponse): QuestionnaireResponse {
  return body;
}

function stored(saving: Saving, body: QuestionnaireResponse, outcome: 'stored' | 'queued'): Saving {
  const isLatest = saving.wanted === null || sameAnswers(saving.wanted, body);
  return { ...saving, known: body, lost: null, wanted: isLatest ? null : saving.wanted, outcome };
}

/** null without an id and a version, which a change must name. */
function standingIn(reply: SaveReply): Standing | null {
  if (reply.state !== 'done') return null;
  const { body, etag } = reply;
  const isBundle = body.resourceType === 'Bundle';
  const response = isBundle ? body.entry?.[0]?.resource : body;
  const { versionId } = response?.meta ?? {};
  const version = (isBundle ? null : etag) ?? (versionId ? `W/"${versionId}"` : null);
  return response?.id && version ? { response, etag: version } : null;
}

function placeOf({ response, etag }: Standing): { id: string; etag: string } {
  return { id: response.id ?? '', etag };
}

function identifierOf(response: QuestionnaireResponse | null): string {
  const { system = '', value = '' } = response?.identifier ?? {};
  return `${system}|${value}`;
}

function told({ status, item = [] }: QuestionnaireResponse): string {
  return JSON.stringify({ status, item }, inOrder);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
