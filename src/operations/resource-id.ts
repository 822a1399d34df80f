import { Problem } from '../fhir/outcome.js';

/** R4 `id`; a path of dots would climb out of the type on the FHIR server. */
export function isResourceId(text: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(text) && !/^\.+$/.test(text);
}

export function notFound(type: string): never {
  throw new Problem({ code: 'resource-not-found', text: `There is no such ${type}.` });
}
