import { lookup as systemLookup } from 'node:dns';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { memberOf } from '../fhir/member.js';
import { isLoopback } from '../loopback.js';
import { isPublicAddress } from './public-address.js';

/** The way out for URLs that somebody else named. Rejects with a `FetchFailed` alone. */
export type SafeFetch = (url: string | URL, init?: SafeRequest) => Promise<Response>;

/** The part of fetch's own options that is understood; jose's `customFetch` fits. */
export interface SafeRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface SafeFetchOptions {
  /** URLs of the operator: their hosts may be anywhere, and on this machine they need no TLS. */
  readonly configured: readonly string[];
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** Of its body. */
  readonly maxBytes?: number;
  /** How names become addresses. */
  readonly lookup?: typeof systemLookup;
}

/** Why nothing was fetched. Neither URL nor address: a log may have it. */
export class FetchFailed extends Error {
  /** `url`, `address`, `redirect`, `too-large`, `timeout`, or the system's code for what the network did. */
  readonly code: string;

  constructor(code: string) {
    super(`The request was not made, or its answer not taken: ${code}`);
    this.code = code;
  }
}

const MAX_BYTES = 256 * 1024;

/**
 * https, no redirects, a small answer, and only from the public internet: what a discovery document, a token or a
 * caller names must not lead to this machine or its networks. The addresses of a name are checked where the
 * connection is made, so that a name cannot change its mind in between (DNS rebinding).
 */
export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const { timeoutMs, maxBytes = MAX_BYTES, lookup = systemLookup } = options;
  const trusted = new Set(options.configured.map((one) => new URL(one).hostname));
  const plain = new Set(options.configured.filter(isPlainHere).map((one) => new URL(one).hostname));
  return async (text, init = {}) => {
    const url = readUrl(text, plain);
    const isTrusted = trusted.has(url.hostname);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (!isTrusted && isIP(literal) && !isPublicAddress(literal)) throw new FetchFailed('address');
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([timeout, init.signal]) : timeout;
    const guarded = isTrusted ? lookup : publicOnly(lookup);
    return exchange(url, { ...init, signal }, { lookup: guarded, maxBytes });
  };
}

/** Only where the operator named this very machine. */
function isPlainHere(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && isLoopback(hostname);
}

function readUrl(text: string | URL, plain: ReadonlySet<string>): URL {
  const url = URL.parse(String(text));
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && plain.has(url.hostname));
  if (!url || !isSafe || url.username || url.password) throw new FetchFailed('url');
  return url;
}

/** A name one of whose addresses is not public is refused whole. */
function publicOnly(lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
        return done(new FetchFailed('address'), '');
      }
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

/** One connection for one request: none that was made for something else is used again. */
function exchange(
  url: URL,
  { method = 'GET', headers = {}, body, signal }: SafeRequest,
  { lookup, maxBytes }: { lookup: LookupFunction; maxBytes: number },
): Promise<Response> {
  const request = url.protocol === 'https:' ? requestTls : requestPlain;
  const named = headers instanceof Headers ? headers : new Headers(headers);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(signal?.aborted ? new FetchFailed('timeout') : asFailed(error));
    const sent = request(
      url,
      { method, headers: Object.fromEntries(named), agent: false, lookup, ...(signal && { signal }) },
      async (answer) => {
        try {
          const status = answer.statusCode ?? 0;
          if (status >= 300 && status < 400) throw new FetchFailed('redirect');
          const bytes = await readUpTo(maxBytes, answer);
          const type = answer.headers['content-type'];
          const told = { status, headers: type === undefined ? {} : { 'content-type': type } };
          resolve(new Response(bytes.length > 0 ? bytes : null, told));
        } catch (error) {
          answer.destroy();
          fail(error);
        }
      },
    );
    sent.once('error', fail);
    sent.end(body);
  });
}

function asFailed(error: unknown): FetchFailed {
  if (error instanceof FetchFailed) return error;
  return new FetchFailed(String(memberOf(error, 'code') ?? 'network error'));
}

async function readUpTo(maxBytes: number, answer: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > maxBytes) throw new FetchFailed('too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
