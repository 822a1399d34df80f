import { serviceUrl } from '../parts/service.js';

/** Details codes of the service for a link that does not open. */
const REFUSALS = [
  'invitation-invalid',
  'invitation-used',
  'invitation-expired',
  'invitation-withdrawn',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** `away`: nobody knows, and it may be tried again with the same secret. */
export type Opened = { readonly url: string } | Refusal | 'away';

/** Milliseconds; the service itself waits up to 10 s for the FHIR server. */
const PATIENCE = 20_000;

/** Uses the link. `claim` stays the same for every try of one page. Never rejects. */
export async function openLink(token: string, claim: string): Promise<Opened> {
  try {
    const response = await fetch(new URL('invitation', serviceUrl), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, claim }),
      credentials: 'same-origin',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body: { location?: unknown; issue?: readonly { details?: { coding?: { code?: string }[] } }[] } =
      await response.json();
    if (response.ok && typeof body.location === 'string') return { url: below(body.location) };
    const code = body.issue?.[0]?.details?.coding?.[0]?.code;
    return REFUSALS.find((one) => one === code) ?? 'away';
  } catch {
    return 'away';
  }
}

/** A path of the service, wherever that is; never another origin. */
function below(path: string): string {
  const url = new URL(serviceUrl);
  const asked = new URL(path, url.origin);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${asked.pathname}`;
  url.search = asked.search;
  return url.href;
}
