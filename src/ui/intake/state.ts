import type { Coding, QuestionnaireResponse } from 'fhir/r4.js';
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

/** Something wrong, for the person: found by the engine, or in the service's own words. */
export interface Trouble {
  /** Where; null when it is about no question. */
  readonly linkId: string | null;
  readonly fault: Fault | null;
  /** The service's words; empty with a fault. */
  readonly text: string;
}

/** What was sent before is changed by sending again, never by the way. */
export function isAmendment({ saving: { known } }: Pick<State, 'saving'>): boolean {
  return known !== null && known.status !== 'in-progress';
}
