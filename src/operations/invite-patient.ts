import type { Parameters } from 'fhir/r4.js';
import { scoredForm } from '../fhir/content.js';
import { splitCanonical } from '../fhir/head.js';
import { toInvitation } from '../fhir/invitation.js';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import type { Invitation } from './invitation-port.js';
import type { Ports } from './ports.js';
import { isResourceId } from './resource-id.js';

const DAY_MS = 86_400_000;
const DAYS = { usual: 14, most: 90 };

/** Where a link leads; its secret stands behind the `#`, which no browser sends. */
export const INVITATION_PAGE = '/invitation';

/**
 * `Patient/{id}/$invite`: a Task on the FHIR server that asks the patient to answer a Questionnaire, and a link to do
 * so once without an account. Throws a Problem; then there is no link, and what may be left of the Task is cancelled.
 */
export async function invitePatient(id: string, body: unknown, ports: Ports): Promise<Parameters> {
  const { questionnaire, days } = readAsked(body, ports);
  // Where the Task is kept, and later looked for, hangs on what the server takes.
  await ports.delivery.profile();
  if (!isResourceId(id) || !(await ports.fhirServer.read('Patient', id))) {
    throw new Problem({ code: 'subject-not-found', text: 'There is no such patient on the FHIR server.' });
  }
  const authored = ports.now();
  const expires = new Date(authored.getTime() + days * DAY_MS);
  const invitation = ports.invitations.prepare({ patient: `Patient/${id}`, questionnaire, expires });
  await writeTask(invitation, authored, ports);
  ports.invitations.release(invitation.id);
  const token = await ports.invitations.tokenOf(invitation);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'task', valueReference: { reference: `Task/${invitation.id}` } },
      { name: 'link', valueUrl: `${ports.publicUrl}${INVITATION_PAGE}#${token}` },
      { name: 'expires', valueInstant: invitation.expires.toISOString() },
    ],
  };
}

async function writeTask(
  { id, patient, questionnaire, expires }: Invitation,
  authored: Date,
  { records, software }: Ports,
): Promise<void> {
  const resource = toInvitation({ id, patient, questionnaire, authored, expires, software });
  const sent = await records.write({ method: 'PUT', url: `Task/${id}`, resource });
  if (sent.state === 'written') return;
  throw new Problem(
    sent.state === 'refused'
      ? { code: 'refused-by-server', text: 'The FHIR server did not take the Task of the invitation.' }
      : { code: 'fhir-server-unreachable', text: 'The FHIR server is away: nobody was invited. Try again.' },
  );
}

interface Asked {
  /** `url|version` */
  readonly questionnaire: string;
  /** How long the link is good for. */
  readonly days: number;
}

/** Values of `$invite`, by parameter: the elements they may stand in (R4 Parameters). */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  questionnaire: ['valueCanonical'],
  days: ['valuePositiveInt', 'valueInteger'],
};

function readAsked(body: unknown, ports: Ports): Asked {
  if (body !== undefined && memberOf(body, 'resourceType') !== 'Parameters') {
    const text = 'The body must be a Parameters resource, or none.';
    throw new Problem({ code: 'wrong-resource-type', text, expression: 'resourceType' });
  }
  const list = memberOf(body, 'parameter') ?? [];
  if (!Array.isArray(list)) throw notTaken('Parameters.parameter');
  const given = new Map<string, unknown>();
  for (const [index, one] of list.entries()) {
    const [name, value] = readParameter(one, `Parameters.parameter[${index}]`);
    if (given.has(name)) throw notTaken(`Parameters.parameter[${index}]`);
    given.set(name, value);
  }
  return { questionnaire: toCanonical(given.get('questionnaire'), ports), days: toDays(given.get('days')) };
}

function readParameter(parameter: unknown, expression: string): [name: string, value: unknown] {
  const name = String(memberOf(parameter, 'name'));
  const values = Object.hasOwn(VALUES, name) ? (VALUES[name] ?? []) : [];
  const value = values.map((one) => memberOf(parameter, one)).find((one) => one !== undefined);
  if (value === undefined) throw notTaken(expression);
  return [name, value];
}

function notTaken(expression: string): Problem {
  const text = 'Taken here, once each: questionnaire (valueCanonical), days (valuePositiveInt).';
  return new Problem({ code: 'unknown-parameter', text, expression });
}

function toDays(days: unknown = DAYS.usual): number {
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= DAYS.most) return days;
  throw new Problem({ code: 'out-of-range', text: `A link is good for 1 to ${DAYS.most} days.` });
}

/** With its version, so that the patient answers what was asked even when a newer one arrives. */
function toCanonical(asked: unknown, { content }: Ports): string {
  const { url, version } = splitCanonical(typeof asked === 'string' ? asked : '');
  const known = content.forms.filter((form) => form.url === url);
  const form =
    asked === undefined
      ? scoredForm(content)
      : known.findLast((one) => version === undefined || one.version === version);
  if (form) return `${form.url}|${form.version}`;
  throw new Problem(
    known.length > 0
      ? {
          code: 'questionnaire-version-unknown',
          text: 'This version of the Questionnaire is not served here.',
        }
      : { code: 'questionnaire-unknown', text: 'This Questionnaire is not one of those served here.' },
  );
}
