import { serviceUrl } from './service.js';

/** What a page must know of the service's configuration; from `GET /ui/settings.json`. */
export interface Settings {
  readonly emergencyNumber: string;
  /** Everybody on the server is invented. */
  readonly isDemo: boolean;
  /** Whom a page may name as author when a clinician uses it, `Practitioner/{id}`; null for nobody. */
  readonly clinician: string | null;
  /** Whether patient data is shown to nobody who is not signed in. */
  readonly isGuarded: boolean;
  /** Where people may sign in; may be empty, also where they have to: others come by a link. */
  readonly signIn: readonly SignInPlace[];
  /** Who is signed in in this browser; null for nobody. */
  readonly session: Session | null;
  /** Canonical of the Questionnaire that is asked when nothing else is named, with its version; empty for none. */
  readonly questionnaire: string;
  /** Advice that one answer calls for by itself: linkId → option code. */
  readonly adviceAlone: Readonly<Record<string, Readonly<Record<string, AdviceAlone>>>>;
  /** Advice that two answers call for together, where that is more than each does. */
  readonly adviceTogether: readonly AdviceTogether[];
}

/** An EHR or portal: FHIR base, and what people know it by. */
export interface SignInPlace {
  readonly iss: string;
  readonly name: string | null;
}

export interface Session {
  /** `Practitioner/{id}`, `Patient/{id}` …; null where it is not known. */
  readonly person: string | null;
  /** `Patient/{id}` whom they came here about; null for none. */
  readonly patient: string | null;
  /** `Encounter/{id}` in which they were sent here; null for none. */
  readonly encounter: string | null;
  /** Answers for themselves, and sees no results. */
  readonly isPatient: boolean;
  /** The one intake that they may answer who came by a link, which opens once; null for anybody else. */
  readonly invited: { readonly intake: string; readonly questionnaire: string } | null;
}

export interface AdviceAlone {
  /** Codes of CodeSystem patient-information, in the order to show them. */
  readonly advice: readonly string[];
  /** Options of the same question that take it back when they are ticked beside it. */
  readonly unless?: readonly string[];
}

export interface AdviceTogether {
  readonly answers: readonly (readonly [linkId: string, code: string])[];
  readonly advice: readonly string[];
}

/** Milliseconds; the service reads nothing for them. */
const PATIENCE = 10_000;

/** null when the service cannot be reached. */
export async function loadSettings(): Promise<Settings | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(new URL('ui/settings.json', serviceUrl), { redirect: 'error', signal });
    if (!response.ok) return null;
    const settings: Omit<Settings, 'questionnaire'> & { questionnaire: string | null } =
      await response.json();
    return { ...settings, questionnaire: settings.questionnaire ?? '' };
  } catch {
    return null;
  }
}
