import { AdviceText } from './advice-text.js';
import { once } from './once.js';
import { isOnBehalf, type View } from './view.js';

/** In front of everything: what cannot wait until the questions are answered. */
export function InterruptScreen({ codes, ...view }: View & { readonly codes: readonly string[] }) {
  const { texts, state, dispatch } = view;
  const isOver = state.screen.name === 'sending' || state.screen.name === 'sent';
  return (
    <>
      <div role="alert" class="interrupt">
        {isOnBehalf(state) && (
          <p>
            <strong>{texts.tellPatient}</strong>
          </p>
        )}
        <AdviceText {...view} codes={codes} isScreen />
      </div>
      <div class="actions">
        <button
          type="button"
          class="button"
          data-action="continue"
          onClick={(event) => once(event) && dispatch({ type: 'go-on' })}
        >
          {isOver ? texts.haveRead : texts.goOn}
        </button>
      </div>
    </>
  );
}
