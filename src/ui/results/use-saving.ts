import type { QuestionnaireResponse } from 'fhir/r4.js';
import { useCallback, useRef, useState } from 'preact/hooks';
import { refusalIn } from '../parts/refusal.js';
import type { Edits } from './edits.js';
import type { Loaded, Result } from './load-result.js';
import { type Attempt, type Notice, noticeAfter } from './notice.js';
import { type Saved, saveResponse } from './save-response.js';
import type { Wording } from './wording.js';

interface Saving {
  readonly result: Result;
  readonly edits: Edits;
  readonly wording: Wording;
  reload(): Promise<Loaded>;
}

/** Saving, what came of it, and when it is over. */
export function useSaving({ result, edits, wording, reload }: Saving) {
  const [notice, setNotice] = useState<Notice | null>(null);
  const work = useRef<Promise<unknown> | null>(null);
  const attempt = async (changed: QuestionnaireResponse, what: Attempt['what']): Promise<Saved> => {
    const saved = await saveResponse(changed, result.etag);
    const isOver = saved.state === 'saved' || saved.state === 'overtaken';
    // Who is signed out is told so above all else.
    const next = isOver || refusalIn(saved) ? await reload() : null;
    setNotice(noticeAfter({ what, saved, before: result, next, edits, wording }));
    return saved;
  };
  const save = (changed: QuestionnaireResponse, what: Attempt['what']): Promise<Saved> => {
    const saving = attempt(changed, what);
    work.current = saving;
    return saving;
  };
  /** Whoever looks for changes of others does it when our own is done. */
  const settled = useCallback(async () => {
    await work.current;
  }, []);
  return { notice, setNotice, save, settled };
}
