/*
 * How long the worklist takes to its first row, with 50 and with 1,000 screenings: `npm run check:worklist`.
 * Everything is posted through the API, as any caller would. Fails only when it is not flat by far: with five times
 * the time, or with more requests.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packed from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const cases = Object.values(JSON.parse(readFileSync(join(root, 'test/fixtures/worked-cases.json'), 'utf8')));
const questionnaire = JSON.parse(
  readFileSync(join(root, 'resources/Questionnaire-axspa-back-pain-screening.json'), 'utf8'),
);
const ANSWERS = 'https://w3id.org/axspa-screening/CodeSystem/answers';
const FLAGGED = ['red-flag-emergency', 'red-flag-urgent', 'eye-symptoms-now'];
/** Alerts that wait stand above the list, all of them; the list is what is measured, so they are among the first. */
const calm = cases.filter((answers) =>
  FLAGGED.every((linkId) => /^(none|no)$/.test([answers[linkId]].flat().join())),
);
const SIZES = [50, 1000];
const MOST_TIMES = 5;
const RUNS = 7;
const PEOPLE = 40;

const [port, fhirPort] = [await freePort(), await freePort()];
const folder = mkdtempSync(join(tmpdir(), 'worklist-size-'));
const service = spawn(process.execPath, [join(dist, 'main.js')], {
  env: {
    ...process.env,
    PORT: port,
    EMBEDDED_FHIR_PORT: fhirPort,
    DATA_DIR: folder,
    SEED_DEMO: 'false',
    LOG_LEVEL: 'error',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const url = `http://127.0.0.1:${port}`;
let browser;
try {
  await until(() => fetch(`${url}/readyz`).then(({ ok }) => ok));
  for (let i = 0; i < PEOPLE; i += 1) await putPatient(i);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? (await packed.executablePath()),
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
  });
  let count = 0;
  const measures = [];
  for (const size of SIZES) {
    for (; count < size; count += 1) await postResponse(count);
    const measured = await measure();
    measures.push(measured);
    const { ms, rows, requests } = measured;
    process.stdout.write(
      `${size} screenings: first row after ${ms} ms (median of ${RUNS}), ${rows} rows, ${requests} FHIR requests\n`,
    );
  }
  const [few, many] = measures;
  process.stdout.write(`"Show more" to the end: ${await walk()} screenings, each once\n`);
  if (many.ms > few.ms * MOST_TIMES || many.requests > few.requests) {
    process.stderr.write('The worklist gets slower with what it lists.\n');
    process.exitCode = 1;
  }
} finally {
  await browser?.close();
  service.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Median of several visits, each in a fresh context with an empty cache. */
async function measure() {
  const visits = [];
  for (let i = 0; i <= RUNS; i += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const requests = [];
    page.on('request', (request) => requests.push(request.url()));
    const started = performance.now();
    await page.goto(`${url}/worklist`);
    await page.waitForSelector('.row', { timeout: 30_000 });
    const ms = performance.now() - started;
    const rows = await page.locator('.row').count();
    visits.push({ ms, rows, requests: requests.filter((one) => one.includes('/fhir/')).length });
    await context.close();
  }
  // The first visit warms up the service.
  const sorted = visits.slice(1).sort((a, b) => a.ms - b.ms);
  const { ms, ...rest } = sorted[Math.floor(sorted.length / 2)];
  return { ms: Math.round(ms), ...rest };
}

/** Rows by "Show more", until there are no more. Throws when one is there twice, or is not there. */
async function walk() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${url}/worklist`);
  const more = page.getByRole('button', { name: 'Show more' });
  const rows = page.locator('.row .open');
  await rows.first().waitFor();
  for (let shown = await rows.count(); await more.isVisible(); shown = await rows.count()) {
    await more.click();
    await rows.nth(shown).waitFor({ timeout: 30_000 });
  }
  const links = await rows.evaluateAll((found) => found.map((link) => link.getAttribute('href')));
  if (links.length !== SIZES.at(-1) || new Set(links).size !== links.length)
    throw new Error(`${links.length} rows, ${new Set(links).size} of them different`);
  return links.length;
}

async function putPatient(index) {
  const patient = {
    resourceType: 'Patient',
    id: `size-${index}`,
    name: [{ family: `Family${index}`, given: ['Given'] }],
    gender: index % 2 ? 'male' : 'female',
    birthDate: `19${40 + (index % 30)}-05-17`,
  };
  await send('PUT', `http://127.0.0.1:${fhirPort}/fhir/Patient/${patient.id}`, patient);
}

async function postResponse(index) {
  const subject = { reference: `Patient/size-${index % PEOPLE}` };
  await send('POST', `${url}/fhir/QuestionnaireResponse`, {
    resourceType: 'QuestionnaireResponse',
    identifier: { system: 'urn:example:worklist-size', value: String(index) },
    questionnaire: `${questionnaire.url}|${questionnaire.version}`,
    status: 'completed',
    subject,
    author: subject,
    authored: new Date(Date.now() - (SIZES.at(-1) - index) * 600_000).toISOString(),
    item: toItems(questionnaire.item, answersOf(index)),
  });
}

function answersOf(index) {
  const some = index < SIZES[0] ? cases : calm;
  return some[index % some.length];
}

function toItems(items, answers) {
  return items.flatMap(({ linkId, item: inside = [] }) => {
    const given = [answers[linkId] ?? []].flat();
    const answer = given.map((one) =>
      typeof one === 'number' ? { valueInteger: one } : { valueCoding: { system: ANSWERS, code: one } },
    );
    const item = toItems(inside, answers);
    if (answer.length + item.length === 0) return [];
    return [{ linkId, ...(answer.length > 0 && { answer }), ...(item.length > 0 && { item }) }];
  });
}

async function send(method, target, body) {
  const headers = { 'Content-Type': 'application/fhir+json' };
  const response = await fetch(target, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${await response.text()}`);
}

async function until(isReady) {
  for (let i = 0; i < 150; i += 1) {
    if (await isReady().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('The service did not start');
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => done(String(free)));
    });
  });
}
