/** The page that shows this one in a frame; it is told, and never listened to. */
export interface ParentFrame {
  /** null when the browser does not say whose frame it is. */
  readonly origin: string | null;
  post(message: object): void;
}

/** Tells its parent at once how high `content` is, and whenever that changes. */
export function tellParent(content: HTMLElement): ParentFrame {
  const origin = parentOrigin();
  const post = (message: object) =>
    window.parent.postMessage({ source: 'axspa-intake', ...message }, origin ?? '*');
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(content.getBoundingClientRect().height);
    if (height !== told) post({ type: 'height', height });
    told = height;
  }).observe(content);
  return { origin, post };
}

function parentOrigin(): string | null {
  const [ancestor] = location.ancestorOrigins ?? [];
  if (ancestor) return ancestor;
  const { referrer } = document;
  // After a reload the referrer may be this page itself, which says nothing.
  return referrer && new URL(referrer).origin !== location.origin ? new URL(referrer).origin : null;
}
