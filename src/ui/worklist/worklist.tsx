import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { timeText } from '../parts/dates.js';
import type { Refusal } from '../parts/refusal.js';
import { SignInNotice } from '../parts/sign-in-notice.js';
import { completeTask } from '../parts/task.js';
import { type Lost, type Watch, watchChanges } from '../parts/watch-changes.js';
import { type Query, readQuery, withQuery } from './address.js';
import { AlertList } from './alert-list.js';
import { Controls } from './controls.js';
import { loadFirstPage, loadNextPage } from './load-worklist.js';
import { ScreeningList } from './screening-list.js';
import { type View, WorklistStore } from './store.js';

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
  const [lost, lookAgain] = useWatch(store);
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
  const refusal = refusalIn(lost);
  const head = <Head lost={lost} view={view} onRetry={lookAgain} />;
  if (refusal === 'forbidden' || (refusal && view.isFirst)) return head;
  return (
    <>
      {head}
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
  /** Why the page may be out of date; null when it is not. */
  readonly lost: Lost | null;
  readonly view: Pick<View, 'news' | 'isFirst'>;
  onRetry(): void;
}

function Head({ lost, view, onRetry }: HeadProps) {
  const refusal = refusalIn(lost);
  return (
    <>
      <div class="worklist-head">
        <h1>Worklist</h1>
        <div>
          {lost && !refusal && (
            <p class="lost" role="alert">
              Not up to date since {timeText(lost.since)}. Trying again.
            </p>
          )}
          <p class="news" role="status">
            {view.news}
          </p>
        </div>
      </div>
      {lost && refusal && (
        <SignInNotice
          why={refusal}
          shown={
            view.isFirst || refusal === 'forbidden'
              ? ''
              : `This page is as it was at ${timeText(lost.since)}.`
          }
          onRetry={onRetry}
        />
      )}
    </>
  );
}

function refusalIn(lost: Lost | null): Refusal | null {
  return lost === null || lost.why === 'away' ? null : lost.why;
}

/** The button goes with the last page: whoever pressed it by keyboard goes on at the first row that came. */
async function showMore(store: WorklistStore): Promise<void> {
  const before = document.querySelectorAll('.row').length;
  await store.showMore();
  if (store.view.next !== null) return;
  requestAnimationFrame(() => document.querySelectorAll<HTMLElement>('.row .open')[before]?.focus());
}

/** → why the page may be out of date, null when it is not; and to look again */
function useWatch(store: WorklistStore): [Lost | null, () => void] {
  const [lost, setLost] = useState<Lost | null>(null);
  const watch = useRef<Watch | null>(null);
  useEffect(() => {
    const onBack = () => void store.show(readQuery(location.href));
    addEventListener('popstate', onBack);
    const started = watchChanges({ onChange: () => store.refresh(), onLost: setLost });
    watch.current = started;
    return () => {
      removeEventListener('popstate', onBack);
      started.end();
    };
  }, [store]);
  return [lost, useCallback(() => watch.current?.look(), [])];
}

/** "5 minutes ago" is true for a minute. */
function useMinutes(onMinute: () => void): void {
  useEffect(() => {
    const timer = setInterval(onMinute, 60_000);
    return () => clearInterval(timer);
  }, []);
}
