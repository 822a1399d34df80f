import { scoredForm } from '../fhir/content.js';
import { type AdviceTable, adviceTable } from './advice-table.js';
import type { Ports } from './ports.js';

/** What the pages must know before they ask anything; public, and the same for everybody. */
export interface PageSettings extends AdviceTable {
  /** What patients are told to call in an emergency. */
  readonly emergencyNumber: string;
  /** Everybody on the server is invented. */
  readonly isDemo: boolean;
  /** Whom a page may name as author when a clinician uses it, `Practitioner/{id}`; null while nobody signs in. */
  readonly clinician: string | null;
  /** Canonical of the Questionnaire that is asked, with its version; null when no rule is about any. */
  readonly questionnaire: string | null;
}

/** `demoClinician`: the reference to the one of the demo; null where there is no demo. */
export function pageSettings(
  ports: Pick<Ports, 'content' | 'rules'>,
  { emergencyNumber, demoClinician }: { emergencyNumber: string; demoClinician: string | null },
): PageSettings {
  const form = scoredForm(ports.content);
  return {
    emergencyNumber,
    isDemo: demoClinician !== null,
    clinician: demoClinician,
    questionnaire: form ? `${form.url}|${form.version}` : null,
    ...adviceTable(ports),
  };
}
