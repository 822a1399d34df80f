import { scoredForm } from '../fhir/content.js';
import { type AdviceTable, adviceTable } from './advice-table.js';
import type { Invitation } from './invitation-port.js';
import { isClinician } from './launch-landing.js';
import type { Ports } from './ports.js';
import type { Session } from './session-port.js';
import type { Ehr } from './smart-port.js';

/** What the pages must know before they ask anything; the same for everybody. */
export interface PageSettings extends AdviceTable {
  /** What patients are told to call in an emergency. */
  readonly emergencyNumber: string;
  /** Everybody on the server is invented. */
  readonly isDemo: boolean;
  /** Whom a page may name as author when a clinician uses it, `Practitioner/{id}`; null while nobody signs in. */
  readonly clinician: string | null;
  /** Canonical of the Questionnaire that is asked, with its version; null when no rule is about any. */
  readonly questionnaire: string | null;
  /** Whether patient data needs a token or a session. */
  readonly isGuarded: boolean;
  /** Where people may sign in: `/launch?iss=` */
  readonly signIn: readonly Pick<Ehr, 'iss' | 'name'>[];
}

/** What the pages of one browser are told: who is signed in there. No name, no token. */
export interface OwnSettings extends PageSettings {
  readonly session: OwnSession | null;
}

export interface OwnSession {
  /** `Practitioner/{id}`, `Patient/{id}` …; null where the EHR does not say. */
  readonly person: string | null;
  /** `Patient/{id}` whom they were sent here about. */
  readonly patient: string | null;
  /** `Encounter/{id}` in which they were. */
  readonly encounter: string | null;
  readonly isPatient: boolean;
  /** The one intake that they may answer who came by a link; null for anybody else. */
  readonly invited: Pick<Invitation, 'intake' | 'questionnaire'> | null;
}

/** `session`: null where nobody is signed in. One that has lapsed reads nothing, and is not told of. */
export function settingsFor(settings: PageSettings, session: Session | null): OwnSettings {
  if (!session || session.isLapsed) return { ...settings, session: null };
  const { person, patient, isPatient } = session.access;
  const clinician = !isPatient && isClinician(person) ? person : null;
  const { encounter, invited = null } = session;
  return { ...settings, clinician, session: { person, patient, encounter, isPatient, invited } };
}

/** `demoClinician`: the reference to the one of the demo; null where there is no demo. */
export function pageSettings(
  ports: Pick<Ports, 'content' | 'rules'>,
  { emergencyNumber, demoClinician, isGuarded, smartIssuers }: PageSettingsOptions,
): PageSettings {
  const form = scoredForm(ports.content);
  return {
    emergencyNumber,
    isDemo: demoClinician !== null,
    // The one of the demo is nobody who signed in.
    clinician: isGuarded ? null : demoClinician,
    questionnaire: form ? `${form.url}|${form.version}` : null,
    isGuarded,
    signIn: smartIssuers.map(({ iss, name }) => ({ iss, name })),
    ...adviceTable(ports),
  };
}

interface PageSettingsOptions {
  readonly emergencyNumber: string;
  readonly demoClinician: string | null;
  readonly isGuarded: boolean;
  readonly smartIssuers: readonly Pick<Ehr, 'iss' | 'name'>[];
}
