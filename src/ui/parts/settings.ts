import { serviceUrl } from './service.js';

/** What a page must know of the service's configuration; from `GET /ui/settings.json`. */
export interface Settings {
  readonly emergencyNumber: string;
  /** Invented patients are there, and a clinician to act as. */
  readonly isDemo: boolean;
  /** Canonical of the Questionnaire that is asked when nothing else is named, with its version. */
  readonly questionnaire: string;
  /** Advice that one answer calls for by itself, whatever else is answered: linkId → option code. */
  readonly adviceAlone: Readonly<Record<string, Readonly<Record<string, AdviceAlone>>>>;
}

export interface AdviceAlone {
  readonly urgency: 'emergency' | 'same-day' | 'urgent-days';
  /** Codes of CodeSystem patient-information, in the order to show them. */
  readonly advice: readonly string[];
}

/** null when the service cannot be reached. */
export async function loadSettings(): Promise<Settings | null> {
  try {
    const response = await fetch(new URL('ui/settings.json', serviceUrl), { redirect: 'error' });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
