/** What every suite of test/adversary does: attack, see the exact refusal, see that nothing was told or done, count. */
import { expect } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { SECRETS } from './authorization-world.js';
import { faultsOf } from './contract-http.js';
import { system } from './contract-responses.js';
import type { Raw } from './http-app.js';

/** An answer as far as it is judged here; `text` is its body. */
export type Answered = { status: number; headers: Headers; text: string };

/** Status and details code. */
export type Refusal = readonly [status: number, code: string];
export const NO_TOKEN: Refusal = [401, 'token-invalid'];
export const NOT_YOURS: Refusal = [403, 'scope-missing'];
export const NOT_KNOWN: Refusal = [400, 'unknown-parameter'];
export const NO_SUCH: Refusal = [404, 'unknown-route'];

/** What a refusal says that a client may do about it, by details code (RFC 6750 §3). */
const CHALLENGE: Record<string, string> = {
  'token-invalid': 'Bearer',
  'scope-missing': 'Bearer error="insufficient_scope"',
};

/** Counts the attacks of a file, and says at its end how they went. */
export type Ledger = {
  /** The answer is this refusal, as an OperationOutcome, and tells nothing of anybody. `told`: what else it may not hold. */
  refused: (name: string, answer: Answered, refusal: Refusal, told?: readonly string[]) => void;
  /** An attack that is not refused by an answer of its own: what it came to, and what it must come to. */
  harmless: (name: string, found: unknown, expected: unknown) => void;
  /** A plain request is answered as ever. */
  stillAnswers: (url: string, headers?: Record<string, string>) => Promise<void>;
  /** To be called last. */
  print: () => void;
};

export function createLedger(file: string): Ledger {
  const counts = { attacks: 0, refused: 0, isAnswering: false };
  return {
    refused: (name, { status, headers, text }, refusal, told = []) => {
      counts.attacks += 1;
      expect([name, status, text.slice(0, 200)]).toEqual([name, refusal[0], expect.any(String)]);
      const outcome = headers.get('content-type')?.includes('fhir+json')
        ? faultsOf(JSON.parse(text) as OperationOutcome).map(({ system: of, code }) => [of, code])
        : text.slice(0, 300);
      expect([name, outcome]).toEqual([name, [[system('issues'), refusal[1]]]]);
      expect([name, headers.get('www-authenticate')]).toEqual([name, CHALLENGE[refusal[1]] ?? null]);
      expect([name, headers.get('set-cookie'), headers.get('etag'), headers.get('location')]).toEqual([
        name,
        null,
        null,
        null,
      ]);
      expect([name, [...SECRETS, ...told].filter((secret) => text.includes(secret))]).toEqual([name, []]);
      counts.refused += 1;
    },
    harmless: (name, found, expected) => {
      counts.attacks += 1;
      expect([name, found]).toEqual([name, expected]);
      counts.refused += 1;
    },
    stillAnswers: async (url, headers = {}) => {
      counts.isAnswering = false;
      const reply = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
      await reply.arrayBuffer();
      expect(reply.status).toBe(200);
      counts.isAnswering = true;
    },
    print: () => {
      const { attacks, refused, isAnswering } = counts;
      const state = isAnswering ? 'service still answering' : 'SERVICE NOT ANSWERING';
      process.stdout.write(`test/adversary/${file}: attacks ${attacks}, refused ${refused}, ${state}\n`);
    },
  };
}

/** Bytes of an answer, as a client would read them. */
export function toAnswered({ status, head, body }: Raw): Answered {
  const headers = new Headers();
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status, headers, text: body };
}
