import type { Explanation } from './explanation.js';

/** A question without a known answer, and what an answer could do. */
export interface OpenQuestion {
  readonly linkId: string;
  /** One of the safety questions: asked first, whatever it settles. */
  readonly isSafety: boolean;
  /** Ids of open sets that its answer alone could settle. */
  readonly settles: readonly string[];
  /** Ids of open sets that it could settle alone or together with others. */
  readonly helps: readonly string[];
}

/**
 * Safety questions first; then by how many open sets a question could settle alone, by how many it helps with,
 * and as in the Questionnaire (`order`: linkIds).
 */
export function rankOpenQuestions(
  { criteriaSets, redFlags }: Pick<Explanation, 'criteriaSets' | 'redFlags'>,
  order: readonly string[],
): OpenQuestion[] {
  const asked = criteriaSets.flatMap(({ settledBy }) => settledBy.flat());
  const linkIds = [...new Set([...redFlags.unanswered, ...asked])];
  const place = (linkId: string) => (order.includes(linkId) ? order.indexOf(linkId) : order.length);
  return linkIds
    .map((linkId) => ({
      linkId,
      isSafety: redFlags.unanswered.includes(linkId),
      settles: idsOf(criteriaSets, (ways) => ways.some((way) => way.length === 1 && way.includes(linkId))),
      helps: idsOf(criteriaSets, (ways) => ways.some((way) => way.includes(linkId))),
    }))
    .sort(
      (a, b) =>
        Number(b.isSafety) - Number(a.isSafety) ||
        b.settles.length - a.settles.length ||
        b.helps.length - a.helps.length ||
        place(a.linkId) - place(b.linkId),
    );
}

/** "Could settle 3 sets alone, helps with 2 more." */
export function worthText({ isSafety, settles, helps }: OpenQuestion): string {
  const others = helps.length - settles.length;
  const sets = (count: number) => `${count} set${count === 1 ? '' : 's'}`;
  const alone = settles.length > 0 ? [`could settle ${sets(settles.length)} alone`] : [];
  const together = others > 0 ? [`helps with ${settles.length > 0 ? `${others} more` : sets(others)}`] : [];
  const safety = isSafety ? ['safety question'] : [];
  const text = [...safety, ...alone, ...together].join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function idsOf(
  sets: Explanation['criteriaSets'],
  holds: (settledBy: readonly (readonly string[])[]) => boolean,
): string[] {
  return sets.filter(({ settledBy }) => holds(settledBy)).map(({ id }) => id);
}
