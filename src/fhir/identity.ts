import { createHash } from 'node:crypto';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { RESPONSE_IDENTIFIER } from './systems.js';

/** Who a response is (contract.md §1): its key, its id, and the hash that tells whether it says the same. */
export interface Identity {
  readonly identifier: { readonly system?: string; readonly value: string };
  readonly id: string;
  /** SHA-256, hex, of the content. */
  readonly contentHash: string;
}

/**
 * The identity of a response. Without an identifier the content names it, so a resend of the same body is
 * recognised even when the client gave none.
 */
export function identify(response: QuestionnaireResponse): Identity {
  const contentHash = sha256(canonicalJson(contentOf(response)));
  const { system, value } = response.identifier ?? {};
  const identifier =
    value === undefined
      ? { system: RESPONSE_IDENTIFIER, value: contentHash }
      : { ...(system && { system }), value };
  const key = `${identifier.system ?? ''}|${identifier.value}`;
  return { identifier, id: toResponseId(key), contentHash };
}

/** Response key, `system|value` → the id of the response. */
export function toResponseId(key: string): string {
  return `r${sha256(key).slice(0, 31)}`;
}

/** What a response says: without id, meta and narrative, and without an identifier that we gave it. */
function contentOf(response: QuestionnaireResponse): object {
  const { id: _id, meta: _meta, text: _text, identifier, ...content } = response;
  const ours = identifier?.system === RESPONSE_IDENTIFIER;
  return identifier && !ours ? { ...content, identifier } : content;
}

/** JSON with sorted keys and no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join()}}`;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
