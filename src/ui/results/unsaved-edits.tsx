import { type Edits, givenWords } from './edits.js';
import type { Wording } from './wording.js';

interface UnsavedEditsProps {
  readonly edits: Edits;
  readonly wording: Wording;
  onGiveUp(): void;
}

/** What was typed and cannot be saved from this page any more: it is shown, so that it can be kept elsewhere. */
export function UnsavedEdits({ edits, wording, onGiveUp }: UnsavedEditsProps) {
  if (edits.size === 0) return null;
  return (
    <section class="notice warn" aria-labelledby="unsaved">
      <h2 id="unsaved">Your answers are not saved</h2>
      <p>The screening has changed so that they cannot be saved here. You had answered:</p>
      <ul>
        {[...edits].map(([linkId, { given }]) => (
          <li key={linkId}>
            {wording.question(linkId)} {givenWords(linkId, given, wording)}
          </li>
        ))}
      </ul>
      <button type="button" class="button" onClick={onGiveUp}>
        I have seen this
      </button>
    </section>
  );
}
