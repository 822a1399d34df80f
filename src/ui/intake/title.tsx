import type { ComponentChildren } from 'preact';
import type { Host } from './host.js';

interface TitleProps {
  readonly host: Host;
  readonly id?: string;
  readonly children: ComponentChildren;
}

/** The heading of a screen, which takes the focus. In a portal the page has its own heading above. */
export function Title({ host, id, children }: TitleProps) {
  const Level = host.kind === 'element' ? 'h2' : 'h1';
  return (
    <Level class="title" id={id} tabIndex={-1}>
      {children}
    </Level>
  );
}
