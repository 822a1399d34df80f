import type { Explanation } from './explanation.js';
import { ng65Note, summaryText } from './verdict-line.js';

const NON_BREAKING_HYPHEN = '\u2011';

/** The result in one sentence, and what to bear in mind. */
export function Summary({ explanation }: { readonly explanation: Explanation }) {
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
          {likelihood.band ? ` (${likelihood.band.replace('-', ' ')})` : ''}. {likelihood.note}
        </p>
      )}
    </section>
  );
}
