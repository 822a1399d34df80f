/** service.md "Running it": what the service refuses to start with, how it says that it is up, how it stops. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { faultsOf, send } from '../support/contract-http.js';
import { system, toResponse, worked } from '../support/contract-responses.js';
import {
  type Env,
  freePorts,
  type Service,
  START_TIMEOUT,
  startService,
  startToExit,
} from '../support/contract-service.js';

let service: Service | undefined;
afterEach(async () => {
  await service?.kill();
  service = undefined;
}, 30_000);

describe('bad configuration: exit 2, every fault named', () => {
  const UNSUPPORTED = 'is not supported by this version';

  test.each<[string, Env, string[]]>([
    ['one', { PORT: 'abc' }, ['PORT']],
    ['several at once', { PORT: 'abc', HOST: '0.0.0.0' }, ['PORT', 'HOST']],
    ['a port that is none', { EMBEDDED_FHIR_PORT: '70000' }, ['EMBEDDED_FHIR_PORT']],
    ['a variant that is none', { NIGHT_PAIN_VARIANT: 'loose' }, ['NIGHT_PAIN_VARIANT']],
    ['a URL that is none', { FHIR_BASE_URL: 'nowhere', PUBLIC_URL: 'here' }, ['FHIR_BASE_URL', 'PUBLIC_URL']],
    [
      'a door that is not there',
      { OUTBOX_URL: 'postgres://db.example.org/outbox' },
      [`OUTBOX_URL ${UNSUPPORTED}`],
    ],
    [
      'all of it',
      { PORT: 'abc', LOG_LEVEL: 'shout', FHIR_TIMEOUT_MS: 'soon', AUTH_ISSUERS: '[]' },
      ['PORT', 'LOG_LEVEL', 'FHIR_TIMEOUT_MS', 'AUTH_ISSUERS must be JSON'],
    ],
    [
      'of the outbox',
      { WRITE_PROFILE: 'hapi', AUDIT_TO: 'nowhere', ALERT_URL: 'pager', RETAIN_DELIVERED_DAYS: '0' },
      ['WRITE_PROFILE', 'AUDIT_TO', 'ALERT_URL', 'RETAIN_DELIVERED_DAYS'],
    ],
  ])(
    '%s',
    async (_name, env, named) => {
      const { code, output } = await startToExit(env);
      expect([code, code === 2 ? '' : output]).toEqual([2, '']);
      for (const each of named) expect(output).toContain(each);
    },
    START_TIMEOUT,
  );
});

describe('up and down', () => {
  test.each<['process' | 'group']>([['process'], ['group']])(
    'ready, alive, and exit 0 on SIGTERM to the %s',
    async (whom) => {
      service = await startService();
      for (const path of ['livez', 'readyz']) {
        expect([path, (await send(`${service.url}/${path}`)).status]).toEqual([path, 200]);
      }
      expect((await send(`${service.embeddedUrl}/metadata`)).status).toBe(200);
      expect(await service.stop(whom)).toBe(0);
      await expect(fetch(`${service.url}/livez`)).rejects.toThrow();
    },
    START_TIMEOUT,
  );

  test(
    'ALLOW_UNAUTHENTICATED=true opens a HOST outside loopback',
    async () => {
      service = await startService({ HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' });
      expect((await send(`${service.url}/livez`)).status).toBe(200);
    },
    START_TIMEOUT,
  );

  test(
    'a FHIR server that is not there: starts, a POST is accepted, a read is 503',
    async () => {
      const [port] = await freePorts(1);
      const FHIR_BASE_URL = `http://127.0.0.1:${port}/fhir`;
      service = await startService({ FHIR_BASE_URL, FHIR_TIMEOUT_MS: '3000' }, '/livez');
      const reply = await send(`${service.fhir}/QuestionnaireResponse`, {
        body: toResponse(worked('D1'), 'nobody there'),
      });
      expect(reply.status).toBe(202);
      const read = await send<OperationOutcome>(`${service.fhir}/Patient/p1`);
      expect([502, 503]).toContain(read.status);
      expect(faultsOf(read.body)[0]).toMatchObject({
        severity: 'error',
        type: 'transient',
        code: 'fhir-server-unreachable',
        system: system('issues'),
      });
      expect(await service.stop()).toBe(0);
    },
    START_TIMEOUT,
  );
});
