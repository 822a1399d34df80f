import { isUrgent } from './advice-table.js';
import { AdviceText } from './advice-text.js';
import { adviceFor } from './advising.js';
import { Title } from './title.js';
import type { View } from './view.js';

/** Somebody has withdrawn the answers meanwhile. What is to be done at once is told all the same. */
export function WithdrawnScreen(view: View) {
  const { state, texts, host } = view;
  return (
    <>
      <AdviceText {...view} codes={adviceFor(state.advising, state.answers).filter(isUrgent)} />
      <div role="alert" class="notice warn">
        <Title host={host}>{texts.withdrawn}</Title>
      </div>
    </>
  );
}
