/** Strings that a backtracking engine chokes on, and a worker that can be ended when it does. */
import { Worker } from 'node:worker_threads';

/** What is repeated, beside what the expression itself is made of. */
const PIECES = [
  ...[
    ' ',
    '\t',
    '\n',
    '\r\n',
    'a',
    'A',
    'Z',
    '0',
    '9',
    '-',
    '.',
    ':',
    ';',
    ',',
    '/',
    '\\',
    '"',
    "'",
    '_',
    '=',
  ],
  ...['<', '>', '&', '(', '[', '{', '|', '%', '+', '*', '?', '#', '@', '$', '\u0000', 'ä', '\u2028', '𝒳'],
  ...[
    'a ',
    ' a',
    'a-',
    'a.',
    'a/',
    'a:',
    'a=',
    'a,',
    'a;',
    '0-',
    '0.',
    '0:',
    'aA',
    'a0',
    'A-',
    ',0',
    '; ',
    '=a',
  ],
];
/** What ends them, so that nearly all of it matches. */
const ENDINGS = ['', '!', '\u0001', ' \n!'];

/** All for one expression: each piece repeated up to `length` characters, after each beginning, before each ending. */
export function attacks(pattern: string): { beginnings: string[]; pieces: string[]; endings: string[] } {
  const plain = pattern.replace(/\\[dDwWsSbB]|\(\?[:=!<]+|[\\^$()[\]{}|?*+]/g, ' ');
  const words = [...new Set(plain.split(/\s+/).filter((word) => word.length > 0))].slice(0, 8);
  return { beginnings: ['', ...words], pieces: [...PIECES, ...words], endings: ENDINGS };
}

const SCRIPT = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ pattern, flags, length, beginnings, pieces, endings }) => {
  let count = 0;
  let matched = 0;
  try {
    for (const beginning of beginnings) for (const piece of pieces) for (const ending of endings) {
      const text = beginning + piece.repeat(Math.floor(length / piece.length)) + ending;
      if (new RegExp(pattern, flags).test(text)) matched += 1;
      count += 1;
    }
    parentPort.postMessage({ count, matched });
  } catch (error) {
    parentPort.postMessage({ count, matched, error: String(error) });
  }
});
`;

export interface Expression {
  readonly name: string;
  readonly pattern: string;
  readonly flags: string;
}

export interface Attacked {
  readonly count: number;
  readonly matched: number;
  /** Set when it did not come to an end, or threw. */
  readonly failed: string | null;
}

/** A worker that is ended and replaced when one expression takes more of the processor than `deadlineMs` for all of its strings. */
export class Attacker {
  #worker: Worker | null = null;

  async run({ pattern, flags }: Expression, length: number, deadlineMs: number): Promise<Attacked> {
    const worker = this.#worker ?? new Worker(SCRIPT, { eval: true });
    this.#worker = worker;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<{ count: number; matched: number; error?: string }>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      // In the processor's time, of which this thread takes none meanwhile: a busy machine makes nothing hang.
      const begun = process.cpuUsage();
      timer = setInterval(() => {
        const { user, system } = process.cpuUsage(begun);
        if (user + system > deadlineMs * 1000) resolve({ count: 0, matched: 0, error: 'hangs' });
      }, 100);
    });
    worker.postMessage({ pattern, flags, length, ...attacks(pattern) });
    try {
      const { count, matched, error = null } = await answer;
      if (error !== null) await this.close();
      return { count, matched, failed: error };
    } finally {
      clearInterval(timer);
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }
}
