import { useEffect, useMemo, useReducer, useState } from 'preact/hooks';
import { timeText } from '../parts/dates.js';
import { completeTask } from '../parts/task.js';
import { watchChanges } from '../parts/watch-changes.js';
import { type Query, readQuery, withQuery } from './address.js';
import { AlertList } from './alert-list.js';
import { Controls } from './controls.js';
import { loadFirstPage, loadNextPage } from './load-worklist.js';
import { ScreeningList } from './screening-list.js';
import { WorklistStore } from './store.js';

/** Who needs somebody now, then everybody, the newest first; kept up to date without a reload. */
export function Worklist() {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const store = useMemo(
    () =>
      new WorklistStore(
        readQuery(location.href),
        { loadFirst: loadFirstPage, loadNext: loadNextPage, acknowledge: completeTask },
        () => redraw(undefined),
      ),
    [],
  );
  const lostSince = useWatch(store);
  useMinutes(() => redraw(undefined));
  const { view } = store;
  const urgent = view.top?.alerts.list.length ?? 0;
  useEffect(() => {
    document.title = urgent > 0 ? `(${urgent}) Worklist` : 'Worklist';
  }, [urgent]);
  const go = (query: Query) => {
    history.pushState(null, '', withQuery(location.href, query));
    void store.show(query);
  };
  return (
    <>
      <Head lostSince={lostSince} news={view.news} />
      <AlertList view={view} onAcknowledge={(alert, name) => store.acknowledge(alert, name)} />
      <section aria-labelledby="screenings">
        <h2 id="screenings" tabIndex={-1}>
          Screenings
        </h2>
        <Controls query={view.query} onGo={go} />
        <ScreeningList view={view} onMore={() => showMore(store)} onRetry={() => store.refresh()} />
      </section>
    </>
  );
}

interface HeadProps {
  /** Since when the page may be out of date; null when it is not. */
  readonly lostSince: Date | null;
  readonly news: string;
}

function Head({ lostSince, news }: HeadProps) {
  return (
    <div class="worklist-head">
      <h1>Worklist</h1>
      <div>
        {lostSince && (
          <p class="lost" role="alert">
            Not up to date since {timeText(lostSince)}. Trying again.
          </p>
        )}
        <p class="news" role="status">
          {news}
        </p>
      </div>
    </div>
  );
}

/** The button goes with the last page: whoever pressed it by keyboard goes on at the first row that came. */
async function showMore(store: WorklistStore): Promise<void> {
  const before = document.querySelectorAll('.row').length;
  await store.showMore();
  if (store.view.next !== null) return;
  requestAnimationFrame(() => document.querySelectorAll<HTMLElement>('.row .open')[before]?.focus());
}

/** → since when the page may be out of date; null when it is not */
function useWatch(store: WorklistStore): Date | null {
  const [lostSince, setLostSince] = useState<Date | null>(null);
  useEffect(() => {
    const onBack = () => void store.show(readQuery(location.href));
    addEventListener('popstate', onBack);
    const end = watchChanges({ onChange: () => store.refresh(), onLost: setLostSince });
    return () => {
      removeEventListener('popstate', onBack);
      end();
    };
  }, [store]);
  return lostSince;
}

/** "5 minutes ago" is true for a minute. */
function useMinutes(onMinute: () => void): void {
  useEffect(() => {
    const timer = setInterval(onMinute, 60_000);
    return () => clearInterval(timer);
  }, []);
}
