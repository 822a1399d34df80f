import type { Screening } from './screening.js';
import { pageUrl } from './service.js';
import type { Settings } from './settings.js';

const CLINICIAN = /^Practitioner(Role)?\/[A-Za-z0-9\-.]{1,64}$/;

/** The clinician whom the address of a page names (`?author=Practitioner/x`), as an EHR's link may; null for none. */
export function authorIn(search: string): string | null {
  return asClinician(new URLSearchParams(search).get('author'));
}

/**
 * Whom a page may name as author when a clinician uses it: who is signed in; where nobody is, whom its address names, or
 * else whom the service knows.
 */
export function clinicianIn(
  search: string,
  settings: Pick<Settings, 'clinician' | 'session'> | null,
): string | null {
  const clinician = settings?.clinician ?? null;
  return settings?.session ? clinician : (authorIn(search) ?? clinician);
}

/** A page for clinicians: whoever came as somebody stays that. */
export function clinicianUrl(path: string): string {
  return pageUrl(path, { author: authorIn(location.search) ?? undefined });
}

/** Where a draft is gone on with, as whoever began it. */
export function continueUrl({ id, patient, author }: Pick<Screening, 'id' | 'patient' | 'author'>): string {
  return pageUrl('screen', {
    subject: patient === null ? undefined : `Patient/${patient}`,
    author: asClinician(author) ?? undefined,
    response: id,
  });
}

/** null for anybody else: the patient needs no author. */
function asClinician(reference: string | null): string | null {
  return reference !== null && CLINICIAN.test(reference) ? reference : null;
}
