import { pageUrl } from '../parts/service.js';
import { AdviceText } from './advice-text.js';
import { adviceFor } from './advising.js';
import { Title } from './title.js';
import { isOnBehalf, type View } from './view.js';

/** What became of the answers, said plainly; and again what to do now. */
export function SentScreen(view: View) {
  const { state } = view;
  const codes = adviceFor(state.advising, state.answers);
  return (
    <>
      {state.screen.name === 'sent' ? <Sent {...view} /> : <Unsent {...view} />}
      {(state.screen.name === 'sent' || state.saving.trouble) && <AdviceText {...view} codes={codes} />}
    </>
  );
}

function Sent({ state, texts, host }: View) {
  const { saving } = state;
  const isQueued = saving.outcome === 'queued';
  const id = saving.at?.id ?? '';
  const target = host.kind === 'page' ? undefined : '_blank';
  return (
    <div class="notice good">
      <Title host={host}>{isQueued ? texts.queued : texts.sent}</Title>
      {isQueued && <p>{texts.queuedLead}</p>}
      {host.kind === 'page' && <p>{texts.canClose}</p>}
      {isOnBehalf(state) && (
        <p>
          <a href={pageUrl(`results/${id}`)} target={target} rel="noopener">
            {texts.results}
          </a>
        </p>
      )}
    </div>
  );
}

function Unsent({ state, texts, host, dispatch }: View) {
  if (state.saving.trouble !== 'away') {
    return (
      <div role="status">
        <Title host={host}>{texts.sending}</Title>
        <p>{texts.sendingLead}</p>
      </div>
    );
  }
  return (
    <div class="notice warn" role="alert">
      <Title host={host}>{texts.notSent}</Title>
      <p>{texts.notSentLead}</p>
      <div class="actions">
        <button
          type="button"
          class="button primary"
          data-action="again"
          onClick={() => dispatch({ type: 'again' })}
        >
          {texts.tryAgain}
        </button>
      </div>
    </div>
  );
}
