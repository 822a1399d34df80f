import { timeText } from '../parts/dates.js';
import type { Freshness } from './use-watch.js';

interface FreshnessLineProps extends Freshness {
  /** What is shown could not be read anew. */
  readonly isOld: boolean;
  onLoad(): void;
}

/** Says when what is shown may not be how it stands. */
export function FreshnessLine({ isOld, isBehind, lostSince, onLoad }: FreshnessLineProps) {
  const text = isBehind ? BEHIND : isOld ? OLD : lostSince && lostText(lostSince);
  return (
    <div role="status">
      {text && (
        <div class="notice warn freshness">
          <p>{text}</p>
          {(isBehind || isOld) && (
            <button type="button" class="button" onClick={onLoad}>
              {isBehind ? 'Load the new version' : 'Load it again'}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

const BEHIND =
  'This screening has changed since you opened it. What is below is the version before. What you typed is kept when you load the new one.';
const OLD = 'This could not be loaded again: what is below may not be up to date.';

function lostText(since: Date): string {
  return `Not up to date since ${timeText(since)}: the service does not answer. Trying again.`;
}
