import { useEffect, useState } from 'preact/hooks';
import { ClinicianLinks, Page } from '../parts/page.js';
import { nameOf } from '../parts/patient.js';
import { SignInNotice } from '../parts/sign-in-notice.js';
import { type Edits, NO_EDITS } from './edits.js';
import type { Loaded } from './load-result.js';
import { ResultView } from './result-view.js';
import { useResult } from './use-result.js';

/** One screening, for a clinician with ten seconds. */
export function ResultsPage({ id }: { readonly id: string }) {
  const shown = useResult(id);
  const { loaded, reload } = shown;
  const [edits, setEdits] = useState<Edits>(NO_EDITS);
  useEffect(() => {
    const patient = loaded?.state === 'done' ? loaded.result.patient : null;
    document.title = patient ? `Screening result: ${nameOf(patient)}` : 'Screening result';
  }, [loaded]);
  useEffect(() => (edits.size > 0 ? askBeforeLeaving() : undefined), [edits]);
  return (
    <Page width="wide" aside={<ClinicianLinks />}>
      {loaded?.state === 'done' ? (
        <ResultView {...shown} result={loaded.result} edits={edits} onEdits={setEdits} />
      ) : (
        <NotShown loaded={loaded} hasEdits={edits.size > 0} onRetry={reload} />
      )}
    </Page>
  );
}

/** The browser asks whether to leave what is typed. → a function that ends it */
function askBeforeLeaving(): () => void {
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
}

interface NotShownProps {
  readonly loaded: Exclude<Loaded, { state: 'done' }> | null;
  readonly hasEdits: boolean;
  onRetry(): void;
}

function NotShown({ loaded, hasEdits, onRetry }: NotShownProps) {
  return (
    <>
      <h1>Screening result</h1>
      {loaded === null && <p role="status">Loading the result…</p>}
      {loaded?.state === 'missing' && (
        <p role="status">
          There is no screening at this address. It may have been erased, or the link is wrong.
          {hasEdits && ' What you had answered was not saved.'}
        </p>
      )}
      {(loaded?.state === 'signedOut' || loaded?.state === 'forbidden') && (
        <SignInNotice why={loaded.state} onRetry={onRetry} />
      )}
      {loaded?.state === 'unreachable' && (
        <div class="notice warn" role="alert">
          <p>The result could not be loaded: the service did not answer. Nothing was changed.</p>
          <button type="button" class="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </>
  );
}
