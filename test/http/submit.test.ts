/** contract.md §2: `POST QuestionnaireResponse`, when the FHIR server does what it should. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bundle, FhirResource, OperationOutcome, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { faultsOf, type Reply, responseId, send } from '../support/contract-http.js';
import { BASE, CLINIC, toResponse, without, worked } from '../support/contract-responses.js';
import { type App, NOW, PUBLIC_URL, startApp } from '../support/http-app.js';
import {
  answers,
  hasNoResponse,
  hasPatient,
  outcome,
  readBundle,
  searchset,
  server,
  takesTransaction,
  toTransactionResponse,
  useFhirServer,
} from '../support/http-fhir.js';

useFhirServer();
/** One for each test: the outbox remembers what was accepted. */
let app: App;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

type Answer = Reply<QuestionnaireResponse>;
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(`${app.fhir}/QuestionnaireResponse`, { body, headers });
const idOf = (name: string) => responseId(CLINIC, name);
const locationOf = (id: string, version: string) =>
  `${PUBLIC_URL}/fhir/QuestionnaireResponse/${id}/_history/${version}`;
const said = ({ status, headers }: Answer) => [status, headers.get('location'), headers.get('etag')];
const codes = (reply: Reply<unknown>) => faultsOf(reply.body as OperationOutcome).map(({ code }) => code);

/** What the server must be asked before it is sent a new response. */
function isNew(name: string): void {
  hasNoResponse(idOf(name));
  hasPatient();
}

const D1 = toResponse(worked('D1'), 'one');
const D2 = toResponse(worked('D2'), 'one');

describe('a new key', () => {
  test('201; one transaction with the response, its Observations and a Provenance', async () => {
    isNew('one');
    const [sent] = await transactionFor(D1);
    const types = (sent?.entry ?? []).map(({ resource }) => resource?.resourceType);
    expect([...new Set(types)]).toEqual(['QuestionnaireResponse', 'Observation', 'Provenance']);
    expect(types.filter((type) => type !== 'Observation')).toHaveLength(2);
    for (const { resource, request, fullUrl } of sent?.entry ?? []) {
      const url = `${resource?.resourceType}/${resource?.id}`;
      // The first version never replaces what somebody else wrote under this key.
      const first = resource?.resourceType === 'QuestionnaireResponse' ? { ifNoneMatch: '*' } : {};
      expect(request).toEqual({ method: 'PUT', url, ...first });
      expect(fullUrl).toBe(`http://fhir.test/fhir/${url}`);
    }
    expect(resourceIn<Provenance>(sent, 'Provenance').recorded).toBe(NOW);
  });

  test('the representation is what was stored', async () => {
    isNew('one');
    const sent = takesTransaction();
    const reply = await post(D1);
    expect(said(reply)).toEqual([201, locationOf(idOf('one'), '1'), 'W/"1"']);
    expect(reply.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    const stored = resourceIn<QuestionnaireResponse>(sent[0], 'QuestionnaireResponse');
    expect(reply.body).toEqual({ ...stored, meta: { versionId: '1' } });
    expect(stored).toEqual({ ...D1, id: idOf('one') });
  });

  test('what a caller says of its own version is not stored', async () => {
    isNew('one');
    const meta = { versionId: '99', lastUpdated: '2020-01-01T00:00:00Z', tag: [{ code: 'tablet' }] };
    const [tagged] = await transactionFor({ ...D1, meta });
    const storedMeta = (sent: Bundle | undefined) =>
      resourceIn<QuestionnaireResponse>(sent, 'QuestionnaireResponse').meta;
    expect(storedMeta(tagged)).toEqual({ tag: [{ code: 'tablet' }] });
    isNew('one');
    const [bare] = await transactionFor({ ...D1, meta: { versionId: '99' } });
    expect(storedMeta(bare)).toBeUndefined();
  });

  test('an absolute subject below FHIR_BASE_URL is stored relative', async () => {
    isNew('one');
    const [sent] = await transactionFor({
      ...D1,
      subject: { reference: 'http://fhir.test/fhir/Patient/p1' },
    });
    expect(resourceIn<QuestionnaireResponse>(sent, 'QuestionnaireResponse').subject).toEqual({
      reference: 'Patient/p1',
    });
    // The entries say where they are; nothing in them refers there.
    expect(JSON.stringify(sent?.entry?.map(({ resource }) => resource))).not.toContain('fhir.test');
  });

  async function transactionFor(body: unknown): Promise<Bundle[]> {
    const sent = takesTransaction();
    expect((await post(body)).status).toBe(201);
    return sent;
  }
});

function resourceIn<T extends FhirResource>(bundle: Bundle | undefined, type: T['resourceType']): T {
  const found = bundle?.entry?.map(({ resource }) => resource).find((one) => one?.resourceType === type);
  if (!found) throw new Error(`no ${type} was sent`);
  return found as T;
}

describe('a known key', () => {
  const stored = (body: QuestionnaireResponse, versionId: string): QuestionnaireResponse => ({
    ...body,
    id: idOf('one'),
    meta: { versionId, lastUpdated: '2026-05-04T08:00:00.000Z' },
  });
  const provenances = `Provenance?target=QuestionnaireResponse/${idOf('one')}&_count=200`;
  const knows = (current: QuestionnaireResponse, ...found: Provenance[]) => {
    answers(`QuestionnaireResponse/${idOf('one')}`, 200, current);
    hasPatient();
    answers(provenances, 200, searchset(found));
  };

  /** The Provenance that another instance of the service wrote for a content, in that version. */
  async function provenanceOf(body: QuestionnaireResponse, version = 1): Promise<Provenance> {
    const other = await startApp();
    try {
      isNew('one');
      const sent = takesTransaction();
      await send(`${other.fhir}/QuestionnaireResponse`, { body });
      const id = `${idOf('one')}.v${version}`;
      return { ...resourceIn<Provenance>(sent[0], 'Provenance'), id };
    } finally {
      await other.close();
    }
  }

  test('same content: 200, current Location and ETag, the stored response, no POST', async () => {
    knows(stored(D1, '17'), await provenanceOf(D2, 2), await provenanceOf(D1, 3), await provenanceOf(D1));
    const reply = await post(D1);
    expect(said(reply)).toEqual([200, locationOf(idOf('one'), '3'), 'W/"3"']);
    expect(reply.body).toEqual(stored(D1, '3'));
  });

  test('accepted here before: 200, and nothing but the response is asked for', async () => {
    isNew('one');
    takesTransaction();
    expect((await post(D1)).status).toBe(201);
    answers(`QuestionnaireResponse/${idOf('one')}`, 200, stored(D1, '1'));
    hasPatient();
    const reply = await post({ ...D1, id: 'x', meta: { tag: [{ code: 'x' }] } });
    expect(said(reply)).toEqual([200, locationOf(idOf('one'), '1'), 'W/"1"']);
    expect(reply.body).toEqual(stored(D1, '1'));
  });

  test('other content: 409, no POST', async () => {
    knows(stored(D1, '1'), await provenanceOf(D1));
    const reply = await post(D2);
    expect([reply.status, ...codes(reply)]).toEqual([409, 'identifier-in-use']);
  });

  test('other content that is invalid too: 409 with every fault; $validate gives the same list', async () => {
    const spoiled = { ...D2, authored: '2026', item: [...(D2.item ?? []), { linkId: 'nowhere' }] };
    knows(stored(D1, '1'));
    const reply = await post(spoiled);
    expect(reply.status).toBe(409);
    expect(codes(reply).sort()).toEqual(['element-required', 'identifier-in-use', 'unknown-link-id']);
    knows(stored(D1, '1'));
    const validated = await send(`${app.fhir}/QuestionnaireResponse/$validate`, { body: spoiled });
    expect([validated.status, validated.body]).toEqual([200, reply.body]);
  });

  test('content of an older version: 200 with the current version', async () => {
    knows(stored(D2, '2'), await provenanceOf(D2, 2), await provenanceOf(D1));
    expect(said(await post(D1))).toEqual([200, locationOf(idOf('one'), '2'), 'W/"2"']);
  });

  test('a hash in another identifier system says nothing', async () => {
    const provenance = await provenanceOf(D1);
    for (const { what } of provenance.entity ?? []) {
      if (what.identifier) what.identifier.system = 'https://other.example.org/hash';
    }
    knows(stored(D2, '2'), provenance);
    expect((await post(D1)).status).toBe(409);
  });

  test('a Provenance that is no resource of ours, or without entity, is passed over', async () => {
    const bare = { resourceType: 'Provenance', id: 'x', recorded: NOW, target: [], agent: [] } as Provenance;
    knows(stored(D2, '2'), bare);
    expect((await post(D1)).status).toBe(409);
  });

  test.each(['a\r\nb', '"x', '一', ''])('an odd version there (%j) breaks no header', async (versionId) => {
    knows(stored(D1, versionId));
    const reply = await post(D1);
    expect([reply.status, reply.headers.get('etag')]).toEqual([200, 'W/"1"']);
  });

  test.each(['x', 'v2', 'r0.v9'])('a Provenance named "%s" counts as version 1', async (id) => {
    knows(stored(D1, '5'), { ...(await provenanceOf(D1)), id });
    expect((await post(D1)).headers.get('etag')).toBe('W/"1"');
  });

  test.each<[unknown]>([['x'], [null], [[null]], [[{}]], [[{ what: null }]]])(
    'a Provenance whose entity is %j says nothing',
    async (entity) => {
      knows(stored(D1, '1'), { resourceType: 'Provenance', id: 'x', entity } as unknown as Provenance);
      expect((await post(D1)).status).not.toBe(500);
    },
  );

  test('without an identifier the content is the key', async () => {
    const body = without(D1, 'identifier');
    const paths: string[] = [];
    server()
      .get(/^\/fhir\/QuestionnaireResponse\//)
      .times(2)
      .reply((uri) => {
        paths.push(uri);
        return [404, outcome('not-found')];
      });
    hasPatient();
    hasPatient();
    takesTransaction();
    takesTransaction();
    const [first, again] = [
      await post(body),
      await post({ ...body, id: 'x', meta: { tag: [{ code: 'x' }] } }),
    ];
    expect(again.body).toEqual({ ...first.body, meta: { versionId: '1', tag: [{ code: 'x' }] } });
    expect(first.body.identifier?.system).toBe(`${BASE}/response`);
    expect(paths).toEqual(Array(2).fill(`/fhir/QuestionnaireResponse/${first.body.id}`));
  });
});

describe('at once', () => {
  /** Remembers one response, but only when its transaction is through. */
  function remembers(name: string, refuses = 0): Bundle[] {
    const sent: Bundle[] = [];
    let current: FhirResource | undefined;
    let failures = refuses;
    const path = `/fhir/QuestionnaireResponse/${idOf(name)}`;
    const at = server().persist();
    at.get(path).reply(() => (current ? [200, current] : [404, outcome('not-found')]));
    at.get('/fhir/Patient/p1').reply(200, { resourceType: 'Patient', id: 'p1' });
    at.get(/^\/fhir\/Provenance\?/)
      .optionally()
      .reply(200, searchset([]));
    at.post('/fhir/').reply(async (_uri, body) => {
      const bundle = readBundle(body);
      sent.push(bundle);
      await new Promise((resolve) => setTimeout(resolve, 30));
      if (failures-- > 0) return [500, outcome('exception')];
      current = { ...resourceIn(bundle, 'QuestionnaireResponse'), meta: { versionId: '1' } };
      return [200, toTransactionResponse(bundle)];
    });
    return sent;
  }

  test('ten POSTs of one key: one transaction', async () => {
    const sent = remembers('one');
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(D1)));
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
    expect(sent).toHaveLength(1);
  });

  test('two contents for one key: the first wins whole', async () => {
    const sent = remembers('one');
    const replies = await Promise.all([D1, D2, D1, D2].map((body) => post(body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 201, 409, 409]);
    expect(sent).toHaveLength(1);
  });

  test('a failed write is accepted, and the next one is the same', async () => {
    const sent = remembers('one', 1);
    const replies = await Promise.all([post(D1), post(D1)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 202]);
    expect(sent).toHaveLength(1);
  });
});

describe('If-None-Exist', () => {
  const query = `identifier=${encodeURIComponent(`${CLINIC}|one`)}`;
  const searched = `QuestionnaireResponse?${query}&_count=2`;
  const found = (...ids: string[]) =>
    searchset(ids.map((id) => ({ ...D2, id, meta: { versionId: '4', lastUpdated: NOW } })));
  const conditional = (condition: string) => post(D1, { 'if-none-exist': condition });

  test.each([query, `?${query}`])('nothing there: created (%s)', async (condition) => {
    answers(searched, 200, found());
    isNew('one');
    const sent = takesTransaction();
    expect(said(await conditional(condition))).toEqual([201, locationOf(idOf('one'), '1'), 'W/"1"']);
    expect(sent).toHaveLength(1);
  });

  test('one there: 200 with it, whatever the body says; nothing written', async () => {
    answers(searched, 200, found('there'));
    const reply = await conditional(query);
    expect(said(reply)).toEqual([200, locationOf('there', '4'), 'W/"4"']);
    expect(reply.body.item).toEqual(D2.item);
  });

  test('two there: 412', async () => {
    answers(searched, 200, found('a', 'b'));
    const reply = await conditional(query);
    expect([reply.status, ...codes(reply)]).toEqual([412, 'multiple-matches']);
  });

  test('the search fails, for an identifier of its own: its key answers for it', async () => {
    answers(searched, 500, outcome('exception'));
    isNew('one');
    const sent = takesTransaction();
    expect((await conditional(query)).status).toBe(201);
    expect(sent).toHaveLength(1);
  });

  test('the search fails, for another identifier: 503, nothing written', async () => {
    answers('QuestionnaireResponse?identifier=another&_count=2', 500, outcome('exception'));
    const reply = await conditional('identifier=another');
    expect([reply.status, ...codes(reply)]).toEqual([503, 'fhir-server-unreachable']);
  });

  test.each([
    ['status=completed'],
    [`${query}&status=completed`],
    [`status=completed&${query}`],
    [`${query}&${query}`],
    [`${query}&_count=1`],
    ['identifier='],
    ['identifier'],
    ['identifier:not=x'],
    ['Identifier=x'],
    ['QuestionnaireResponse?identifier=x'],
    [''],
    ['?'],
  ])('"%s": 400, nothing asked of the server', async (condition) => {
    const reply = await conditional(condition);
    expect([reply.status, ...codes(reply)]).toEqual([400, 'unknown-parameter']);
  });
});

describe('Prefer', () => {
  const kinds = {
    representation: 'QuestionnaireResponse',
    OperationOutcome: 'OperationOutcome',
    minimal: '',
  };

  test.each<[string, keyof typeof kinds]>([
    ['', 'representation'],
    ['return=representation', 'representation'],
    ['return=minimal', 'minimal'],
    ['return="minimal"', 'minimal'],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['respond-async, return=minimal', 'minimal'],
    ['handling=strict; return=minimal', 'minimal'],
    ['return=minimal, return=representation', 'minimal'],
    ['return=everything', 'representation'],
    ['return=minimalist', 'representation'],
    ['noreturn=minimal', 'representation'],
    ['x="return=minimal"', 'representation'],
  ])('"%s" → %s, with the same status, Location and ETag', async (prefer, kind) => {
    isNew('one');
    takesTransaction();
    const reply = await post(D1, prefer ? { prefer } : {});
    expect(said(reply)).toEqual([201, locationOf(idOf('one'), '1'), 'W/"1"']);
    expect(reply.text === '' ? '' : reply.body.resourceType).toBe(kinds[kind]);
  });

  test('OperationOutcome says what was done, as information', async () => {
    isNew('one');
    takesTransaction();
    const reply = await post(D1, { prefer: 'return=OperationOutcome' });
    expect(faultsOf(reply.body as unknown as OperationOutcome)).toEqual([
      expect.objectContaining({ severity: 'information', type: 'informational' }),
    ]);
  });
});
