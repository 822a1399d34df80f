import type { Screen } from './screen.js';

/** Where an intake stands: a page of its own, a frame, or an element in a portal. What is left out is left alone. */
export interface Host {
  /** A page and a frame are all ours; an element shares the page. */
  readonly kind: 'page' | 'frame' | 'element';
  /** The first screen is there. */
  ready?(): void;
  /** Another screen is shown, or null: none yet, or none at all. `title` says which, or why. */
  showed?(screen: Screen | null, title: string): void;
  languageChosen?(language: string): void;
  /** The identifier of an intake that nothing is stored of yet. */
  began?(intake: string): void;
  /** The response has an id, by which it can be opened again. */
  stored?(id: string): void;
  /** It was sent, and taken. */
  completed?(id: string): void;
}
