/** A thousand patients, each with a response. */
import { expect, test } from '@jest/globals';
import type { Bundle, Observation, Patient } from 'fhir/r4.js';
import { read } from '../../support/contract-http.js';
import { worked } from '../../support/contract-responses.js';
import { all, body, countOf, delivered, eachOf, patientId, post, server } from './calls.js';
import { figure, percentiles } from './report.js';
import { world } from './world.js';

const PATIENTS = 1_000;
const IN_ONE_TRANSACTION = 100;
const AT_ONCE = 4;
/** Of three answers: red flags, and each of the eleven sets. */
const MEMBERS = 12;

const idAt = (index: number) => patientId(`many-${index}`);
const ALL = Array.from({ length: PATIENTS }, (_, index) => index);

async function writePatients(): Promise<void> {
  for (let from = 0; from < PATIENTS; from += IN_ONE_TRANSACTION) {
    const entry = ALL.slice(from, from + IN_ONE_TRANSACTION).map((index) => {
      const resource: Patient = { resourceType: 'Patient', id: idAt(index), birthDate: '1970-03-02' };
      return { resource, request: { method: 'PUT' as const, url: `Patient/${resource.id}` } };
    });
    const bundle: Bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    const reply = await server(world().base, { method: 'POST', body: bundle });
    expect([reply.status, from]).toEqual([200, from]);
  }
}

/** → the responses that the service took and could not pass on at once */
async function submitAll(): Promise<string[]> {
  const times: number[] = [];
  const queued: string[] = [];
  const begun = performance.now();
  await eachOf(ALL, AT_ONCE, async (index) => {
    const sent = performance.now();
    const subject = { reference: `Patient/${idAt(index)}` };
    const name = `many ${index}`;
    const reply = await post(body(worked('U1'), name, { subject }));
    times.push(performance.now() - sent);
    expect([index, [201, 202].includes(reply.status)]).toEqual([index, true]);
    if (reply.status === 202) queued.push(name);
  });
  const seconds = (performance.now() - begun) / 1000;
  const rate = (PATIENTS / seconds).toFixed(1);
  figure(`${PATIENTS} patients, ${AT_ONCE} at a time: ${rate} submissions/s, ${percentiles(times)}`);
  return queued;
}

async function search(): Promise<void> {
  const times: number[] = [];
  for (const index of ALL.filter((one) => one % 20 === 0)) {
    const begun = performance.now();
    const found = await read<Bundle>(
      `${world().service.fhir}/Observation?patient=${idAt(index)}&code=nice-ng65`,
    );
    times.push(performance.now() - begun);
    expect([index, found.entry?.length]).toEqual([index, 1]);
  }
  figure(`search of one patient among ${PATIENTS}: ${percentiles(times)}`);
}

export function thousand(): void {
  test('1,000 patients: each gets one panel, in its first version', async () => {
    await writePatients();
    const provenances = await countOf('Provenance');
    const queued = await submitAll();
    // A server that is slow for a moment is no fault of anybody's; how often it was is told.
    if (queued.length > 0) figure(`${queued.length} of them were queued at first`);
    for (const name of queued) await delivered(name);
    const ours = (one: Observation) => one.subject?.reference?.startsWith(`Patient/${patientId('many-')}`);
    const panels = (await all<Observation>('Observation', 'code=axspa-screening-panel')).filter(ours);
    expect(panels).toHaveLength(PATIENTS);
    expect(new Set(panels.map(({ subject }) => subject?.reference)).size).toBe(PATIENTS);
    expect(
      panels.filter(({ meta, hasMember }) => meta?.versionId !== '1' || hasMember?.length !== MEMBERS),
    ).toEqual([]);
    expect((await countOf('Provenance')) - provenances).toBe(PATIENTS);
    await search();
  }, 600_000);
}
