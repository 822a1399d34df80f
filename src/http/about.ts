import type { CapabilityStatement } from 'fhir/r4.js';
import type { Ports } from '../operations/ports.js';
import type { Reply } from './reply.js';

/** The authored CapabilityStatement, with where this instance is. */
export function metadata({ content, software, publicUrl }: Ports): Reply {
  const authored = content.resources.find(isCapabilityStatement);
  if (!authored) throw new Error('The content has no CapabilityStatement');
  const body: CapabilityStatement = {
    ...authored,
    kind: 'instance',
    software: { name: 'axspa-screening', version: software.version },
    implementation: { description: 'axspa-screening', url: `${publicUrl}/fhir` },
  };
  return { status: 200, body };
}

/**
 * Ready to answer: what is accepted can be kept. A FHIR server that is away is told, and does not make the service
 * unready; what waits for an operator is counted. Throws `store-unavailable` when the outbox cannot be read.
 */
export async function readyz({ fhirServer, outbox, intake }: Ports): Promise<Reply> {
  const { openAlerts, ...counts } = outbox.counts();
  const reachable = await fhirServer.isReachable();
  const body = {
    status: 'ready',
    fhirServer: reachable ? 'reachable' : 'unreachable',
    outbox: counts,
    openAlerts,
    ...(intake && { unscored: intake.countUnscored() }),
  };
  return { status: 200, body, type: 'application/json; charset=utf-8' };
}

/** Whether a page that shows what was accepted is still up to date: no patient data, so nothing is audited. */
export function changes({ outbox }: Ports): Reply {
  return { status: 200, body: { mark: outbox.mark() }, type: 'application/json' };
}

/** Prometheus' text format; numbers of entries, never of patients. */
export function metrics({ outbox, intake, now }: Ports): Reply {
  const { queued, refused, unknown, oldestQueued, openAlerts } = outbox.counts();
  const age = oldestQueued ? Math.max(0, now().getTime() - oldestQueued.getTime()) / 1000 : 0;
  const text = [
    '# HELP axspa_outbox_entries Accepted changes that are not written to the FHIR server.',
    '# TYPE axspa_outbox_entries gauge',
    `axspa_outbox_entries{state="queued"} ${queued}`,
    `axspa_outbox_entries{state="refused"} ${refused}`,
    `axspa_outbox_entries{state="unknown"} ${unknown}`,
    '# HELP axspa_outbox_oldest_queued_seconds Age of the oldest queued entry.',
    '# TYPE axspa_outbox_oldest_queued_seconds gauge',
    `axspa_outbox_oldest_queued_seconds ${age}`,
    '# HELP axspa_open_alerts Urgent red flags that nobody has acknowledged.',
    '# TYPE axspa_open_alerts gauge',
    `axspa_open_alerts ${openAlerts}`,
    '# HELP axspa_unscored_responses Responses on the FHIR server that could not be scored as they are.',
    '# TYPE axspa_unscored_responses gauge',
    `axspa_unscored_responses ${intake?.countUnscored() ?? 0}`,
    '',
  ].join('\n');
  return { status: 200, body: text, type: 'text/plain; version=0.0.4; charset=utf-8' };
}

function isCapabilityStatement(resource: { resourceType: string }): resource is CapabilityStatement {
  return resource.resourceType === 'CapabilityStatement';
}
