import type { Bundle, Parameters, ParametersParameter } from 'fhir/r4.js';
import { nameOf, resourcesOf, toSteps } from '../fhir/delivery-plan.js';
import { memberOf } from '../fhir/member.js';
import { type Issue, Problem, toOperationOutcome } from '../fhir/outcome.js';
import { isFull, isTaken, type WriteProfile } from '../fhir/write-profile.js';
import { findAccepted, responseIdOf } from './accepted.js';
import { toEntry } from './deliver-version.js';
import type { DeliveryState, Entry, ListedEntry, ListPlace, Ports } from './ports.js';
import { type Input, lookUpPatient, readResponse, scoreResponse } from './score-response.js';

const STATES: readonly DeliveryState[] = ['queued', 'written', 'refused', 'unknown'];

/** At most this many in one list. */
const MOST = 500;

/** How far a response is on its way (contract.md §7). Throws `resource-not-found` for an id never accepted. */
export async function readDeliveryStatus(id: string, ports: Ports): Promise<Parameters> {
  const newest = statusEntry(ports.outbox.entriesOf(responseIdOf(id, ports) ?? id));
  if (newest) return toStatus(newest, ports);
  const accepted = await findAccepted(id, ports);
  if (!accepted?.isOurs) throw notAccepted();
  // Taken by another outbox, or before this one was made: it is there, and nothing more is known.
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'status', valueCode: 'written' },
      { name: 'version', valueInteger: accepted.version },
      { name: 'attempts', valueInteger: 0 },
      { name: 'location', valueUri: locationOf(id, accepted.version, ports) },
    ],
  };
}

/** The newest version, in the state of what holds it up: the first change of the response that is still open. */
function statusEntry(entries: readonly Entry[]): Entry | undefined {
  const newest = entries.filter(({ kind }) => kind === 'response').at(-1);
  const open = entries.find(({ state, isDropped }) => state !== 'written' && !isDropped);
  if (!newest || !open || newest.state === 'written') return newest;
  const { state, issue, attempts, nextAttempt } = open;
  return { ...newest, state, issue, attempts, nextAttempt };
}

/**
 * Everything in the outbox that is in this state, a page at a time: what has red flags that nobody has acknowledged
 * first, then the newest first.
 */
export function listDeliveryStatus(query: URLSearchParams, ports: Ports): Bundle {
  const count = wholeNumber(query, '_count', 50);
  const after = placeIn(query);
  const state = STATES.find((one) => one === query.get('status')) ?? null;
  const unknown = [...query.keys()].filter((name) => !['status', '_count', '_after'].includes(name));
  if (unknown.length > 0 || (query.has('status') && state === null)) {
    const text = `Taken here: status (${STATES.join(', ')}), _count and _after.`;
    throw new Problem({ code: 'unknown-parameter', text });
  }
  const page = Math.min(count, MOST);
  const entries = ports.outbox.list({ state, after, count: page + 1 });
  const shown = entries.slice(0, page);
  const isLast = entries.length === shown.length;
  const base = `${ports.publicUrl}/fhir/$delivery-status`;
  const asked = state === null ? '' : `status=${state}&`;
  const last = shown.at(-1)?.place ?? after;
  const next = `${base}?${asked}_count=${page}${last ? `&_after=${placeText(last)}` : ''}`;
  const unscored = state === null || state === 'refused' ? toUnscored(ports) : [];
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: ports.outbox.total(state) + unscored.length,
    link: [
      { relation: 'self', url: query.size > 0 ? `${base}?${query}` : base },
      ...(isLast ? [] : [{ relation: 'next', url: next }]),
    ],
    entry: [
      ...shown.map((entry) => ({ ...toStatus(entry, ports), id: String(entry.seq) })),
      ...(isLast ? unscored : []),
    ].map((resource) => {
      const fullUrl = `${ports.publicUrl}/fhir/Parameters/${resource.id}`;
      return { fullUrl, resource, search: { mode: 'match' } };
    }),
  };
}

/** What others stored on the FHIR server and could not be taken up as it is: seen by an operator at the same place. */
function toUnscored({ intake }: Ports): Parameters[] {
  return (intake?.unscored() ?? []).map(({ reference, issues, at }, index) => ({
    resourceType: 'Parameters',
    id: `unscored-${index + 1}`,
    parameter: [
      { name: 'status', valueCode: 'refused' },
      { name: 'queuedAt', valueInstant: at.toISOString() },
      { name: 'outcome', resource: toOperationOutcome([...issues]) },
      { name: 'response', valueReference: { reference } },
    ],
  }));
}

/** As it is written into the link to the next page; null for the first. */
function placeIn(query: URLSearchParams): ListPlace | null {
  const text = query.get('_after');
  if (text === null) return null;
  const [, kind, seq, at] = /^([au])-(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (kind !== undefined) return { isAlerted: kind === 'a', seq: Number(seq), at: Number(at) };
  throw new Problem({ code: 'unknown-parameter', text: '_after is only in a link to a next page.' });
}

function placeText({ isAlerted, seq, at }: ListPlace): string {
  return `${isAlerted ? 'a' : 'u'}-${seq}-${at}`;
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Problem({ code: 'unknown-parameter', text: `${name} is a whole number.` });
}

/**
 * `$deliver`: tries again, now, what of the response is not written. With the parameter `resend` (true) an operator
 * says that what may have arrived did not, so that it is sent without a look.
 */
export async function retryDelivery(id: string, body: unknown, ports: Ports): Promise<Parameters> {
  const resend = parameterIn(body, 'resend', 'valueBoolean') === true;
  const key = responseIdOf(id, ports) ?? id;
  return ports.delivery.inOrder(key, async () => {
    const open = ports.outbox.entriesOf(key).some(({ state }) => state !== 'written');
    if (open && resend) ports.outbox.clearDoubt(key);
    if (open) await ports.delivery.retry(key);
    return readDeliveryStatus(id, ports);
  });
}

/** `$drop`: gives up the first version that is not written, for a reason; the response is kept here. */
export async function dropDelivery(id: string, body: unknown, ports: Ports): Promise<Parameters> {
  const reason = reasonIn(body);
  const key = responseIdOf(id, ports) ?? id;
  return ports.delivery.inOrder(key, async () => {
    const open = ports.outbox
      .entriesOf(key)
      .some(({ state, isDropped }) => state !== 'written' && !isDropped);
    if (!open) {
      await readDeliveryStatus(id, ports);
      const text = 'Everything of this response is written or given up: there is nothing to drop.';
      throw new Problem({ code: 'status-change', text });
    }
    ports.outbox.drop(key, reason);
    return readDeliveryStatus(id, ports);
  });
}

/** The reason, as `Parameters.parameter` named `reason`. */
function reasonIn(body: unknown): string {
  const reason = parameterIn(body, 'reason', 'valueString');
  if (typeof reason === 'string' && reason.trim() !== '' && reason.length <= 500) return reason.trim();
  const text =
    'Giving up needs a reason: a parameter named "reason" with a valueString of at most 500 characters.';
  throw new Problem({ code: 'missing-element', text, expression: 'Parameters.parameter' });
}

/** The value of a parameter of a Parameters resource; undefined for none. */
function parameterIn(body: unknown, name: string, value: string): unknown {
  const list = memberOf(body, 'parameter');
  const found = Array.isArray(list) ? list.find((one) => memberOf(one, 'name') === name) : undefined;
  return memberOf(found, value);
}

/** `$delivery-plan`: where each part of a response would go; writes nothing. */
export async function planDelivery(input: Input, ports: Ports): Promise<Parameters> {
  const read = readResponse(input, 'error', ports);
  const patient = await lookUpPatient(read, ports);
  const scored = scoreResponse(read, patient, ports);
  const profile = await ports.delivery.profile();
  const isPatientKnown = patient !== 'unknown';
  const one = { scored, version: 1, before: null, isPatientKnown, standing: null };
  const { payload } = await toEntry(one, ports);
  const rest = { hasDocument: payload.document !== null, standing: null };
  const steps = toSteps(payload.transaction, rest, profile);
  const kept = resourcesOf(payload.transaction).filter((resource) => !isTaken(resource, profile));
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'plan', valueString: profile.name },
      ...describe(profile),
      ...steps.map(
        ({ key, target, what }): ParametersParameter => ({
          name: 'step',
          part: [
            { name: 'target', valueCode: target === 'server' ? 'fhir-server' : 'own-store' },
            { name: 'interaction', valueCode: what.kind },
            { name: 'what', valueString: what.kind === 'document' ? 'DocumentReference' : key },
            ...(what.kind === 'transaction'
              ? what.names.map((name): ParametersParameter => ({ name: 'resource', valueString: name }))
              : []),
          ],
        }),
      ),
      ...kept.map((resource): ParametersParameter => ({ name: 'kept', valueString: nameOf(resource) })),
    ],
  };
}

function describe(profile: WriteProfile): ParametersParameter[] {
  const { transaction, identity, document } = profile;
  return [
    { name: 'transaction', valueBoolean: transaction },
    { name: 'identity', valueCode: identity },
    ...(document && !isFull(profile) ? [{ name: 'document', valueCode: document }] : []),
  ];
}

function toStatus(entry: Entry | ListedEntry, ports: Ports): Parameters {
  const { state, version, attempts, queuedAt, nextAttempt, plan, issue, responseId, kind } = entry;
  const shownIssue: Issue | null = state === 'written' ? null : issue;
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'status', valueCode: state },
      { name: 'version', valueInteger: version },
      { name: 'attempts', valueInteger: attempts },
      { name: 'queuedAt', valueInstant: queuedAt.toISOString() },
      ...(state === 'queued' && nextAttempt
        ? [{ name: 'nextAttempt', valueInstant: nextAttempt.toISOString() }]
        : []),
      ...(state === 'written'
        ? [{ name: 'location', valueUri: locationOf(responseId, version, ports) }]
        : []),
      ...(plan ? [{ name: 'plan', valueString: plan }] : []),
      ...('alert' in entry && entry.alert ? [{ name: 'alert', valueCode: entry.alert }] : []),
      ...(shownIssue ? [{ name: 'outcome', resource: toOperationOutcome([shownIssue]) }] : []),
      {
        name: 'response',
        valueReference: {
          reference: `${kind === 'task' ? 'Task' : 'QuestionnaireResponse'}/${responseId}${kind === 'task' ? '.task' : ''}`,
        },
      },
    ],
  };
}

function locationOf(id: string, version: number, { publicUrl }: Ports): string {
  return `${publicUrl}/fhir/QuestionnaireResponse/${id}/_history/${version}`;
}

function notAccepted(): Problem {
  return new Problem({ code: 'resource-not-found', text: 'No response was ever accepted under this id.' });
}
