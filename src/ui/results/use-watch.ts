import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Lost, type Watch, watchChanges } from '../parts/watch-changes.js';
import { look, whatChanged } from './has-changed.js';
import type { Extras } from './load-extras.js';
import type { Loaded, Result } from './load-result.js';

interface Watched {
  readonly result: Result;
  /** As they were read last; null until then. */
  readonly extras: Extras | null;
  /** Something is typed, or asked: what is shown must not change under it. */
  readonly isBusy: boolean;
  reload(): Promise<Loaded>;
  refresh(): Promise<void>;
  /** When what is done on the page itself is over. */
  settled(): Promise<void>;
  onChanged(before: Result, next: Loaded): void;
}

/** How far the page can be relied on. */
export interface Freshness {
  /** null when it is up to date. */
  readonly lost: Lost | null;
  /** There is another version, which is not shown because something is typed. */
  readonly isBehind: boolean;
  lookAgain(): void;
}

/** Keeps an open page up to date, as soon as it is complete. */
export function useWatch(page: Watched): Freshness {
  const [lost, setLost] = useState<Lost | null>(null);
  const [behind, setBehind] = useState<Result | null>(null);
  const latest = useRef(page);
  latest.current = page;
  const watch = useRef<Watch | null>(null);
  const isComplete = page.extras !== null;
  useEffect(() => {
    if (!isComplete) return undefined;
    const onChange = () => catchUp(() => latest.current, setBehind);
    const onLost = (now: Lost | null) => {
      setLost(now);
      // It is taken away from somebody who may not see it.
      if (now?.why === 'forbidden') void latest.current.reload();
    };
    const started = watchChanges({ onChange, onLost });
    watch.current = started;
    return started.end;
  }, [isComplete]);
  const lookAgain = useCallback(() => watch.current?.look(), []);
  return { lost, isBehind: behind === page.result, lookAgain };
}

/** → whether all is known that there is to know */
async function catchUp(page: () => Watched, setBehind: (shown: Result) => void): Promise<boolean> {
  await page().settled();
  const { result, extras } = page();
  if (!extras) return false;
  const { id = '', meta } = result.response;
  const now = await look(id, extras);
  // Changed on the page itself in the meantime: what was seen may be older than what is shown.
  if (page().result !== result) return catchUp(page, setBehind);
  // Of what the service has not accepted it can only be asked as a whole.
  if (!now && extras.delivery) return false;
  const { versionId } = meta ?? {};
  const changed = now ? whatChanged({ ...extras, versionId }, now) : 'answers';
  if (changed === 'beside') await page().refresh();
  if (changed !== 'answers') return true;
  if (page().isBusy) {
    if (now) setBehind(result);
    return true;
  }
  const next = await page().reload();
  if (next.state === 'done' && isOther(result, next.result)) page().onChanged(result, next);
  return next.state === 'done';
}

/** Whether it is another version. */
export function isOther({ response: { meta } }: Result, { response }: Result): boolean {
  return meta?.versionId !== response.meta?.versionId;
}
