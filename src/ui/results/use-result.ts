import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Extras, loadExtras } from './load-extras.js';
import { type Loaded, loadResult } from './load-result.js';

interface Shown {
  /** null while it is loaded for the first time. */
  readonly loaded: Loaded | null;
  /** null until they are there. */
  readonly extras: Extras | null;
  /** Reads everything anew; what is shown stays until it is there. */
  reload(): Promise<Loaded>;
}

/** The response `id` and what belongs to it. */
export function useResult(id: string): Shown {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [extras, setExtras] = useState<Extras | null>(null);
  const turn = useRef(0);
  const reload = useCallback(async () => {
    turn.current += 1;
    const mine = turn.current;
    const next = await loadResult(id);
    if (mine !== turn.current) return next;
    setLoaded(next);
    if (next.state === 'done') {
      void loadExtras(next.result).then((found) => {
        if (mine === turn.current) setExtras(found);
      });
    }
    return next;
  }, [id]);
  useEffect(() => {
    void reload();
  }, [reload]);
  return { loaded, extras, reload };
}
