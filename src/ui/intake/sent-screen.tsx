import { pageUrl } from '../parts/service.js';
import { AdviceText } from './advice-text.js';
import { adviceFor } from './advising.js';
import { SignedOut } from './signed-out.js';
import { Title } from './title.js';
import { isOnBehalf, type View } from './view.js';

/** What became of the answers, said plainly; and again what to do now, which comes first in an emergency. */
export function SentScreen(view: View) {
  const { state } = view;
  const codes = adviceFor(state.advising, state.answers);
  const isEmergency = codes.includes('emergency');
  const isSent = state.screen.name === 'sent';
  const Outcome = isSent ? Sent : Unsent;
  const isAdvised = isEmergency || isSent || state.saving.trouble !== null;
  return (
    <>
      {!isEmergency && <Outcome {...view} isEmergency={isEmergency} />}
      {isAdvised && <AdviceText {...view} codes={codes} isScreen={isEmergency} />}
      {isEmergency && <Outcome {...view} isEmergency={isEmergency} />}
    </>
  );
}

interface OutcomeProps extends View {
  /** Then the heading of the screen is that of the advice. */
  readonly isEmergency: boolean;
}

function Heading({ host, isEmergency, text }: OutcomeProps & { readonly text: string }) {
  return isEmergency ? <h2>{text}</h2> : <Title host={host}>{text}</Title>;
}

function Sent(props: OutcomeProps) {
  const { state, texts, host, settings, isEmergency } = props;
  const { saving } = state;
  const isQueued = saving.outcome === 'queued';
  const id = saving.at?.id ?? '';
  const target = host.kind === 'page' ? undefined : '_blank';
  return (
    <div class="notice good">
      <Heading {...props} text={isQueued ? texts.queued : texts.sent} />
      {isQueued && <p>{texts.queuedLead}</p>}
      {host.kind === 'page' && !isEmergency && <p>{texts.canClose}</p>}
      {host.kind === 'page' && settings.session && (
        <p>
          {settings.session.invited && <>{texts.signOutLast} </>}
          <button type="button" class="button" data-action="sign-out" onClick={leave}>
            {texts.signOut}
          </button>
        </p>
      )}
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

/** The start page says whether it was done. */
async function leave(): Promise<void> {
  const { signOut } = await import('../parts/sign-out.js');
  await signOut();
  location.assign(pageUrl(''));
}

function Unsent(props: OutcomeProps) {
  const { state, texts, dispatch } = props;
  if (!state.saving.trouble) {
    return (
      <div role="status">
        <Heading {...props} text={texts.sending} />
        <p>{texts.sendingLead}</p>
      </div>
    );
  }
  return (
    <div class="notice warn" role="alert">
      <Heading {...props} text={texts.notSent} />
      {state.saving.trouble === 'signedOut' ? (
        <SignedOut {...props} />
      ) : (
        <>
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
        </>
      )}
    </div>
  );
}
