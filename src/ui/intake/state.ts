import type { Coding, QuestionnaireResponse, Reference } from 'fhir/r4.js';
import type { Answers } from '../engine/answers.js';
import type { Fault } from '../engine/checks.js';
import type { Form } from '../engine/form.js';
import type { Advising } from './advising.js';
import type { Saving } from './saving.js';
import type { Screen } from './screen.js';

/** Everything about one intake but its language. */
export interface State {
  readonly form: Form;
  /** The response as it was opened or last saved: what is not changed keeps its JSON. Without a narrative. */
  readonly base: QuestionnaireResponse;
  readonly screen: Screen;
  /** Where the person wants to go; the advice is being asked for. */
  readonly leavingTo: Screen | null;
  readonly answers: Answers;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Questions that were answered before the person saw them. */
  readonly prefilled: ReadonlySet<string>;
  /** Questions that were in front of the person, or in a response that was begun before. */
  readonly seen: ReadonlySet<string>;
  /** Answers that the service did not take, as `keyOf` in draft.ts names them, each with the code of its reason. */
  readonly withheld: ReadonlyMap<string, string>;
  /** Who answers now. */
  readonly author: Reference;
  readonly troubles: readonly Trouble[];
  readonly saving: Saving;
  readonly advising: Advising;
}

/** What is typed into a box, as typed, until the question is left. */
export interface Entry {
  readonly text: string;
  readonly unit: Coding | undefined;
  /** Why it is no answer; null when it is one. */
  readonly fault: Fault | null;
}

/** Something wrong, for the person: found by the engine, or by the service. */
export interface Trouble {
  /** Where; null when it is about no question. */
  readonly linkId: string | null;
  readonly fault: Fault | null;
  /** The service's code for it, or `unseen`; empty with a fault. */
  readonly code: string;
}

/** What was sent before is changed by sending again, never by the way. */
export function isAmendment({ saving: { known } }: Pick<State, 'saving'>): boolean {
  return known !== null && known.status !== 'in-progress';
}

/** It was sent, and not only given up. */
export function wasSent(response: QuestionnaireResponse | null): boolean {
  return response?.status === 'completed' || response?.status === 'amended';
}
