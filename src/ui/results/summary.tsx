import type { Explanation } from './explanation.js';
import { ng65Note, summaryText } from './verdict-line.js';
import type { Wording } from './wording.js';

const NON_BREAKING_HYPHEN = '\u2011';

interface SummaryProps {
  readonly explanation: Explanation;
  readonly wording: Wording;
}

/** The result in one sentence, and what to bear in mind. */
export function Summary({ explanation, wording }: SummaryProps) {
  const { likelihood } = explanation;
  const note = ng65Note(explanation);
  const warnings = explanation.warnings.filter(({ criteriaSets }) => criteriaSets.length === 0);
  return (
    <section class="summary" aria-labelledby="summary">
      <h2 id="summary">{summaryText(explanation).replaceAll('-', NON_BREAKING_HYPHEN)}</h2>
      {note && <p>NICE NG65: {note}</p>}
      {warnings.length > 0 && (
        <ul class="notice warn">
          {warnings.map(({ code, text }) => (
            <li key={code}>{text}</li>
          ))}
        </ul>
      )}
      {likelihood && (
        <p class="soft">
          Likelihood ratio product: {likelihood.product ?? 'does not apply'}
          {likelihood.band ? ` (${likelihood.band.replace('-', ' ')})` : ''}.{' '}
          {named(likelihood.note, explanation, wording)}
        </p>
      )}
    </section>
  );
}

/** The service's note with the findings in it by name, not by code. */
function named(note: string, { facts }: Explanation, wording: Wording): string {
  const codes = facts.map(({ code }) => code);
  return note.replace(/\b[a-z0-9]+(?:-[a-z0-9]+)+/g, (word) =>
    codes.includes(word) ? wording.finding(word) : word,
  );
}
