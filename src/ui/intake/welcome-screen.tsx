import { once } from './once.js';
import { Title } from './title.js';
import { isOnBehalf, minutesFor, titleOf, type View } from './view.js';

/** What this is, how long it takes, who reads it. */
export function WelcomeScreen(view: View) {
  const { state, texts, dispatch } = view;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        dispatch({ type: 'next' });
      }}
    >
      <Title host={view.host}>{titleOf(view)}</Title>
      {isOnBehalf(state) && <p class="notice">{texts.onBehalf}</p>}
      {state.prefilled.size > 0 && <p class="notice warn">{texts.someAnswered}</p>}
      <p class="lead">{texts.welcomeLead}</p>
      <ul class="points">
        <li>{texts.duration(minutesFor(state))}</li>
        <li>{texts.notSure}</li>
        <li>{texts.comeBack}</li>
        <li>{texts.readers}</li>
        <li>
          <strong>{texts.notADiagnosis}</strong>
        </li>
      </ul>
      <div class="actions">
        <button type="submit" class="button primary" data-action="start" onClick={once}>
          {texts.start}
        </button>
      </div>
    </form>
  );
}
