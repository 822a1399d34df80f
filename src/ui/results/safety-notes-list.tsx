import type { Extras } from './load-extras.js';
import { UNREAD_NOTES } from './safety-notes.js';

/** What must be heeded beside the red flags; that it is not there is said, too. */
export function SafetyNotes({ extras }: { readonly extras: Extras | null }) {
  if (!extras) return <p role="status">Loading the notes on these red flags…</p>;
  if (!extras.safetyNotes) return <p>{UNREAD_NOTES}</p>;
  return extras.safetyNotes.map((note) => (
    <p key={note}>
      <strong>{note}</strong>
    </p>
  ));
}
