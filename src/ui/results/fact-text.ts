import type { ExplainedFinding } from './explanation.js';
import type { Wording } from './wording.js';

/** "Insidious onset (Slowly, over weeks)"; of a list only its name, since the finding says what was ticked. */
export function factText({ code, finding, from }: ExplainedFinding, wording: Wording): string {
  const name = wording.finding(code);
  const [used] = from;
  if (finding === null) return `${name}: ${used ? wording.answer(used.linkId, used.answer) : 'not answered'}`;
  if (!used || from.length > 1 || Array.isArray(used.answer)) return name;
  return `${name} (${wording.answer(used.linkId, used.answer)})`;
}
