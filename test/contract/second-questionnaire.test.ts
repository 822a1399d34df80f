/**
 * architecture.md: "Adding a questionnaire adds one JSON more." Any R4 Questionnaire dropped into `resources/` is served,
 * checked and stored, without a line of code; one that could only be half-read stops the start.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Bundle,
  OperationOutcome,
  Parameters,
  Provenance,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import { faultsOf, putPatient, read, resourcesOf, send } from '../support/contract-http.js';
import { AUTHORED, CLINIC } from '../support/contract-responses.js';
import { freePorts, START_TIMEOUT } from '../support/contract-service.js';
import { keepOutput } from '../support/service-log.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/Questionnaire-everything.json', import.meta.url));
const CODES = 'https://made-up.example.org/CodeSystem/everything';
const READY_WITHIN_MS = 60_000;

const everything = (): Questionnaire => JSON.parse(readFileSync(FIXTURE, 'utf8'));

type Started = {
  child: ChildProcess;
  exit: Promise<number | null>;
  output: () => string;
  port: number;
  fhirPort: number;
};

const folders: string[] = [];
const running: Started[] = [];

afterAll(async () => {
  for (const { child, exit } of running) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
  }
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}, 30_000);

/** The product as it is deployed, built for this test alone: another test may be building `dist` just now. */
function deploy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'axspa-second-'));
  folders.push(folder);
  const options = ['-p', join(ROOT, '.config/tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, ...options, '--incremental', 'false'], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
  for (const name of ['package.json', 'resources']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return folder;
}

const drop = (folder: string, questionnaire: Pick<Questionnaire, 'id'>) =>
  writeFileSync(
    join(folder, 'resources', `Questionnaire-${questionnaire.id}.json`),
    JSON.stringify(questionnaire),
  );

/** Only what node needs, and a free port for each door. */
async function start(folder: string): Promise<Started> {
  const [port = 0, fhirPort = 0] = await freePorts(2);
  const env = {
    PATH: process.env.PATH ?? '',
    PORT: `${port}`,
    EMBEDDED_FHIR_PORT: `${fhirPort}`,
    DATA_DIR: join(folder, 'data'),
    SEED_DEMO: 'false',
    LOG_LEVEL: 'info',
  };
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  keepOutput(child);
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exit = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const started = { child, exit, output: () => text, port, fhirPort };
  running.push(started);
  return started;
}

async function untilReady({ child, output, port }: Started): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const reply = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(5_000),
    }).catch(() => null);
    await reply?.arrayBuffer();
    if (reply?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`did not get ready:\n${output()}`);
}

async function untilExit({ child, exit, output }: Started): Promise<{ code: number | null; output: string }> {
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS);
  const code = await exit;
  clearTimeout(timer);
  return { code, output: output() };
}

const coded = (code: string): Answer => ({ valueCoding: { system: CODES, code } });
const item = (linkId: string, ...answer: Answer[]): QuestionnaireResponseItem => ({ linkId, answer });
const group = (linkId: string, ...inside: QuestionnaireResponseItem[]): QuestionnaireResponseItem => ({
  linkId,
  item: inside,
});

/** Every item of the Questionnaire, answered; zero and false among the answers. */
function good(more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    identifier: { system: CLINIC, value: 'everything' },
    questionnaire: 'https://made-up.example.org/Questionnaire/everything|2.1',
    status: 'completed',
    subject: { reference: 'Patient/p1' },
    authored: AUTHORED,
    item: [
      { linkId: 'welcome' },
      group(
        'body',
        item('height', { valueDecimal: 1.78 }),
        item('children', { valueInteger: 0 }),
        item('born', { valueDate: '1970-03' }),
        item('weight', {
          valueQuantity: { value: 81.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
        }),
        group(
          'habits',
          item('smokes', { valueBoolean: true, item: [item('cigarettes', { valueInteger: 0 })] }),
          item('wakes', { valueTime: '06:30:00' }),
        ),
      ),
      group(
        'visit',
        item('arrival', { valueDateTime: '2026-05-11T08:45:00+02:00' }),
        item('by', coded('bus')),
        item('drink', { valueString: 'Mate' }),
        item('needs', coded('lift'), coded('interpreter')),
        item('language', { valueString: 'Español' }),
      ),
      group(
        'medicine',
        item('medicine-name', { valueString: 'Ibuprofen' }),
        item('medicine-leaflet', { valueUri: 'https://made-up.example.org/ibuprofen' }),
        item('medicine-helps', { valueBoolean: true }),
      ),
      group(
        'medicine',
        item('medicine-name', { valueString: 'Naproxen' }),
        item('medicine-helps', { valueBoolean: false }),
        item('medicine-why-not', { valueString: 'It upsets my stomach.' }),
      ),
      item('postcode', { valueString: '01234' }),
      item('doctor', {
        valueReference: { type: 'Practitioner', identifier: { value: '0815' }, display: 'Dr Who' },
      }),
      { linkId: 'letter' },
      item('no-letter', { valueString: 'I forgot it.' }),
    ],
    ...more,
  };
}

/** The good response with one of its items changed, wherever it stands. */
function changed(
  linkId: string,
  change: (item: QuestionnaireResponseItem) => QuestionnaireResponseItem | null,
  more: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  const visit = (items: QuestionnaireResponseItem[]): QuestionnaireResponseItem[] =>
    items.flatMap((one) => {
      if (one.linkId === linkId) return change(one) ?? [];
      return [{ ...one, ...(one.item && { item: visit(one.item) }) }];
    });
  const response = good(more);
  return { ...response, item: visit(response.item ?? []) };
}
const answering = (linkId: string, ...answer: Answer[]) => changed(linkId, (one) => ({ ...one, answer }));

const TYPES: QuestionnaireItem['type'][] = [
  'attachment',
  'boolean',
  'choice',
  'date',
  'dateTime',
  'decimal',
  'display',
  'group',
  'integer',
  'open-choice',
  'quantity',
  'reference',
  'string',
  'text',
  'time',
  'url',
];

const typesIn = (items: readonly QuestionnaireItem[] = []): string[] =>
  items.flatMap(({ type, item: inside }) => [type, ...typesIn(inside)]);

describe('a second Questionnaire', () => {
  let fhir = '';
  let embedded = '';
  beforeAll(async () => {
    const folder = deploy();
    drop(folder, everything());
    const service = await start(folder);
    await untilReady(service);
    fhir = `http://127.0.0.1:${service.port}/fhir`;
    embedded = `http://127.0.0.1:${service.fhirPort}/fhir`;
    await putPatient(embedded, 'p1');
  }, START_TIMEOUT);

  test('has an item of every type', () => {
    expect([...new Set(typesIn(everything().item))].sort()).toEqual(TYPES);
  });

  test('is served as it was written, and found beside the first', async () => {
    expect(await read<Questionnaire>(`${fhir}/Questionnaire/everything`)).toEqual(everything());
    const found = await read<Bundle>(
      `${fhir}/Questionnaire?url=https://made-up.example.org/Questionnaire/everything`,
    );
    expect(resourcesOf<Questionnaire>(found, 'Questionnaire').map(({ id }) => id)).toEqual(['everything']);
    expect((await read<Bundle>(`${fhir}/Questionnaire`)).total).toBe(2);
  });

  const validate = async (resource: QuestionnaireResponse) => {
    const reply = await send<OperationOutcome>(`${fhir}/QuestionnaireResponse/$validate`, { body: resource });
    expect(reply.status).toBe(200);
    return faultsOf(reply.body)
      .filter(({ severity }) => severity === 'error')
      .map(({ code, expression }) => [code, expression.replace('QuestionnaireResponse.', '')]);
  };

  test('checks its responses: good ones', async () => {
    expect(await validate(good())).toEqual([]);
    expect(await validate(answering('drink', coded('tea')))).toEqual([]);
    const { item: _, ...empty } = good({ status: 'in-progress' });
    expect(await validate(empty)).toEqual([]);
  });

  test.each<[string, QuestionnaireResponse, [string, string][]]>([
    [
      'decimal',
      answering('height', { valueDecimal: 1.785 }),
      [['out-of-range', 'item[1].item[0].answer[0]']],
    ],
    [
      'integer',
      answering('children', { valueInteger: -1 }),
      [
        ['out-of-range', 'item[1].item[1].answer[0]'],
        ['answer-not-enabled', 'item[8]'],
      ],
    ],
    ['date', answering('born', { valueDate: '1970-02-30' }), [['bad-date', 'item[1].item[2].answer[0]']]],
    [
      'quantity',
      answering('weight', { valueQuantity: { value: 1, code: 'kg' } }),
      [['code-not-in-options', 'item[1].item[3].answer[0]']],
    ],
    [
      'under an answer',
      answering('smokes', { valueBoolean: true }),
      [['answer-required', 'item[1].item[4].item[0].answer[0]']],
    ],
    ['time', answering('wakes', { valueTime: '6:30' }), [['bad-date', 'item[1].item[4].item[1].answer[0]']]],
    [
      'dateTime',
      answering('arrival', { valueDateTime: '2026-05-11T08:45' }),
      [['bad-date', 'item[2].item[0].answer[0]']],
    ],
    [
      'a contained value set',
      answering('by', coded('plane')),
      [['code-not-in-options', 'item[2].item[1].answer[0]']],
    ],
    [
      'open-choice',
      answering('drink', coded('mate')),
      [['code-not-in-options', 'item[2].item[2].answer[0]']],
    ],
    [
      'exclusive',
      answering('needs', coded('interpreter'), coded('nothing')),
      [['exclusive-option', 'item[2].item[3]']],
    ],
    ['not asked', answering('needs', coded('lift')), [['answer-not-enabled', 'item[2].item[4]']]],
    ['asked', changed('language', () => null), [['answer-required', 'item[2]']]],
    [
      'string',
      answering('language', { valueString: 'x'.repeat(21) }),
      [['too-long-answer', 'item[2].item[4].answer[0]']],
    ],
    ['an instance of a group', changed('medicine-why-not', () => null), [['answer-required', 'item[4]']]],
    [
      'url',
      answering('medicine-leaflet', { valueString: 'x' }),
      [['wrong-answer-type', 'item[3].item[1].answer[0]']],
    ],
    ['text', answering('no-letter', { valueBoolean: false }), [['wrong-answer-type', 'item[8].answer[0]']]],
    ['pattern', answering('postcode', { valueString: '1234' }), [['pattern', 'item[5].answer[0]']]],
    [
      'reference',
      answering('doctor', { valueReference: { reference: 'Patient/p1' } }),
      [['wrong-answer-type', 'item[6].answer[0]']],
    ],
    [
      'attachment',
      answering('letter', { valueAttachment: { title: 'Letter' } }),
      [['answer-not-enabled', 'item[8]']],
    ],
    ['display', answering('welcome', { valueString: 'x' }), [['wrong-answer-type', 'item[0].answer']]],
    [
      'version',
      good({ questionnaire: 'https://made-up.example.org/Questionnaire/everything|9' }),
      [['questionnaire-version-unknown', 'questionnaire']],
    ],
  ])('checks its responses: %s', async (_name, response, faults) => {
    expect(await validate(response)).toEqual(faults);
  });

  test('a bad one is refused, and nothing of it kept', async () => {
    const reply = await send<OperationOutcome>(`${fhir}/QuestionnaireResponse`, {
      body: changed('height', () => null, { identifier: { system: CLINIC, value: 'bad' } }),
    });
    expect([reply.status, faultsOf(reply.body).map(({ code }) => code)]).toEqual([422, ['answer-required']]);
    expect((await read<Bundle>(`${fhir}/QuestionnaireResponse`)).total ?? 0).toBe(0);
  });

  test('a good one is stored as sent, with a Provenance and without Observations, and recognised again', async () => {
    const reply = await send<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse`, { body: good() });
    expect([reply.status, reply.status === 201 ? '' : reply.text]).toEqual([201, '']);
    const { id } = reply.body;
    const stored = await read<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse/${id}`);
    const { id: _id, meta: _meta, ...kept } = stored;
    expect(kept).toEqual(good());

    const observations = await read<Bundle>(`${fhir}/Observation?derived-from=QuestionnaireResponse/${id}`);
    expect(observations.entry ?? []).toEqual([]);
    expect((await read<Bundle>(`${embedded}/Observation?_summary=count`)).total).toBe(0);
    const provenances = resourcesOf<Provenance>(
      await read<Bundle>(`${fhir}/Provenance?target=QuestionnaireResponse/${id}`),
      'Provenance',
    );
    expect(provenances.map(({ target }) => target)).toEqual([[{ reference: `QuestionnaireResponse/${id}` }]]);
    expect(JSON.stringify(provenances)).toContain('https://made-up.example.org/Questionnaire/everything|2.1');

    const again = await send<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse`, { body: good() });
    expect([again.status, again.body.id]).toEqual([200, id]);
    expect((await read<Bundle>(`${embedded}/QuestionnaireResponse/${id}/_history`)).entry).toHaveLength(1);
  });

  test('$extract has nothing to give and says so; $explain has no rule to explain', async () => {
    const extracted = await send<Parameters>(`${fhir}/QuestionnaireResponse/$extract`, { body: good() });
    expect([extracted.status, extracted.body.parameter?.map(({ name }) => name)]).toEqual([200, ['issues']]);
    const [issues] = extracted.body.parameter ?? [];
    expect(faultsOf(issues?.resource as OperationOutcome).map(({ severity }) => severity)).toEqual([
      'warning',
    ]);
    const explained = await send<OperationOutcome>(`${fhir}/QuestionnaireResponse/$explain`, {
      body: good(),
    });
    expect([explained.status, faultsOf(explained.body).map(({ code }) => code)]).toEqual([
      422,
      ['questionnaire-unknown'],
    ]);
  });
});

describe('a Questionnaire that could only be half-read stops the start, and the message says where', () => {
  /** The Questionnaire with one of its items changed. */
  const spoilt = (more: object): Questionnaire => {
    const { item: items = [], ...rest } = everything();
    const item = items.map((one) => (one.linkId === 'postcode' ? { ...one, ...more } : one));
    return { ...rest, id: 'spoilt', url: 'https://made-up.example.org/Questionnaire/spoilt', item };
  };

  let folder = '';
  beforeAll(() => {
    folder = deploy();
  }, START_TIMEOUT);

  test.each<[string, Questionnaire, string]>([
    [
      'an unknown extension',
      spoilt({ extension: [{ url: 'https://made-up.example.org/calculated', valueString: 'x' }] }),
      'https://made-up.example.org/calculated',
    ],
    ['an unknown item type', spoilt({ type: 'slider' }), '"slider"'],
    [
      'a pattern that cannot be kept',
      spoilt({
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/regex', valueString: '(?=a)' }],
      }),
      'regex',
    ],
    [
      'a condition on nothing',
      spoilt({ enableWhen: [{ question: 'nobody', operator: 'exists', answerBoolean: true }] }),
      '"nobody"',
    ],
  ])(
    '%s',
    async (_name, questionnaire, named) => {
      drop(folder, questionnaire);
      const { code, output } = await untilExit(await start(folder));
      expect([code, output.includes('postcode'), output.includes(named)]).toEqual([1, true, true]);
      expect(output).toContain('Questionnaire/spoilt');
      expect(output).not.toMatch(/\bat .*\.js:\d+/);
    },
    START_TIMEOUT,
  );
});
