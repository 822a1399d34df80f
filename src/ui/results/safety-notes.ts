import type { Observation } from 'fhir/r4.js';

/** What the note says that the page says better: flags by code, questions by linkId, the disclaimer. */
const SAID_ELSEWHERE = [
  /^Present: [^.]*\.\s*/,
  /No red flag reported\. That does not mean that there is none\.\s*/,
  /Careful: safety questions not fully answered: [^.]*\.\s*/,
  /Screening aid, not a diagnosis\.\s*/,
];

/**
 * What must be heeded beside the red flags, such as not to move the neck: the note of the red-flag Observation
 * without what the page shows anyway. Words that are not known stay, so that nothing new is ever lost.
 */
export function safetyNotesIn(observations: readonly Observation[]): string[] {
  const found = observations.find(isRedFlags);
  const note = (found?.note ?? []).map(({ text }) => text).join(' ');
  const rest = SAID_ELSEWHERE.reduce((text, said) => text.replace(said, ''), note).trim();
  return rest === '' ? [] : [rest];
}

/** The Observation about all red flags. */
export function isRedFlags({ code }: Observation): boolean {
  return code.coding?.[0]?.code === 'red-flag-urgency';
}

export const UNREAD_NOTES =
  'The notes on red flags could not be read: there may be something to heed that is not said here.';
