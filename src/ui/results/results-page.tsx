import { useEffect } from 'preact/hooks';
import { ClinicianLinks, Page } from '../parts/page.js';
import { nameOf } from '../parts/patient.js';
import type { Loaded } from './load-result.js';
import { ResultView } from './result-view.js';
import { useResult } from './use-result.js';

/** One screening, for a clinician with ten seconds. */
export function ResultsPage({ id }: { readonly id: string }) {
  const { loaded, extras, reload } = useResult(id);
  useEffect(() => {
    const patient = loaded?.state === 'done' ? loaded.result.patient : null;
    if (patient) document.title = `Screening result: ${nameOf(patient)}`;
  }, [loaded]);
  return (
    <Page width="wide" aside={<ClinicianLinks />}>
      {loaded?.state === 'done' ? (
        <ResultView result={loaded.result} extras={extras} reload={reload} />
      ) : (
        <NotShown loaded={loaded} onRetry={reload} />
      )}
    </Page>
  );
}

interface NotShownProps {
  readonly loaded: Exclude<Loaded, { state: 'done' }> | null;
  onRetry(): void;
}

function NotShown({ loaded, onRetry }: NotShownProps) {
  return (
    <>
      <h1>Screening result</h1>
      {loaded === null && <p role="status">Loading the result…</p>}
      {loaded?.state === 'missing' && (
        <p role="status">
          There is no screening at this address. It may have been erased, or the link is wrong.
        </p>
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
