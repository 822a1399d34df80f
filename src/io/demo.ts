import type { Patient } from 'fhir/r4.js';
import type { FhirServer } from '../operations/ports.js';

/** People who do not exist, for a first try. */
const patients: readonly Patient[] = [
  {
    resourceType: 'Patient',
    id: 'demo-1',
    gender: 'female',
    birthDate: '1994-03-12',
    name: [{ family: 'Example', given: ['Ana'] }],
  },
  {
    resourceType: 'Patient',
    id: 'demo-2',
    gender: 'male',
    birthDate: '1988-11-02',
    name: [{ family: 'Example', given: ['Ben'] }],
  },
  {
    resourceType: 'Patient',
    id: 'demo-3',
    gender: 'female',
    birthDate: '1971-07-25',
    name: [{ family: 'Example', given: ['Cora'] }],
  },
];

/** Writes the demo patients into a server that has no patient yet. Rejects when it does not take them. */
export async function seedDemo(fhirServer: FhirServer): Promise<void> {
  const { total } = await fhirServer.search('Patient', '_count=0');
  if (total !== 0) return;
  const entry = patients.map((resource) => ({
    resource,
    request: { method: 'PUT' as const, url: `Patient/${resource.id}` },
  }));
  const written = await fhirServer.transact({ resourceType: 'Bundle', type: 'transaction', entry });
  if (written.state !== 'written') throw new Error(`The demo patients were not written: ${written.reason}`);
}
