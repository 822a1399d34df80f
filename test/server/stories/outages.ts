/** The line to the server is cut, or loses an answer: what was accepted gets there, once and in order. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/contract-http.js';
import { worked } from '../../support/contract-responses.js';
import {
  body,
  delivered,
  delivery,
  idOf,
  observationsOn,
  patientId,
  post,
  provenancesOn,
  put,
  type Response,
  said,
  server,
  statusesOf,
  there,
  versionsOn,
} from './calls.js';
import { type Line, startLine } from './line.js';
import { figure } from './report.js';
import type { Service } from './service.js';
import { anotherService, atTheEnd, world } from './world.js';

const LONG = 120_000;

export function outages(): void {
  let line: Line;
  let service: Service;
  const at = () => `${service.fhir}/QuestionnaireResponse`;
  const send = (sent: Response) => post(sent, {}, at());
  const arrived = (name: string) => delivered(name, service.fhir);

  beforeAll(async () => {
    line = await startLine(world().base);
    atTheEnd(line.close);
    service = await anotherService({ FHIR_BASE_URL: line.url });
  }, 60_000);

  afterEach(() => {
    line.state = 'open';
  });

  afterAll(() => service?.stop(), 30_000);

  test(
    'the server is away: 202, read from here; back: written once, in order',
    async () => {
      const id = idOf('away');
      line.state = 'cut';
      expect(said(await send(body(worked('D1'), 'away')))).toEqual([202, 'W/"1"']);
      const second = body(worked('D2'), 'away', { status: 'amended' });
      expect(said(await put(id, second, 1, at()))).toEqual([202, 'W/"2"']);
      const third = body(worked('D4'), 'away', { status: 'amended' });
      expect(said(await put(id, third, 2, at()))).toEqual([202, 'W/"3"']);
      expect((await send(body(worked('D5'), 'away too'))).status).toBe(202);
      expect((await server(`QuestionnaireResponse/${id}`)).status).toBe(404);
      line.state = 'open';
      const begun = performance.now();
      await arrived('away');
      await arrived('away too');
      figure(`after an outage all was written ${Math.round(performance.now() - begun)} ms later`);
      const versions = await Promise.all(
        [1, 2, 3].map((n) => there<Response>(`QuestionnaireResponse/${id}/_history/${n}`)),
      );
      expect(versions.map(({ item }) => item)).toEqual(
        [worked('D1'), worked('D2'), worked('D4')].map((one) => body(one, 'away').item),
      );
      expect((await server(`QuestionnaireResponse/${id}/_history/4`)).status).toBe(404);
      expect((await provenancesOn(id)).map((one) => one.id).sort()).toEqual(
        [1, 2, 3].map((n) => `${id}.v${n}`),
      );
      expect(statusesOf(await observationsOn(id))).not.toContain('final');
      expect((await versionsOn(idOf('away too'))).filter((one) => !one.endsWith('/1'))).toEqual([]);
    },
    LONG,
  );

  test(
    'the answer is lost: written once, and the sender is told so in the end',
    async () => {
      await send(body(worked('U1'), 'before the loss'));
      const lost = line.lost;
      line.state = 'deaf';
      const sent = body(worked('D1'), 'lost');
      const reply = await send(sent);
      expect([201, 202]).toContain(reply.status);
      await until(30_000, async () => line.lost > lost);
      line.state = 'open';
      await arrived('lost');
      expect(await versionsOn(idOf('lost'))).toHaveLength(42);
      expect((await versionsOn(idOf('lost'))).filter((one) => !one.endsWith('/1'))).toEqual([]);
      expect(said(await send(sent))).toEqual([200, 'W/"1"']);
    },
    LONG,
  );

  test(
    'cut while ten are on their way: each is there once',
    async () => {
      const names = Array.from({ length: 10 }, (_, index) => `on the way ${index}`);
      const sending = Promise.all(names.map((name) => send(body(worked('D1'), name))));
      await new Promise((resolve) => setTimeout(resolve, 60));
      line.state = 'cut';
      const replies = await sending;
      expect(replies.filter(({ status }) => status !== 201 && status !== 202)).toEqual([]);
      line.state = 'open';
      for (const name of names) {
        await arrived(name);
        const versions = await versionsOn(idOf(name));
        expect([name, versions.length, versions.filter((one) => !one.endsWith('/1'))]).toEqual([
          name,
          42,
          [],
        ]);
      }
    },
    LONG,
  );

  test(
    'a patient that is not there, found out after a 202: refused, nothing is written',
    async () => {
      const subject = { reference: `Patient/${patientId('missing')}` };
      line.state = 'cut';
      expect((await send(body(worked('D1'), 'missing', { subject }))).status).toBe(202);
      line.state = 'open';
      const told = () => delivery('missing', service.fhir);
      await until(60_000, async () => (await told()).status === 'refused');
      expect(await told()).toMatchObject({ outcome: 'subject-not-found' });
      expect((await server(`QuestionnaireResponse/${idOf('missing')}`)).status).toBe(404);
    },
    LONG,
  );
}
