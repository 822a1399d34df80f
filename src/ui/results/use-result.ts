import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Refusal } from '../parts/refusal.js';
import { type Extras, loadExtras } from './load-extras.js';
import { type Loaded, loadResult, type Result } from './load-result.js';

/** What whoever is signed in now may not see does not stay on the page. */
export type Old = Exclude<Refusal, 'forbidden'> | 'unreachable';

export interface Shown {
  /** null while it is loaded for the first time. */
  readonly loaded: Loaded | null;
  /** What was read last; null until they are there. They may be of the version before: see `versionId`. */
  readonly extras: Extras | null;
  /** Why what is shown could not be read anew; null when it was. */
  readonly old: Old | null;
  /** Reads everything anew; what is shown stays until it is there. */
  reload(): Promise<Loaded>;
  /** Reads only what stands beside the results anew. */
  refresh(): Promise<void>;
}

/** The response `id` and what belongs to it. */
export function useResult(id: string): Shown {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [extras, setExtras] = useState<Extras | null>(null);
  const [old, setOld] = useState<Old | null>(null);
  const turn = useRef(0);
  const shown = useRef<Result | null>(null);
  const refresh = useCallback(async () => {
    const mine = turn.current;
    const found = shown.current && (await loadExtras(shown.current));
    if (mine === turn.current) setExtras(found);
  }, []);
  const reload = useCallback(async () => {
    turn.current += 1;
    const mine = turn.current;
    const next = await loadResult(id);
    if (mine !== turn.current) return next;
    const isKept = shown.current !== null;
    const lost = next.state === 'unreachable' || next.state === 'signedOut' ? next.state : null;
    setOld(isKept ? lost : null);
    if (isKept && lost) return next;
    shown.current = next.state === 'done' ? next.result : null;
    setLoaded(next);
    void refresh();
    return next;
  }, [id, refresh]);
  useEffect(() => {
    void reload();
  }, [reload]);
  return { loaded, extras, old, reload, refresh };
}
