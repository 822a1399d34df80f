import { checkAll } from '../engine/checks.js';
import { enabledQuestions } from '../engine/enablement.js';
import { firstUnanswered, linkIdAt, readResponse, toResponse } from '../engine/response.js';
import { askAdvice } from './advising.js';
import { troublesOf } from './answering.js';
import { keep, toBase, unseenNow, withhold } from './draft.js';
import { replied, type SaveReply, type SaveRequest, settled, tryAgain, wantSaved } from './saving.js';
import { questionScreen, type Screen, seenOn } from './screen.js';
import { isAmendment, type State, type Trouble } from './state.js';

/** Sends once, however often it is asked for; or says all that keeps the answers from being sent. */
export function send(state: State, now: string): State {
  const { form, answers, screen, author } = state;
  if (screen.name === 'sending' || screen.name === 'sent') return state;
  const troubles = troublesNow(state);
  if (troubles.length > 0) return { ...state, troubles };
  const status = isAmendment(state) ? 'amended' : 'completed';
  const body = toResponse(form, answers, { ...state.base, author, status, authored: now });
  return {
    ...state,
    troubles: [],
    screen: { name: 'sending' },
    saving: tryAgain(wantSaved(state.saving, body)),
    advising: askAdvice(state.advising, answers),
  };
}

/** Faults; and what somebody else filled in, which nobody sends as their own without having seen it. */
function troublesNow(state: State): Trouble[] {
  const { form, answers } = state;
  const asked = enabledQuestions(form, answers).map(({ linkId }) => linkId);
  const all = new Set([...asked, ...checkAll(form, answers).map(({ linkId }) => linkId)]);
  const unseen = unseenNow(state).map(({ linkId }) => ({ linkId, fault: null, code: 'unseen' }));
  return [...[...all].flatMap((linkId) => troublesOf(state, linkId)), ...unseen];
}

/**
 * What the answer to a save changes: sent; or what was refused is left out of the draft, and after sending the reasons
 * stand above the list of answers.
 */
export function afterReply(before: State, request: SaveRequest, reply: SaveReply): State {
  const state = { ...before, saving: replied(before.saving, request, reply) };
  const { known, wanted, lost, trouble } = state.saving;
  const isSending = state.screen.name === 'sending';
  if (trouble === 'refused') {
    const reasons = reasonsOf(state);
    return withhold(isSending ? { ...state, screen: { name: 'check' }, troubles: reasons } : state, reasons);
  }
  const isSent = isSending && known !== null && isAmendment(state) && !wanted && !lost;
  return isSent ? { ...state, base: toBase(known), screen: { name: 'sent' } } : state;
}

/** The person's answers go over theirs; what was sent meanwhile is only changed by sending. */
export function keepMine(state: State, now: string): State {
  const mine = { ...state, saving: settled(state.saving) };
  return state.screen.name === 'sending'
    ? send({ ...mine, screen: { name: 'check' } }, now)
    : keep(mine, now);
}

/** Theirs are shown instead, as if they had just been opened. Nothing changes where they cannot be. */
export function useTheirs(state: State): State {
  const { theirs } = state.saving;
  const read = theirs && readResponse(state.form, theirs.response);
  if (!theirs || !read || 'faults' in read) return state;
  const taken: State = {
    ...state,
    saving: settled(state.saving),
    base: toBase(theirs.response),
    answers: read.answers,
    entries: new Map(),
    troubles: [],
    leavingTo: null,
    advising: askAdvice(state.advising, read.answers),
  };
  const screen = openingScreen(taken);
  return { ...taken, screen, seen: seenOn(taken.form, taken.answers, screen) };
}

/** Where a response that was begun before is opened: at what is not answered yet, or at the list. */
export function openingScreen(state: Pick<State, 'form' | 'answers' | 'saving'>): Screen {
  const open = isAmendment(state) ? null : firstUnanswered(state.form, state.answers);
  return open === null ? { name: 'check' } : questionScreen(open);
}

function reasonsOf({ saving: { issues, refused } }: State): Trouble[] {
  if (issues.length === 0) return [{ linkId: null, fault: null, code: '' }];
  return issues.map(({ code, expressions }) => {
    const at = refused ? expressions.flatMap((one) => linkIdAt(refused, one) ?? [])[0] : null;
    return { linkId: at ?? null, fault: null, code };
  });
}
