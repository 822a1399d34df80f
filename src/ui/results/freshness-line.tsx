import { timeText } from '../parts/dates.js';
import { SignInNotice } from '../parts/sign-in-notice.js';
import type { Old } from './use-result.js';
import type { Freshness } from './use-watch.js';

interface FreshnessLineProps extends Omit<Freshness, 'lookAgain'> {
  /** Why what is shown could not be read anew; null when it was. */
  readonly old: Old | null;
  onLoad(): void;
}

/** Says when what is shown may not be how it stands. */
export function FreshnessLine({ old, isBehind, lost, onLoad }: FreshnessLineProps) {
  if (old === 'signedOut' || lost?.why === 'signedOut') {
    return <SignInNotice why="signedOut" shown={SHOWN} onRetry={onLoad} />;
  }
  const text = isBehind ? BEHIND : old ? OLD : lost && lostText(lost.since);
  return (
    <div role="status">
      {text && (
        <div class="notice warn freshness">
          <p>{text}</p>
          {(isBehind || old) && (
            <button type="button" class="button" onClick={onLoad}>
              {isBehind ? 'Load the new version' : 'Load it again'}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

const SHOWN = 'What is below may not be up to date. What you have typed is kept.';
const BEHIND =
  'This screening has changed since you opened it. What is below is the version before. What you typed is kept when you load the new one.';
const OLD = 'This could not be loaded again: what is below may not be up to date.';

function lostText(since: Date): string {
  return `Not up to date since ${timeText(since)}: the service does not answer. Trying again.`;
}
