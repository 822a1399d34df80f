import { FULL, isFull, readWriteProfile, type WriteProfile } from '../fhir/write-profile.js';
import type { FhirServer } from '../operations/ports.js';
import type { Database } from './database.js';
import { Settings } from './settings.js';

/** A server that was updated is noticed within the hour. */
const FRESH_MS = 3_600_000;

const SETTING = 'write-profile';

/** What the FHIR server takes: asked when needed, remembered over a restart. */
export interface Profiles {
  /** Rejects with a Problem `fhir-server-unreachable` when it cannot be asked. */
  current(): Promise<WriteProfile>;
  /** As last known, without asking: whether the FHIR server alone holds the records. */
  isFull(): boolean;
}

export function createProfiles(
  { server, database, now }: { server: FhirServer; database: Database; now: () => Date },
  override: Partial<WriteProfile>,
): Profiles {
  const settings = new Settings(database);
  const remembered = settings.get(SETTING);
  // Written below, from this type.
  let known = remembered ? (JSON.parse(remembered) as WriteProfile) : readWriteProfile(null, override);
  let askedAt = Number.NEGATIVE_INFINITY;
  const needsAsking = !isFull({ ...FULL, ...override }) || override.name !== FULL.name;
  const remember = (profile: WriteProfile) => {
    if (JSON.stringify(profile) !== JSON.stringify(known)) {
      settings.set(SETTING, JSON.stringify(profile));
    }
    known = profile;
    askedAt = now().getTime();
    return profile;
  };
  if (!needsAsking) remember(FULL);
  return {
    current: async () => {
      const age = now().getTime() - askedAt;
      if (!needsAsking || (age >= 0 && age < FRESH_MS)) return known;
      const capabilities = await server.capabilities();
      // One that says nothing of itself now has not changed: where the records are does not hang on a bad moment.
      return capabilities ? remember(readWriteProfile(capabilities, override)) : known;
    },
    isFull: () => isFull(known),
  };
}
