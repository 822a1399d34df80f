import type { Delivery, FhirServer } from '../operations/ports.js';

/** Writes to the FHIR server while the caller waits: nothing is kept, so nothing is promised that is not written. */
export function createDelivery(fhirServer: FhirServer): Delivery {
  const last = new Map<string, Promise<unknown>>();
  return {
    async inOrder(responseId, work) {
      const before = last.get(responseId);
      const mine = (async () => {
        await before?.catch(() => undefined);
        return work();
      })();
      last.set(responseId, mine);
      try {
        return await mine;
      } finally {
        if (last.get(responseId) === mine) last.delete(responseId);
      }
    },
    deliver: (bundle) => fhirServer.transact(bundle),
  };
}
