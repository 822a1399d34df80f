import { expect, test } from '@jest/globals';
import { eraseEverywhere, type Places, toReport } from '../../../src/cli/erase-everywhere.js';
import type { AuditRecord } from '../../../src/fhir/audit-event.js';

const ERASURE = { subject: 'Patient/p1', reason: 'asked for' };

/** Places that write down what they were asked, in order. */
function createPlaces(changed: Partial<Places> = {}) {
  const asked: string[] = [];
  const audits: AuditRecord[] = [];
  const places: Places = {
    outbox: {
      erase: (subject) => {
        asked.push(`outbox ${subject}`);
        return { responseIds: ['r1'] };
      },
    },
    store: {
      erase: (patientId, responseIds) => {
        asked.push(`store ${patientId} ${responseIds.join()}`);
        return { resources: ['Patient/p1', 'Observation/r1.a', 'Observation/r1.b'], blanked: ['Group/g'] };
      },
    },
    endSessions: async (subject) => {
      asked.push(`sessions ${subject}`);
      return 2;
    },
    writtenElsewhere: (subject) => {
      asked.push(`elsewhere ${subject}`);
      return ['Observation/theirs'];
    },
    scrub: () => {
      asked.push('scrub');
    },
    audit: {
      record: (event) => {
        asked.push('audit');
        audits.push(event);
      },
    },
    now: () => new Date('2026-06-01T12:00:00Z'),
    createId: () => 'id-1',
    ...changed,
  };
  return { places, asked, audits };
}

test('asks what is elsewhere before the outbox forgets it, and erases the outbox before the store', async () => {
  const { places, asked, audits } = createPlaces();
  const erasures = await eraseEverywhere(places, ERASURE);
  expect(asked).toEqual([
    'elsewhere Patient/p1',
    'outbox Patient/p1',
    'sessions Patient/p1',
    'store p1 r1',
    'scrub',
    'audit',
  ]);
  expect(erasures).toEqual({
    resources: ['Patient/p1', 'Observation/r1.a', 'Observation/r1.b'],
    blanked: ['Group/g'],
    responseIds: ['r1'],
    elsewhere: ['Observation/theirs'],
    sessions: 2,
  });
  expect(audits).toEqual([
    {
      id: 'id-1',
      at: new Date('2026-06-01T12:00:00Z'),
      interaction: 'delete',
      type: 'Patient',
      reference: 'Patient/p1',
      patient: 'Patient/p1',
      status: 200,
      code: null,
      requestId: 'id-1',
      address: null,
      who: 'operator',
      reason: 'asked for',
    },
  ]);
});

test('without a store of our own the outbox is erased all the same', async () => {
  const { places } = createPlaces({ store: null });
  expect(await eraseEverywhere(places, ERASURE)).toMatchObject({ resources: [], responseIds: ['r1'] });
});

test('an outbox that cannot be erased keeps the store as it is; the attempt is audited and said', async () => {
  const busy = () => {
    throw new Error('busy');
  };
  const { places, asked, audits } = createPlaces({ outbox: { erase: busy } });
  await expect(eraseEverywhere(places, ERASURE)).rejects.toThrow('busy');
  expect(asked).toEqual(['elsewhere Patient/p1', 'audit']);
  expect(audits).toEqual([expect.objectContaining({ status: 500, code: 'exception' })]);
});

test('what was written elsewhere is said also when the outbox has forgotten it and the store fails', async () => {
  const full = () => {
    throw new Error('The disk is full.');
  };
  const { places, audits } = createPlaces({ store: { erase: full } });
  await expect(eraseEverywhere(places, ERASURE)).rejects.toThrow(
    /^The disk is full\.\n.*Observation\/theirs/,
  );
  expect(audits).toEqual([expect.objectContaining({ status: 500 })]);
});

test('an audit that cannot be written is not told again as a failed erasure', async () => {
  let tries = 0;
  const record = () => {
    tries += 1;
    throw new Error('no audit');
  };
  await expect(eraseEverywhere(createPlaces({ audit: { record } }).places, ERASURE)).rejects.toThrow(
    'no audit',
  );
  expect(tries).toBe(1);
});

test('resolves when the audit is on disk', async () => {
  let isFlushed = false;
  const flush = async () => {
    isFlushed = true;
  };
  await eraseEverywhere(createPlaces({ audit: { record: () => {}, flush } }).places, ERASURE);
  expect(isFlushed).toBe(true);
});

test('the report counts what is ours and names what is not', () => {
  const erasures = {
    resources: ['Patient/p1', 'Observation/a', 'Observation/b'],
    blanked: ['Group/g'],
    responseIds: ['r1'],
    elsewhere: ['Observation/theirs'],
    sessions: 2,
  };
  const foreign = toReport(erasures, ERASURE, 'http://fhir.example');
  expect(foreign).toContain('1 Patient, 2 Observation');
  expect(foreign).toContain('Sessions that were ended: 2.');
  expect(toReport({ ...erasures, sessions: 0 }, ERASURE, null)).not.toContain('Sessions');
  for (const word of ['Group/g', 'http://fhir.example', 'Observation/theirs', 'r1', 'Backups']) {
    expect(foreign).toContain(word);
  }
  const own = toReport({ ...erasures, blanked: [] }, ERASURE, null);
  expect(own).not.toContain('theirs');
  expect(own).not.toContain('Kept');
  expect(toReport({ ...erasures, resources: [] }, ERASURE, null)).toContain('Our FHIR store: nothing.');
});
