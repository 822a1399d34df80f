/*
 * One operation of the built service, wired as main.ts does, in a process that kills itself (kill -9) at the n-th
 * point. Points lie before and after every commit and every request to a FHIR server, and after the
 * acknowledgement; the end of one step and the beginning of the next are one point, as nothing happens between.
 * Argument: a Spec of crash-process.ts as JSON. Writes the acknowledgement on a line, and the number of points.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readContent } from '../../dist/fhir/content.js';
import { canonicalJson, sha256 } from '../../dist/fhir/identity.js';
import { createShapeReader } from '../../dist/fhir/shape.js';
import { Database, migrate } from '../../dist/io/database.js';
import { createDispatch } from '../../dist/io/dispatch.js';
import { createFhirServer } from '../../dist/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../dist/io/outbox-schema.js';
import { loadResources } from '../../dist/io/resources.js';
import { amendResponse } from '../../dist/operations/amend-response.js';
import { submitResponse } from '../../dist/operations/submit-response.js';
import { createRuleSet } from '../../dist/scoring/rule-set.js';

const spec = JSON.parse(process.argv[2]);
const RESOURCES = fileURLToPath(new URL('../../resources', import.meta.url));

let points = 0;
let underWay = 0;
let last = '';

function reach(moment) {
  const isCounted = moment === 'after' || last !== 'after' || underWay > 0;
  last = moment;
  if (!isCounted) return;
  points += 1;
  if (points === spec.cutAt) process.kill(process.pid, 'SIGKILL');
}

/** Every commit is two points. */
class CutDatabase extends Database {
  exec(sql) {
    const isCommit = sql === 'COMMIT' && spec.cutsCommits;
    if (isCommit) reach('before');
    super.exec(sql);
    if (isCommit) reach('after');
  }
}

/** Every request is two points. */
function createCutServer(baseUrl) {
  const server = createFhirServer({ baseUrl, timeoutMs: 10_000 });
  const members = Object.entries(server).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member];
    const cut = async (...args) => {
      reach('before');
      underWay += 1;
      try {
        return await member(...args);
      } finally {
        underWay -= 1;
        reach('after');
      }
    };
    return [name, cut];
  });
  return Object.fromEntries(members);
}

async function createPorts() {
  const rules = createRuleSet('strict');
  const { content } = readContent(await loadResources(RESOURCES), rules);
  const file = join(spec.dataDir, 'outbox.db');
  const database = new CutDatabase(file);
  migrate(database, file, OUTBOX_STEPS);
  const now = () => new Date(Date.now() + spec.ahead);
  const server = createCutServer(spec.serverUrl);
  const dispatch = createDispatch({
    database,
    server,
    store: spec.storeUrl === null ? null : createCutServer(spec.storeUrl),
    override: {},
    alertUrl: null,
    alertSecret: null,
    retainDeliveredDays: 30,
    now,
    random: () => 0.5,
    warn: () => undefined,
  });
  const { outbox, delivery, records } = dispatch;
  const ports = {
    publicUrl: 'https://screening.example.org/axspa',
    content,
    rules,
    showLikelihood: false,
    ruleSetHash: `sha256:${sha256(canonicalJson(rules))}`,
    software: { version: '1.0.0', ruleSetVersion: rules.version },
    readShape: createShapeReader(),
    fhirServer: server,
    records,
    outbox,
    delivery,
    audit: { record: () => undefined },
    now,
  };
  return { dispatch, ports };
}

const { dispatch, ports } = await createPorts();
// What was done to open the database is not part of the operation.
points = 0;
last = 'after';
reach('after');
const { body, change } = spec;
const { outcome, isQueued } = change
  ? await amendResponse({ ...change, body }, ports)
  : await submitResponse(body, ports);
writeSync(1, `${JSON.stringify({ acknowledged: outcome, isQueued })}\n`);
reach('after');
await dispatch.round();
writeSync(1, `${JSON.stringify({ points })}\n`);
process.exit(0);
