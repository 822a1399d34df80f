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
 * Ready to answer. A FHIR server that is away is told, and does not make the service unready: reading content,
 * `$extract` and `$explain` go on without it.
 */
export async function readyz({ fhirServer }: Ports): Promise<Reply> {
  const reachable = await fhirServer.isReachable();
  const body = { status: 'ready', fhirServer: reachable ? 'reachable' : 'unreachable' };
  return { status: 200, body, type: 'application/json; charset=utf-8' };
}

function isCapabilityStatement(resource: { resourceType: string }): resource is CapabilityStatement {
  return resource.resourceType === 'CapabilityStatement';
}
