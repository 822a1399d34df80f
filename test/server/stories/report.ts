/** What a run has to say beside passed and failed: figures, and differences between servers. run.mjs prints them. */
import { appendFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { DIFFERENCES, type Difference, type DifferenceName, type Kind } from './differences.js';

const used = new Set<string>();

function write(line: Record<string, string>): void {
  const file = process.env.STORIES_REPORT;
  if (file === undefined) process.stdout.write(`${Object.values(line).join(' · ')}\n`);
  else appendFileSync(file, `${JSON.stringify(line)}\n`);
}

export const tellServer = (name: string) => write({ server: name });

/** One line of figures, such as `1,000 patients: 40 submissions/s`. */
export const figure = (text: string) => write({ figure: text });

/** Whether the story that is running goes another way on this server, by the table; it is told when it does. */
export function differs(name: DifferenceName, kind: Kind): boolean {
  const row: Difference = DIFFERENCES[name];
  if (!row.servers.includes(kind)) return false;
  used.add(name);
  write({
    story: expect.getState().currentTestName ?? '',
    difference: name,
    what: row.what,
    reason: row.reason,
  });
  return true;
}

/** Rows of the table for this server that no story has used. */
export function unusedDifferences(kind: Kind): string[] {
  const rows: [string, Difference][] = Object.entries(DIFFERENCES);
  return rows
    .filter(([name, { servers }]) => servers.includes(kind) && !used.has(name))
    .map(([name]) => name);
}

/** Middle and 95th percentile, in whole milliseconds. */
export function percentiles(times: number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}
