import { useEffect, useRef } from 'preact/hooks';
import { changesBetween } from './changes.js';
import type { Loaded, Result } from './load-result.js';
import type { Saved } from './save-response.js';

/** What came of something the clinician did. */
export interface Notice {
  readonly tone: 'good' | 'warn' | 'danger';
  readonly title: string;
  readonly lines: readonly string[];
}

/** Takes the focus, so that it is read out and seen wherever the button was. */
export function NoticeBox({ notice }: { readonly notice: Notice }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [notice]);
  return (
    <section class={`notice ${notice.tone}`} aria-labelledby="notice">
      <h2 id="notice" ref={heading} tabIndex={-1}>
        {notice.title}
      </h2>
      {notice.lines.length > 0 && (
        <ul>
          {notice.lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** `next` is what was read after saving; null when nothing was saved. */
export function noticeAfter(saved: Saved, before: Result, next: Loaded | null): Notice {
  if (saved.state === 'overtaken') {
    const line =
      'You see the new version. Your answers are still marked below: look at them, and save again.';
    return { tone: 'warn', title: 'Not saved: this screening has changed in the meantime', lines: [line] };
  }
  if (saved.state === 'unreachable') {
    const line = 'The service did not answer, so nobody knows whether it was saved. Try again.';
    return { tone: 'danger', title: 'Not sure whether this was saved', lines: [line] };
  }
  if (saved.state === 'refused') {
    return { tone: 'danger', title: 'Not saved', lines: saved.issues.map(({ text }) => text) };
  }
  const isWithdrawn = next?.state === 'done' && next.result.response.status === 'entered-in-error';
  const done = isWithdrawn ? 'Withdrawn' : 'Saved';
  const title = saved.isQueued ? `${done} here. It is still on its way to the record.` : done;
  return { tone: 'good', title, lines: changeLines(before, next) };
}

function changeLines({ explanation: before }: Result, next: Loaded | null): string[] {
  if (next?.state !== 'done' || !before || !next.result.explanation) return [];
  if (next.result.response.status === 'entered-in-error') return [];
  const changes = changesBetween(before, next.result.explanation);
  if (changes.length === 0) return ['Scored again. No verdict changed.'];
  return changes.map(({ title, before: was, after }) => `${title}: ${was} → ${after}`);
}
