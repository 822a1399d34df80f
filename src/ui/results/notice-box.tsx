import { useEffect, useRef } from 'preact/hooks';
import type { Notice } from './notice.js';

/** Takes the focus, so that it is read out and seen wherever the button was; not where nobody pressed one. */
export function NoticeBox({ notice }: { readonly notice: Notice }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!notice.isQuiet) heading.current?.focus();
  }, [notice]);
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
