import type { Host } from './host.js';

/*
 * The contract of the frame: `/screen?subject=Patient/1&embed=1` in an <iframe> of a portal whose origin is in
 * FRAME_ANCESTORS. The frame posts these messages to its parent, and listens to none:
 *
 *   { source: 'axspa-intake', type: 'ready' }                   the first screen is there
 *   { source: 'axspa-intake', type: 'height', height: 812 }     CSS pixels that the content needs, whenever it changes
 *   { source: 'axspa-intake', type: 'stored', response: id }    a draft is kept, and `&response=id` goes on with it
 *   { source: 'axspa-intake', type: 'completed', response: id } the answers were sent and taken, as QuestionnaireResponse/id
 *
 * No answer crosses the frame. Where the browser does not say whose frame it is (neither `ancestorOrigins` nor a
 * referrer), the messages go to whoever it is, without the id. A portal checks `event.origin`.
 */
export type FrameMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'height'; readonly height: number }
  | { readonly type: 'stored' | 'completed'; readonly response?: string };

/** A page in a frame: the same, and it tells its parent. `content` is what the height is of. */
export function inFrame(page: Host, content: HTMLElement): Host {
  const parent = parentOrigin();
  const post = (message: FrameMessage) =>
    window.parent.postMessage({ source: 'axspa-intake', ...message }, parent ?? '*');
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(content.getBoundingClientRect().height);
    if (height !== told) post({ type: 'height', height });
    told = height;
  }).observe(content);
  return {
    ...page,
    kind: 'frame',
    ready: () => post({ type: 'ready' }),
    stored: (response) => {
      page.stored?.(response);
      post({ type: 'stored', ...(parent && { response }) });
    },
    completed: (response) => post({ type: 'completed', ...(parent && { response }) }),
  };
}

/** null when the browser does not say. */
function parentOrigin(): string | null {
  const [ancestor] = location.ancestorOrigins ?? [];
  if (ancestor) return ancestor;
  const { referrer } = document;
  // After a reload the referrer may be this page itself, which says nothing.
  return referrer && new URL(referrer).origin !== location.origin ? new URL(referrer).origin : null;
}
