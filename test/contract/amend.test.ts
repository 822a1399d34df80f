/** contract.md §1, §2, §5: a response is completed, amended and withdrawn, on the embedded server and on another one. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, OperationOutcome, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import {
  type Fault,
  faultsOf,
  observationsOf,
  putPatient,
  type Reply,
  read,
  resourcesOf,
  responseId,
  send,
  shortCode,
} from '../support/contract-http.js';
import { CLINIC, toResponse, without, worked } from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

type Answer = Reply<QuestionnaireResponse>;
type Body = Partial<QuestionnaireResponse>;
type Status = QuestionnaireResponse['status'];

const idOf = (name: string) => responseId(CLINIC, name);
const faults = (reply: Reply<unknown>): Fault[] => faultsOf(reply.body as OperationOutcome);
const said = (reply: Answer) => [reply.status, reply.headers.get('etag')];
const FLAG = { 'red-flag-emergency': ['saddle-numbness'] };
/** Every safety question answered with no. */
const SAFE = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };

describe.each(['the embedded server', 'the FHIR server of another instance'])('on %s', (where) => {
  let service: Service;
  let remote: Service | undefined;
  /** Where the resources are. */
  const server = () => (remote ?? service).embeddedUrl;
  const base = () => `${service.fhir}/QuestionnaireResponse`;
  const post = (body: Body): Promise<Answer> => send(base(), { body });
  const put = (id: string, body: Body, version: number | string | null): Promise<Answer> =>
    send(`${base()}/${id}`, {
      method: 'PUT',
      body,
      headers:
        version === null ? {} : { 'if-match': typeof version === 'string' ? version : `W/"${version}"` },
    });
  const observed = (name: string) => observationsOf(server(), idOf(name));
  const observation = (name: string, code: string) =>
    read<Observation>(`${server()}/Observation/${idOf(name)}.${code}`);
  const current = (name: string) => read<QuestionnaireResponse>(`${base()}/${idOf(name)}`);

  beforeAll(async () => {
    if (where !== 'the embedded server') remote = await startService();
    service = await startService(remote ? { FHIR_BASE_URL: remote.embeddedUrl } : {});
    await putPatient(server(), 'p1');
    await putPatient(server(), 'p2');
  }, 2 * START_TIMEOUT);

  afterAll(async () => {
    await service?.kill();
    await remote?.kill();
  }, 30_000);

  describe('PUT', () => {
    const body = (name: string, more: Body = {}) => toResponse(worked('D1'), name, more);

    test('of an unknown id: 405, nothing stored', async () => {
      for (const id of ['mine', idOf('never sent')]) {
        const reply = await put(id, body('never sent'), 1);
        expect([id, reply.status, faults(reply)[0]?.code]).toEqual([id, 405, 'client-id-not-allowed']);
        expect((await send(`${base()}/${id}`)).status).toBe(404);
      }
    });

    test.each<[string, string | null, string]>([
      ['without If-Match', null, 'version-required'],
      ['with a stale one', 'W/"9"', 'version-mismatch'],
      ['with any', '*', 'version-mismatch'],
      ['with a list', 'W/"1", W/"2"', 'version-mismatch'],
      ['with no tag', '1', 'version-mismatch'],
    ])('%s: 412, nothing changed', async (name, ifMatch, code) => {
      await post(body(name));
      const reply = await put(idOf(name), toResponse(worked('D2'), name, { status: 'amended' }), ifMatch);
      expect([reply.status, faults(reply).map((one) => one.code)]).toEqual([412, [code]]);
      expect(await current(name)).toMatchObject({ status: 'completed', meta: { versionId: '1' } });
    });

    test.each<[string, Body, string]>([
      ['identifier', { identifier: { system: CLINIC, value: 'somebody else' } }, 'identifier'],
      ['subject', { subject: { reference: 'Patient/p2' } }, 'subject'],
      [
        'questionnaire',
        { questionnaire: 'https://other.example.org/Questionnaire/x|1.0.0' },
        'questionnaire',
      ],
    ])('another %s: 422 identity-changed, nothing changed', async (name, more, element) => {
      await post(body(name));
      const reply = await put(idOf(name), body(name, { status: 'amended', ...more }), 1);
      expect(reply.status).toBe(422);
      const changed = faults(reply).filter(({ code }) => code === 'identity-changed');
      expect(changed.map(({ expression }) => expression)).toEqual([`QuestionnaireResponse.${element}`]);
      expect(await current(name)).toMatchObject({ status: 'completed', meta: { versionId: '1' } });
    });

    test('the same content: 200, nothing new', async () => {
      await post(body('same'));
      const before = await observed('same');
      const reply = await put(idOf('same'), { ...body('same'), id: 'x', meta: { tag: [{ code: 'x' }] } }, 1);
      expect(said(reply)).toEqual([200, 'W/"1"']);
      expect(await observed('same')).toEqual(before);
      expect((await send(`${base()}/${idOf('same')}/_history/2`)).status).toBe(404);
    });

    test('without an identifier the stored one is kept', async () => {
      await post(body('kept'));
      const reply = await put(idOf('kept'), without(body('kept', { status: 'amended' }), 'identifier'), 1);
      expect(said(reply)).toEqual([200, 'W/"2"']);
      expect(reply.headers.get('location')).toBe(`${base()}/${idOf('kept')}/_history/2`);
      expect((await current('kept')).identifier).toEqual({ system: CLINIC, value: 'kept' });
    });

    test('a response that is invalid: 422 as a POST, nothing changed', async () => {
      await post(body('invalid'));
      const item = [{ linkId: 'nowhere' }];
      const reply = await put(idOf('invalid'), body('invalid', { status: 'amended', item }), 1);
      expect([reply.status, faults(reply).map(({ code }) => code)]).toEqual([
        422,
        expect.arrayContaining(['unknown-link-id']),
      ]);
      expect(await current('invalid')).toMatchObject({ meta: { versionId: '1' } });
    });

    test('twenty at once with one If-Match: one is taken', async () => {
      await post(body('race'));
      const ages = Array.from({ length: 20 }, (_, index) => 20 + index);
      const replies = await Promise.all(
        ages.map((age) =>
          put(
            idOf('race'),
            toResponse({ ...worked('D1'), 'onset-age': age }, 'race', { status: 'amended' }),
            1,
          ),
        ),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(412)]);
      expect((await current('race')).meta?.versionId).toBe('2');
    });
  });

  describe('a POST of a key that was amended', () => {
    test('content of any accepted version: 200 with the current one; other content: 409', async () => {
      const [one, two] = [
        toResponse(worked('D1'), 'resent'),
        toResponse(worked('D2'), 'resent', { status: 'amended' }),
      ];
      await post(one);
      expect(said(await put(idOf('resent'), two, 1))).toEqual([200, 'W/"2"']);
      for (const again of [one, two]) {
        const reply = await post(again);
        expect([reply.status, reply.headers.get('etag'), reply.body.status]).toEqual([
          200,
          'W/"2"',
          'amended',
        ]);
      }
      const reply = await post(toResponse(worked('D9'), 'resent'));
      expect([reply.status, faults(reply)[0]?.code]).toEqual([409, 'identifier-in-use']);
      expect((await current('resent')).meta?.versionId).toBe('2');
    });
  });

  describe('status', () => {
    const ALL: Status[] = ['in-progress', 'completed', 'stopped', 'amended', 'entered-in-error'];
    const ALLOWED: Partial<Record<Status, Status[]>> = {
      'in-progress': ['in-progress', 'completed', 'stopped', 'entered-in-error'],
      completed: ['amended', 'entered-in-error'],
      stopped: ['amended', 'entered-in-error'],
      amended: ['amended', 'entered-in-error'],
      'entered-in-error': [],
    };

    test.each(ALL.flatMap((from) => ALL.map((to): [Status, Status] => [from, to])))(
      '%s → %s',
      async (from, to) => {
        const name = `${from} to ${to}`;
        expect((await post(toResponse(worked('D1'), name, { status: from }))).status).toBe(201);
        const reply = await put(idOf(name), toResponse(worked('D4'), name, { status: to }), 1);
        if (ALLOWED[from]?.includes(to)) {
          expect(said(reply)).toEqual([200, 'W/"2"']);
          expect(await current(name)).toMatchObject({ status: to, meta: { versionId: '2' } });
          return;
        }
        expect([reply.status, faults(reply).map(({ code }) => code)]).toEqual([422, ['status-change']]);
        expect(faults(reply)[0]?.expression).toBe('QuestionnaireResponse.status');
        expect(await current(name)).toMatchObject({ status: from, meta: { versionId: '1' } });
      },
    );
  });

  describe('a draft', () => {
    const statuses = async (name: string) =>
      Object.fromEntries((await observed(name)).map((one) => [shortCode(one), one.status]));

    test('with a red flag: one preliminary Observation at once, the same one final later', async () => {
      const draft = toResponse(FLAG, 'draft', { status: 'in-progress' });
      expect((await post(draft)).status).toBe(201);
      expect(await statuses('draft')).toEqual({ 'red-flag-urgency': 'preliminary' });
      const more = toResponse({ ...FLAG, 'onset-age': 28 }, 'draft', { status: 'in-progress' });
      expect(said(await put(idOf('draft'), more, 1))).toEqual([200, 'W/"2"']);
      expect(await statuses('draft')).toEqual({ 'red-flag-urgency': 'preliminary' });
      const done = toResponse({ ...worked('D1'), ...FLAG }, 'draft');
      expect(said(await put(idOf('draft'), done, 2))).toEqual([200, 'W/"3"']);
      const after = await statuses('draft');
      expect(after['red-flag-urgency']).toBe('final');
      expect([...new Set(Object.values(after))]).toEqual(['final']);
      expect(Object.keys(after).length).toBeGreaterThan(12);
    });

    test('whose red flag is taken back: its Observation is entered in error', async () => {
      await post(toResponse(FLAG, 'taken back', { status: 'in-progress' }));
      const before = await observation('taken back', 'red-flag-urgency');
      const safe = toResponse(SAFE, 'taken back', { status: 'in-progress' });
      expect((await put(idOf('taken back'), safe, 1)).status).toBe(200);
      const after = await observation('taken back', 'red-flag-urgency');
      expect([after.status, after.valueCodeableConcept]).toEqual([
        'entered-in-error',
        before.valueCodeableConcept,
      ]);
    });

    test('of a withdrawn draft nothing stays but what was wrong', async () => {
      await post(toResponse(FLAG, 'withdrawn draft', { status: 'in-progress' }));
      const body = toResponse(FLAG, 'withdrawn draft', { status: 'entered-in-error' });
      expect((await put(idOf('withdrawn draft'), body, 1)).status).toBe(200);
      expect(await statuses('withdrawn draft')).toEqual({ 'red-flag-urgency': 'entered-in-error' });
    });
  });

  describe('answers that change', () => {
    const full = worked('D1');
    const { 'onset-age': age, ...blank } = full;
    const fact = (name: string) => observation(name, 'onset-age');
    const panel = (name: string) => observation(name, 'axspa-screening-panel');
    const members = ({ hasMember = [] }: Observation) => hasMember.map(({ reference }) => reference).sort();
    const named = (all: Observation[]) =>
      all
        .filter((one) => shortCode(one) !== 'axspa-screening-panel' && one.status !== 'entered-in-error')
        .map(({ id }) => `Observation/${id}`)
        .sort();

    test('withdrawn, answered again, and withdrawn as a whole: nothing is changed silently', async () => {
      const name = 'changing';
      expect((await post(toResponse(full, name))).status).toBe(201);
      const first = await fact(name);
      expect([first.status, first.valueQuantity?.value]).toEqual(['final', age]);

      await put(idOf(name), toResponse(blank, name, { status: 'amended' }), 1);
      const second = await fact(name);
      expect([second.status, second.valueQuantity]).toEqual(['entered-in-error', first.valueQuantity]);
      const withoutIt = members(await panel(name));
      expect(withoutIt).toEqual(named(await observed(name)));
      expect(withoutIt).not.toContain(`Observation/${idOf(name)}.onset-age`);
      for (const one of await observed(name)) {
        expect([one.id, one.status]).toEqual([one.id, one.id === first.id ? 'entered-in-error' : 'amended']);
      }

      await put(idOf(name), toResponse({ ...full, 'onset-age': 31 }, name, { status: 'amended' }), 2);
      const third = await fact(name);
      expect([third.id, third.status, third.valueQuantity?.value]).toEqual([first.id, 'amended', 31]);
      expect(members(await panel(name))).toContain(`Observation/${first.id}`);

      const before = await observed(name);
      const wrong = toResponse({ ...full, 'onset-age': 31 }, name, { status: 'entered-in-error' });
      expect(said(await put(idOf(name), wrong, 3))).toEqual([200, 'W/"4"']);
      const after = await observed(name);
      expect([...new Set(after.map(({ status }) => status))]).toEqual(['entered-in-error']);
      const valuesOf = (all: Observation[]) =>
        all.map(({ id, valueCodeableConcept, valueQuantity, valueInteger, component, hasMember }) => ({
          ...{ id, valueCodeableConcept, valueQuantity, valueInteger, component, hasMember },
        }));
      expect(valuesOf(after)).toEqual(valuesOf(before));
      expect(members(await panel(name)).length).toBeGreaterThan(11);

      const history = await read<Bundle>(`${base()}/${idOf(name)}/_history`);
      const shown = resourcesOf<QuestionnaireResponse>(history, 'QuestionnaireResponse');
      expect(shown.map(({ meta, status }) => [meta?.versionId, status])).toEqual([
        ['4', 'entered-in-error'],
        ['3', 'amended'],
        ['2', 'amended'],
        ['1', 'completed'],
      ]);
      expect([history.type, history.total]).toEqual(['history', 4]);
      for (const version of shown) {
        const url = `${base()}/${idOf(name)}/_history/${version.meta?.versionId}`;
        const reply = await send<QuestionnaireResponse>(url);
        expect([reply.status, reply.headers.get('etag')]).toEqual([200, `W/"${version.meta?.versionId}"`]);
        expect(reply.body).toEqual(version);
      }
      const found = await read<Bundle>(`${server()}/Provenance?target=QuestionnaireResponse/${idOf(name)}`);
      expect(
        resourcesOf<Provenance>(found, 'Provenance')
          .map(({ id }) => id)
          .sort(),
      ).toEqual([1, 2, 3, 4].map((n) => `${idOf(name)}.v${n}`));
    });
  });

  describe('somebody else', () => {
    test('changed it on the FHIR server: PUT is 412, theirs stays', async () => {
      const name = 'touched';
      await post(toResponse(worked('D1'), name));
      const theirs = await read<QuestionnaireResponse>(`${server()}/QuestionnaireResponse/${idOf(name)}`);
      const changed = { ...theirs, authored: '2026-05-05T09:30:00+02:00' };
      const url = `${server()}/QuestionnaireResponse/${idOf(name)}`;
      expect((await send(url, { method: 'PUT', body: changed })).status).toBe(200);
      const reply = await put(idOf(name), toResponse(worked('D4'), name, { status: 'amended' }), 1);
      expect([reply.status, faults(reply)[0]?.code]).toEqual([412, 'version-mismatch']);
      expect((await read<QuestionnaireResponse>(url)).authored).toBe(changed.authored);
    });
  });
});
