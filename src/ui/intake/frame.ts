import { tellParent } from '../parts/parent-frame.js';
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
  const parent = tellParent(content);
  const post = (message: FrameMessage) => parent.post(message);
  return {
    ...page,
    kind: 'frame',
    ready: () => post({ type: 'ready' }),
    stored: (response) => {
      page.stored?.(response);
      post({ type: 'stored', ...(parent.origin && { response }) });
    },
    completed: (response) => post({ type: 'completed', ...(parent.origin && { response }) }),
  };
}
