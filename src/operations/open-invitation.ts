import type { FhirResource } from 'fhir/r4.js';
import { isTakenBack } from '../fhir/invitation.js';
import { Problem } from '../fhir/outcome.js';
import { INTAKE_IDENTIFIER } from '../fhir/systems.js';
import type { Access } from './access.js';
import { isTask } from './change-task.js';
import type { Invitation, Invitations } from './invitation-port.js';
import type { Ports } from './ports.js';
import type { NewSession, Session, Sessions } from './session-port.js';

/** What the page of an invitation sends. */
export interface Opening {
  readonly token: string;
  /** A secret of this page, with which it may ask again when the answer was lost; null for none. */
  readonly claim: string | null;
  /** All of `Cookie`, as it was sent. */
  readonly cookie: string | undefined;
}

export interface Opened {
  /** Where the questions are, below PUBLIC_URL. */
  readonly location: string;
  /** `Set-Cookie` of a session that begins; null where the browser has it already. */
  readonly setCookie: string | null;
  readonly signed: Pick<Access, 'who' | 'patient'>;
}

/**
 * Uses the link of an invitation up and begins a session in its place, which lasts until the invitation expires. The
 * browser that has that session may come back by the same link. Rejects with a Problem that says what is wrong with
 * the link, and nothing about the patient.
 */
export async function openInvitation(
  opening: Opening,
  ports: Ports,
  sessions: Pick<Sessions, 'find' | 'begin'>,
): Promise<Opened> {
  const invitation = await ports.invitations.read(opening.token);
  if (invitation.isClosed || (await isGone(invitation, ports))) throw withdrawn();
  const location = locationOf(invitation, ports);
  const session = await sessions.find(opening.cookie);
  const { access } = toSession(invitation);
  if (session && isOf(invitation, session)) return { location, setCookie: null, signed: access };
  if (!ports.invitations.use(invitation.id, opening.claim)) throw used();
  const setCookie = await sessions.begin(toSession(invitation), opening.cookie);
  return { location, setCookie, signed: access };
}

/** Cancelled on the FHIR server itself. While it is away nobody is kept out. */
async function isGone({ id }: Invitation, { records, invitations }: Ports): Promise<boolean> {
  const task: FhirResource | null | 'away' = await records.read('Task', id).catch((error: unknown) => {
    if (error instanceof Problem) return 'away' as const;
    throw error;
  });
  if (task === 'away') return false;
  if (task && isTask(task) && !isTakenBack(task)) return false;
  invitations.close(id);
  return true;
}

/** The one response that was asked for: older answers are nobody's who was sent a link. And whether the patient is there. */
function toSession({ id, patient, intake, questionnaire, expires }: Invitation): NewSession {
  const own = new URLSearchParams({ identifier: `${INTAKE_IDENTIFIER}|${intake}`, questionnaire });
  return {
    kind: 'invitation',
    scope: `patient/QuestionnaireResponse.crus?${own} patient/Patient.r`,
    access: { patient, person: patient, isPatient: true, who: `Task/${id}`, client: `Task/${id}` },
    iss: null,
    encounter: null,
    tokens: null,
    endsAt: expires,
    idleMs: null,
  };
}

function isOf({ id }: Pick<Invitation, 'id'>, { kind, access, isLapsed }: Session): boolean {
  return kind === 'invitation' && access.who === `Task/${id}` && !isLapsed;
}

function locationOf({ patient, intake, responseId, questionnaire }: Invitation, { outbox }: Ports): string {
  const isBegun = outbox.entriesOf(responseId).length > 0;
  const begun = { subject: patient, response: responseId };
  const query = new URLSearchParams(isBegun ? begun : { subject: patient, intake, questionnaire });
  return `/screen?${query}`;
}

/**
 * Sessions by invitation know what it asks for, and end with it: one that was taken back, or is not known any more,
 * opens nothing.
 */
export function whileInvited(sessions: Sessions, invitations: Invitations): Sessions {
  return {
    begin: (session, before) => sessions.begin(session, before),
    end: (session) => sessions.end(session),
    find: async (cookie, isByItself) => {
      const session = await sessions.find(cookie, isByItself);
      if (session?.kind !== 'invitation') return session;
      const invitation = invitations.find(session.access.who.replace('Task/', ''));
      if (!invitation || invitation.isClosed) return null;
      const { intake, questionnaire } = invitation;
      return { ...session, invited: { intake, questionnaire } };
    },
  };
}

function withdrawn(): Problem {
  return new Problem({ code: 'invitation-withdrawn', text: 'This invitation was taken back.' });
}

function used(): Problem {
  return new Problem({ code: 'invitation-used', text: 'This link was used already; ask for a new one.' });
}
