import type { Answer } from '../engine/answers.js';
import type { Question } from '../engine/form.js';
import type { View } from './view.js';

/** What a control is drawn from. */
export interface ControlProps extends View {
  readonly question: Question;
  readonly isWrong: boolean;
}

/** Says what is answered now. */
export function answerTo({ question, dispatch }: ControlProps, given: readonly Answer[]): void {
  dispatch({ type: 'answered', linkId: question.linkId, given });
}
