/**
 * Who may do what: every cell of test/cases/authorization.txt as a request to the running service. The table is
 * written by hand from the rules at its head; a cell that fails is a fault of the service until somebody shows from
 * those rules that it is one of the table.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Resource } from 'fhir/r4.js';
import { type Ask, idsOf, type Row, readTable } from '../support/authorization-table.js';
import { type Answer, SECRETS, startWorld, type World } from '../support/authorization-world.js';
import { faultsOf, observationsOf, send, shortCode } from '../support/contract-http.js';
import { system } from '../support/contract-responses.js';
import { START_TIMEOUT } from '../support/contract-service.js';

const table = readTable();
const checked = { allowed: 0, found: 0, denied: 0, '401': 0, 'let through, then refused': 0 };
let world: World;

beforeAll(async () => {
  world = await startWorld();
}, START_TIMEOUT);

afterAll(async () => {
  await world?.stop();
  const all = Object.values(checked).reduce((sum, one) => sum + one, 0);
  process.stdout.write(`authorization: ${all} cells checked: ${JSON.stringify(checked)}\n`);
}, 30_000);

const outcomeOf = ({ body }: Answer) => body as OperationOutcome;
const isSearch = ({ body }: Answer) => (body as Resource | undefined)?.resourceType === 'Bundle';

/** What is wrong with an answer that must be a refusal; null for nothing. */
function refusalFault(answer: Answer, status: number, code: string | null): string | null {
  const said = `${answer.status} ${answer.text.slice(0, 200)}`;
  if (answer.status !== status) return said;
  const [fault, ...more] = faultsOf(outcomeOf(answer));
  const hasCode = fault?.system === system('issues') && (code === null || fault.code === code);
  if (!hasCode || fault.severity !== 'error' || more.length > 0) return said;
  if (SECRETS.some((secret) => answer.text.includes(secret))) return `tells: ${said}`;
  const challenge = answer.headers.get('www-authenticate') ?? '';
  const wanted =
    status === 401 ? /^Bearer\b/ : status === 403 ? /^Bearer .*error="insufficient_scope"/ : /^$/;
  return wanted.test(challenge) ? null : `WWW-Authenticate: ${challenge}`;
}

/** What is wrong with an answer that must be exactly these resources; null for nothing. */
function findingFault(answer: Answer, ids: string[], isCount: boolean): string | null {
  if (answer.status !== 200) return `${answer.status} ${answer.text.slice(0, 200)}`;
  const { entry = [], total, link = [] } = answer.body as Bundle;
  const found = entry.flatMap(({ resource }) => resource?.id ?? []).sort();
  const matches = entry.filter(({ search }) => search?.mode !== 'include').length;
  if (isCount) return total === undefined || total === ids.length ? null : `counts ${total}`;
  if (JSON.stringify(found) !== JSON.stringify(ids))
    return `found ${found.length}: ${found.join(' ')}`.slice(0, 400);
  // What is not shown is not counted either.
  if (total !== undefined && total !== matches) return `says ${total}, shows ${matches}`;
  return link.some(({ relation }) => relation === 'next') ? 'says that there is more' : null;
}

/** What is wrong with an answer that must be what was asked for; null for nothing. */
function allowedFault(answer: Answer, ask: Ask): string | null {
  if (answer.status < 200 || answer.status > 299) return `${answer.status} ${answer.text.slice(0, 200)}`;
  const id = /^GET \w+\/([^/]+)(\/_history\/1)?$/.exec(`${ask.method} ${ask.path}`)?.[1];
  if (id === undefined || ask.path.startsWith('/')) return null;
  const { id: found } = answer.body as Resource;
  return found === filled(id) ? null : `another: ${found}`;
}

/** What an answer tells that must tell nothing; null for nothing. */
function blindFault(answer: Answer): string | null {
  if (answer.status === 400 || answer.status === 403) return refusalFault(answer, answer.status, null);
  return findingFault(answer, [], false);
}

const filled = (text: string) =>
  text.replace(/\{([a-z]+)\}/g, (_all, name: string) => world.names[name] ?? '');

function faultIn(answer: Answer, ask: Ask, expected: string): string | null {
  switch (expected) {
    case 'yes':
      checked.allowed += 1;
      return allowedFault(answer, ask);
    case 'no':
      checked.denied += 1;
      return refusalFault(answer, 403, 'scope-missing');
    case '401':
      checked['401'] += 1;
      return refusalFault(answer, 401, 'token-invalid');
    case 'shut':
      checked.denied += 1;
      return [403, 404, 405].includes(answer.status)
        ? refusalFault(answer, answer.status, null)
        : `${answer.status}`;
    case 'blind':
      checked.denied += 1;
      return blindFault(answer);
    case '404':
    case '405':
    case '422':
      checked['let through, then refused'] += 1;
      return refusalFault(answer, Number(expected), null);
    default:
      checked.found += 1;
      if (answer.status === 200 && !isSearch(answer)) return 'not a Bundle';
      return findingFault(answer, idsOf(expected, table, world.names), ask.path.includes('_summary=count'));
  }
}

/** Resources of its own for a cell that writes, so that those of the table stay as they are. */
async function namesFor({ method, path, body }: Ask, isAllowed: boolean): Promise<Record<string, string>> {
  const [, name] = /^\w+\/\{(own|draft|other)\}/.exec(path) ?? [];
  const writes =
    method === 'PUT' || path.endsWith('/$deliver') || (body === 'reason' && path.endsWith('/$drop'));
  if (name === undefined || !writes || !isAllowed) return world.names;
  return { ...world.names, [name]: await world.fresh(name) };
}

async function ask({ caller }: Row, asked: Ask, isAllowed: boolean): Promise<Answer> {
  const { url, sent } = world.toSent(asked, await namesFor(asked, isAllowed));
  const headers = { ...sent.headers, ...(await world.headersOf(caller)) };
  return send(url, { ...sent, headers });
}

/** Every cell of a row that is not as the table says. First what is refused, which must change nothing. */
async function differencesIn(row: Row): Promise<string[]> {
  const differences: string[] = [];
  const run = async ({ ask: asked, expected }: Row['cells'][number]) => {
    const fault = faultIn(await ask(row, asked, expected === 'yes'), asked, expected);
    if (fault !== null) differences.push(`${row.caller.name}: ${asked.name} must be ${expected}: ${fault}`);
  };
  const isRead = (asked: Ask) => asked.method === 'GET';
  const denied = row.cells.filter(({ expected }) => expected !== 'yes');
  const hasWrites = denied.some(({ ask: asked }) => !isRead(asked));
  const before = hasWrites ? await world.state() : '';
  await Promise.all(denied.filter((cell) => isRead(cell.ask)).map(run));
  await Promise.all(denied.filter((cell) => !isRead(cell.ask)).map(run));
  if (hasWrites && (await world.state()) !== before)
    differences.push(`${row.caller.name}: something was written`);
  await Promise.all(row.cells.filter(({ expected }) => expected === 'yes').map(run));
  return differences;
}

test('the table can be read, and is large enough to mean something', () => {
  expect(table.faults).toEqual([]);
  const cells = table.rows.flatMap((row) => row.cells);
  expect(cells.length).toBeGreaterThan(5000);
  for (const word of ['yes', 'no', '401', '404', 'none', ...table.sets.keys()]) {
    const isUsed = cells.some(({ expected }) => expected === word);
    const isPart = [...table.sets.values()].some((members) => members.includes(word));
    expect([word, isUsed || isPart]).toEqual([word, true]);
  }
});

test('nobody gets in by being left out', () => {
  const named = table.rows.filter(({ block }) => block !== 'what is public');
  const shut = ['none', 'garbage', 'expired', 'no-scope', 'openid', 'nobody'];
  const open = named
    .filter(({ caller }) => shut.includes(caller.name))
    .flatMap(({ cells }) => cells.filter(({ expected }) => !['no', '401', 'shut'].includes(expected)));
  expect(open).toEqual([]);
});

test('what the table says is stored is what is stored', async () => {
  const { embeddedUrl } = world.service;
  for (const name of ['own', 'other']) {
    const stored = await observationsOf(embeddedUrl, world.names[name] ?? '');
    expect(stored.map(shortCode).sort()).toEqual([...table.observations].sort());
  }
  expect(await observationsOf(embeddedUrl, world.names.draft ?? '')).toEqual([]);
});

describe.each([...new Set(table.rows.map(({ block }) => block))])('%s', (block) => {
  const rows = table.rows.filter((row) => row.block === block);
  test.each(rows.map((row) => [row.caller.name, row] as const))(
    '%s',
    async (_name, row) => {
      expect(await differencesIn(row)).toEqual([]);
    },
    60_000,
  );
});
