import { NAMED_PROFILES, type WriteProfile } from './write-profile.js';

/** What WRITE_PROFILE may be called. */
export const PROFILE_NAMES = Object.keys(NAMED_PROFILES).join(', ');

/** A name, or the elements of a WriteProfile that are to be other than the server says. */
export function readProfileOverride(text: string): Partial<WriteProfile> | undefined {
  if (Object.hasOwn(NAMED_PROFILES, text)) return NAMED_PROFILES[text];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isProfilePart(given) ? given : undefined;
}

/** What may be corrected, and to what. */
const PROFILE_PARTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  transaction: (value) => typeof value === 'boolean',
  identity: (value) => value === 'id' || value === 'identifier' || value === 'search',
  createGuard: (value) => value === 'if-none-match' || value === 'version-0',
  questionnaireResponse: (value) => typeof value === 'boolean',
  provenance: (value) => typeof value === 'boolean',
  task: (value) => typeof value === 'boolean',
  observationCategories: (value) =>
    value === null || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  document: (value) => value === null || value === 'text/plain' || value === 'text/html',
};

function isProfilePart(given: unknown): given is Partial<WriteProfile> {
  return (
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.entries(given).every(
      ([name, value]) => Object.hasOwn(PROFILE_PARTS, name) && PROFILE_PARTS[name]?.(value) === true,
    )
  );
}
