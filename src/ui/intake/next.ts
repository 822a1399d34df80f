import type { Coding } from 'fhir/r4.js';
import type { Answer, Answers } from '../engine/answers.js';
import { type AdviceReply, advised, askAdvice, goneOn, isWaiting, outOfPatience } from './advising.js';
import { answer, enter, leave, troublesOf } from './answering.js';
import { keep } from './draft.js';
import { requested, type SaveReply, type SaveRequest, signedOut, tryAgain } from './saving.js';
import { isShowable, type Screen, screenAfter, screenBefore } from './screen.js';
import { afterReply, keepMine, send, useTheirs } from './sending.js';
import type { State } from './state.js';

/** What happens to an intake. */
export type Event =
  | { readonly type: 'answered'; readonly linkId: string; readonly given: readonly Answer[] }
  | {
      readonly type: 'typed';
      readonly linkId: string;
      readonly text: string;
      readonly unit?: Coding | undefined;
    }
  | { readonly type: 'next' | 'back' | 'send' }
  | { readonly type: 'change'; readonly linkId: string }
  /** The browser's Back or Forward. */
  | { readonly type: 'went'; readonly screen: Screen }
  /** The advice that interrupted was read. */
  | { readonly type: 'go-on' }
  /** The page may be gone soon. */
  | { readonly type: 'hidden' }
  /** The connection may be back. */
  | { readonly type: 'again' }
  | { readonly type: 'keep-mine' | 'use-theirs' }
  | { readonly type: 'requested'; readonly request: SaveRequest }
  | { readonly type: 'replied'; readonly request: SaveRequest; readonly reply: SaveReply }
  | { readonly type: 'advised'; readonly answers: Answers; readonly reply: AdviceReply }
  | { readonly type: 'out-of-patience'; readonly answers: Answers };

/** What the intake becomes by an event. Pure: `now` (ISO, with the local offset) comes from outside. */
export function next(state: State, event: Event, now: string): State {
  const after = happen(state, event, now);
  const { screen, seen } = after;
  const isNew = screen.name === 'question' && !seen.has(screen.linkId);
  return isNew ? { ...after, seen: new Set([...seen, screen.linkId]) } : after;
}

function happen(state: State, event: Event, now: string): State {
  switch (event.type) {
    case 'answered':
      return answer(state, event.linkId, event.given);
    case 'typed':
      return enter(state, event);
    case 'next':
      return goNext(state, now);
    case 'back':
      return move(state, screenBefore(state.form, state.answers, state.screen), now);
    case 'change':
      return move(state, { name: 'question', linkId: event.linkId, isChange: true }, now);
    case 'went':
      return isOpen(state, event.screen) ? move(state, event.screen, now) : state;
    case 'go-on':
      return { ...state, advising: goneOn(state.advising) };
    case 'send':
      return send(state, now);
    case 'hidden':
      return keep(state, now);
    case 'keep-mine':
      return keepMine(state, now);
    case 'use-theirs':
      return useTheirs(state);
    default:
      return hear(state, event);
  }
}

type Heard = Event & { readonly type: 'again' | 'requested' | 'replied' | 'advised' | 'out-of-patience' };

/** Word from the service, or about it. */
function hear(state: State, event: Heard): State {
  const { saving, advising } = state;
  switch (event.type) {
    case 'again':
      return { ...state, saving: tryAgain(saving) };
    case 'requested':
      return { ...state, saving: requested(saving, event.request) };
    case 'replied':
      return afterReply(state, event.request, event.reply);
    case 'advised':
      return arrive({
        ...state,
        saving: event.reply.state === 'signedOut' ? signedOut(saving) : saving,
        advising: advised(advising, event.answers, event.reply),
      });
    case 'out-of-patience':
      if (state.leavingTo === null || advising.asked !== event.answers) return state;
      return arrive({ ...state, advising: outOfPatience(advising) });
  }
}

function goNext(state: State, now: string): State {
  const { form, answers, screen } = state;
  if (state.leavingTo) return state;
  const leavingTo = screenAfter(form, answers, state);
  if (screen.name !== 'question') return move(state, leavingTo, now);
  const troubles = troublesOf(state, screen.linkId);
  if (troubles.length > 0) return { ...state, troubles };
  const left = keep(leave(state, screen.linkId), now);
  return arrive({ ...left, leavingTo, advising: askAdvice(state.advising, answers) });
}

/** Goes at once; what the advice says interrupts there. */
function move(state: State, screen: Screen, now: string): State {
  const advising = askAdvice(state.advising, state.answers);
  return { ...keep(state, now), screen, leavingTo: null, troubles: [], advising };
}

/** Where the person wanted to go, once the advice is there or nobody waits for it any more. */
function arrive(state: State): State {
  if (state.leavingTo === null || isWaiting(state.advising)) return state;
  return { ...state, screen: state.leavingTo, leavingTo: null, troubles: [] };
}

/** What was sent, or is being sent, is not gone back into; nor is a question that is no longer asked. */
function isOpen({ form, answers, screen: from }: State, to: Screen): boolean {
  const isSending = [from.name, to.name].some((name) => name === 'sending' || name === 'sent');
  return !isSending && isShowable(form, answers, to);
}
