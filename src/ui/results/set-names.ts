import type { ExplainedSet } from './explanation.js';

/** Sets by their titles, where the service names them by their ids. */
export function withTitles(text: string, sets: readonly Pick<ExplainedSet, 'id' | 'title'>[]): string {
  const titles = new Map(sets.map(({ id, title }) => [id, title]));
  return text.replace(/[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+|[A-Za-z0-9]+/g, (word) => titles.get(word) ?? word);
}

/** Up to its first full stop; ids have none. */
export function firstSentence(text: string): string {
  return /^[^.]*\./.exec(text)?.[0] ?? text;
}
