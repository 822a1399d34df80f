/** Many at once under one identifier: by one service, and by two that share nothing but the server. */
import { expect, test } from '@jest/globals';
import { canonical, type Reply } from '../../support/contract-http.js';
import { worked } from '../../support/contract-responses.js';
import { body, codes, delivered, facade, idOf, post, type Response, there, versionsOn } from './calls.js';
import { figure } from './report.js';
import { anotherService, world } from './world.js';

const TWENTY = Array.from({ length: 20 }, (_, index) => index);
const LONG = 120_000;
const ACCEPTED = [200, 201, 202];

const statuses = (replies: Reply<unknown>[]) => {
  const counts = new Map<number, number>();
  for (const { status } of replies) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
};

/** One set, each part in its first version. */
async function isOneSet(name: string, parts: number): Promise<void> {
  const versions = await versionsOn(idOf(name));
  expect(versions).toHaveLength(parts);
  expect(versions.filter((one) => !one.endsWith('/1'))).toEqual([]);
}

/** Twenty contents, two by two the same length: the age at onset differs. */
const content = (name: string, index: number) => body({ ...worked('D1'), 'onset-age': 20 + index }, name);

/** One content is there, its senders were told so, and all others were told 409. */
async function oneHasWon(name: string, sent: Response[], replies: Reply<unknown>[]): Promise<void> {
  await isOneSet(name, 42);
  const stored = await there<Response>(`QuestionnaireResponse/${idOf(name)}`);
  const winners = sent.filter(({ item }) => canonical(item) === canonical(stored.item));
  expect(winners).toHaveLength(1);
  for (const [index, reply] of replies.entries()) {
    if (sent[index] === winners[0]) expect(ACCEPTED).toContain(reply.status);
    else expect([index, reply.status, codes(reply)]).toEqual([index, 409, ['identifier-in-use']]);
  }
}

/** A second service with nothing of the first but the server. */
async function withAnother(work: (at: [string, string]) => Promise<void>): Promise<void> {
  const other = await anotherService({ FHIR_BASE_URL: world().base });
  await work([facade(), `${other.fhir}/QuestionnaireResponse`]);
  await other.stop();
}

export function parallel(): void {
  test(
    'twenty with the same content: one set, nobody is turned away',
    async () => {
      const sent = body(worked('D1'), 'twenty');
      const begun = performance.now();
      const replies = await Promise.all(TWENTY.map(() => post(sent)));
      figure(`20 at once: ${Math.round(performance.now() - begun)} ms (${statuses(replies)})`);
      expect(replies.filter(({ status }) => !ACCEPTED.includes(status))).toEqual([]);
      await delivered('twenty');
      await isOneSet('twenty', 42);
    },
    LONG,
  );

  test(
    'twenty with different content: one wins, the others are told 409',
    async () => {
      const sent = TWENTY.map((index) => content('contest', index));
      const replies = await Promise.all(sent.map((one) => post(one)));
      await oneHasWon('contest', sent, replies);
    },
    LONG,
  );

  test(
    'twenty with the same content, by two services: one set, nobody is turned away',
    async () => {
      await withAnother(async (at) => {
        const sent = body(worked('D1'), 'two services');
        const begun = performance.now();
        const replies = await Promise.all(TWENTY.map((index) => post(sent, {}, at[index % 2])));
        figure(
          `20 at once, two services: ${Math.round(performance.now() - begun)} ms (${statuses(replies)})`,
        );
        expect(replies.filter(({ status }) => !ACCEPTED.includes(status))).toEqual([]);
        for (const one of at) await delivered('two services', one.replace('/QuestionnaireResponse', ''));
        await isOneSet('two services', 42);
      });
    },
    LONG,
  );

  test(
    'twenty with different content, by two services: one wins, the others are told 409',
    async () => {
      await withAnother(async (at) => {
        const sent = TWENTY.map((index) => content('two contest', index));
        const replies = await Promise.all(sent.map((one, index) => post(one, {}, at[index % 2])));
        figure(`20 contents at once, two services: ${statuses(replies)}`);
        await oneHasWon('two contest', sent, replies);
      });
    },
    LONG,
  );
}
