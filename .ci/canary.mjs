/**
 * Looks through everything that services printed during a test run (test/support/service-log.ts) for what must never
 * be in a log: names and words of patients, tokens, cookies, queries. Fails for one of them, and for nothing to look at.
 * What was clean is removed. Takes a folder; by default that of the run.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? join(import.meta.dirname, '../coverage/service-logs');

/** The tests' patients, and words that tests let them write, are called so; the rest is told by its form. */
const NEVER = {
  'a name of the tests': /\b(?:Example|Müller(?:in)?|Winterbottom|Okafor|Unmistakable|Zebrowski|Robin)\b/i,
  'words of the tests': /\bMrs Secret\b|MRN 0815|canary[0-9a-f]|window\.hit|onerror=|evil\.example/i,
  'a patient': /\b(?:Patient|Practitioner|RelatedPerson)\/[A-Za-z0-9]/,
  'an identifier': /\br[0-9a-f]{31}\b/,
  'a token': /\beyJ[\w-]{8,}|\bBearer\s+[\w-]/i,
  'a cookie': /__Host-|set-cookie/i,
  'a query': /[?&][\w:.-]+=/,
  'a secret': /client_secret|client_assertion|code_verifier|refresh_token|"d":"/,
};
/** Names of hosts that the tests use have one of the names in them. */
const HOSTS = /\b(?:[a-z0-9-]+\.)+example(?:\.[a-z]+)?\b|\bexample\.(?:org|com|net)\b/g;

const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')) : [];
const hits = [];
let count = 0;
for (const name of files) {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
  count += lines.length;
  for (const line of lines) {
    const kinds = Object.entries(NEVER).filter(([, pattern]) => pattern.test(line.replace(HOSTS, 'host')));
    if (kinds.length > 0)
      hits.push(`${name}: ${kinds.map(([kind]) => kind).join(', ')}: ${line.slice(0, 400)}`);
  }
}
process.stdout.write(
  `canary: ${count} lines of ${files.length} services looked through, ${hits.length} with what must not be there\n`,
);
for (const hit of hits.slice(0, 50)) process.stdout.write(`  ${hit}\n`);
if (hits.length > 0 || count === 0) process.exitCode = 1;
else rmSync(folder, { recursive: true });
