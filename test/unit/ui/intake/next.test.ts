import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { isUnsaved } from '../../../../src/ui/intake/draft.js';
import { type Event, next } from '../../../../src/ui/intake/next.js';
import { nextRequest, type SaveReply, startSaving } from '../../../../src/ui/intake/saving.js';
import type { State } from '../../../../src/ui/intake/state.js';
import { begin, code } from './example.js';

const NOW = '2026-05-04T09:30:00+02:00';
const LATER = '2026-05-04T09:35:00+02:00';

const after = (state: State, ...events: Event[]) =>
  events.reduce((now, event) => next(now, event, NOW), state);
const signs = (...codes: string[]): Event => ({ type: 'answered', linkId: 'signs', given: codes.map(code) });
const typed = (linkId: string, text: string): Event => ({ type: 'typed', linkId, text });
const go: Event = { type: 'next' };
const back: Event = { type: 'back' };

/** The server says that there is nothing urgent. */
function told(state: State, ...codes: string[]): State {
  const { asked } = state.advising;
  if (!asked) throw new Error('nothing was asked');
  return after(state, { type: 'advised', answers: asked, reply: { state: 'told', codes } });
}

/** The request that waits is sent, and answered. */
function reply(
  state: State,
  status: number,
  change: (body: QuestionnaireResponse) => SaveReply = taken,
): State {
  const request = nextRequest(state.saving);
  if (!request) throw new Error('nothing to send');
  const body =
    'body' in request
      ? request.body
      : { resourceType: 'QuestionnaireResponse' as const, status: 'in-progress' as const };
  const answer = change(body);
  const replied = answer.state === 'done' ? { ...answer, status } : answer;
  return after(state, { type: 'requested', request }, { type: 'replied', request, reply: replied });
}

const taken = (body: QuestionnaireResponse): SaveReply => ({
  state: 'done',
  status: 200,
  body: { ...body, id: 'r1' },
  etag: 'W/"1"',
});

/** At the list of answers: no sign, age 40. */
function atCheck(): State {
  const answered = told(after(begin(), go, signs('none'), go), 'undecided');
  return after(told(after(answered, typed('age', '40'), go), 'undecided'), go);
}

describe('the way', () => {
  test('welcome, the questions that are asked, the list', () => {
    const one = after(begin(), go);
    expect(one.screen).toEqual({ name: 'question', linkId: 'signs', isChange: false });
    const two = told(after(one, signs('none'), go), 'undecided');
    expect(two.screen).toMatchObject({ linkId: 'age' });
    // `more` is not asked.
    const three = after(two, go);
    expect(three.screen).toMatchObject({ linkId: 'words' });
    expect(after(three, go).screen).toEqual({ name: 'check' });
  });

  test('a question appears by an answer', () => {
    const two = told(after(begin(), go, signs('other'), go), 'undecided');
    expect(after(two, go).screen).toMatchObject({ linkId: 'more' });
  });

  test('Back, to the welcome; answers stay', () => {
    const two = told(after(begin(), go, signs('none'), go), 'undecided');
    const one = after(two, back);
    expect(one.screen).toMatchObject({ linkId: 'signs' });
    expect(one.answers.get('signs')).toEqual([code('none')]);
    expect(after(one, back).screen).toEqual({ name: 'welcome' });
  });

  test('a required question is not left blank, any other is', () => {
    const one = after(begin(), go, go);
    expect(one.screen).toMatchObject({ linkId: 'signs' });
    expect(one.troubles).toMatchObject([{ linkId: 'signs', fault: { code: 'answer-required' } }]);
    expect(after(one, back).troubles).toEqual([]);
  });

  test('Change goes to the question and back to the list', () => {
    const changing = after(atCheck(), { type: 'change', linkId: 'age' });
    expect(changing.screen).toEqual({ name: 'question', linkId: 'age', isChange: true });
    expect(after(changing, back).screen).toEqual({ name: 'check' });
    expect(told(after(changing, typed('age', '41'), go), 'undecided').screen).toEqual({ name: 'check' });
  });

  test('the browser goes back; not to what is no longer asked, nor out of what was sent', () => {
    const check = atCheck();
    expect(
      after(check, { type: 'went', screen: { name: 'question', linkId: 'age', isChange: false } }).screen,
    ).toMatchObject({ linkId: 'age' });
    expect(
      after(check, { type: 'went', screen: { name: 'question', linkId: 'more', isChange: false } }).screen,
    ).toEqual({ name: 'check' });
    const sending = after(check, { type: 'send' });
    expect(after(sending, { type: 'went', screen: { name: 'check' } }).screen).toEqual({ name: 'sending' });
  });
});

describe('typing', () => {
  const atAge = () => told(after(begin(), go, signs('none'), go), 'undecided');

  test('what cannot be read stays as typed, is no answer, and is told on the way on', () => {
    const state = after(atAge(), typed('age', 'forty'), go);
    expect(state.screen).toMatchObject({ linkId: 'age' });
    expect(state.troubles).toMatchObject([{ fault: { code: 'wrong-answer-type' } }]);
    expect(state.entries.get('age')?.text).toBe('forty');
    expect(state.answers.get('age') ?? []).toEqual([]);
    expect(isUnsaved(state)).toBe(true);
  });

  test('a cleared box is unanswered, never 0', () => {
    const state = after(atAge(), typed('age', '0'), typed('age', ''));
    expect(state.answers.get('age') ?? []).toEqual([]);
  });

  test('out of range is kept on the page and out of the draft', () => {
    const state = after(atAge(), typed('age', '500'), back);
    expect(state.answers.get('age')).toEqual([{ valueInteger: 500 }]);
    expect(JSON.stringify(state.saving.wanted)).not.toContain('500');
    expect(after(state, { type: 'change', linkId: 'words' }, back, { type: 'send' }).troubles).toMatchObject([
      { linkId: 'age' },
    ]);
  });
});

describe('saving', () => {
  test('nothing before the first answer', () => {
    expect(after(begin(), go, back).saving.wanted).toBeNull();
  });

  test('on Next, Back and when the page is hidden; authored stays that of the first save', () => {
    const one = after(begin(), go, signs('none'));
    for (const event of [go, back, { type: 'hidden' } as const]) {
      const draft = next(one, event, NOW).saving.wanted;
      expect(draft).toMatchObject({
        status: 'in-progress',
        authored: NOW,
        source: { reference: 'Patient/p1' },
      });
    }
    const saved = reply(told(after(one, go), 'undecided'), 201);
    const more = next(after(saved, typed('age', '3')), go, LATER);
    expect(more.saving.wanted).toMatchObject({ authored: NOW });
    expect(isUnsaved(saved)).toBe(false);
    expect(isUnsaved(more)).toBe(true);
  });
});

describe('the advice', () => {
  const atSigns = () => after(begin(), go);

  test('Next waits for it where nothing is known, once however often it is pressed', () => {
    const waiting = after(atSigns(), signs('other'), go);
    expect(waiting.screen).toMatchObject({ linkId: 'signs' });
    expect(after(waiting, go)).toBe(waiting);
    const interrupted = told(waiting, 'same-day');
    expect(interrupted.screen).toMatchObject({ linkId: 'age' });
    expect(interrupted.advising.interrupt).toEqual(['same-day']);
    expect(after(interrupted, { type: 'go-on' }).advising.interrupt).toBeNull();
  });

  test.each([
    ['numb', ['emergency']],
    ['fever', ['same-day', 'get-help-at-once']],
  ])('what is known does not wait: %s', (sign, codes) => {
    const gone = after(atSigns(), signs(sign), go);
    expect(gone.screen).toMatchObject({ linkId: 'age' });
    expect(gone.advising.interrupt).toEqual(codes);
  });

  test('patience ends: the step goes on', () => {
    const waiting = after(atSigns(), signs('other'), go);
    const { answers } = waiting;
    const tired = after(waiting, { type: 'out-of-patience', answers });
    expect(tired.screen).toMatchObject({ linkId: 'age' });
    expect(told(tired, 'same-day').advising.interrupt).toEqual(['same-day']);
  });

  test('who changes an answer meanwhile stays', () => {
    const changed = after(atSigns(), signs('other'), go, signs('none'));
    expect(told(changed, 'undecided').screen).toMatchObject({ linkId: 'signs' });
  });

  test('what interrupts after Back is what was answered there', () => {
    const gone = after(atSigns(), signs('fever'), back);
    expect(gone.screen).toEqual({ name: 'welcome' });
    expect(gone.advising.interrupt).toEqual(['same-day', 'get-help-at-once']);
  });

  test('a second emergency interrupts after the first was taken back', () => {
    const read = after(atSigns(), signs('numb'), go, { type: 'go-on' }, back);
    const none = after(read, signs('none'), go, { type: 'out-of-patience', answers: read.answers }, back);
    expect(none.advising.interrupt).toBeNull();
    expect(after(none, signs('numb'), go).advising.interrupt).toEqual(['emergency']);
  });

  test('the answers of another window are judged when they are taken', () => {
    const response: QuestionnaireResponse = {
      ...begin().base,
      id: 'r1',
      item: [{ linkId: 'safety', item: [{ linkId: 'signs', answer: [code('numb')] }] }],
    };
    const state = after(atSigns(), signs('none'), go);
    const theirs = { response, etag: 'W/"2"' };
    const taken = after({ ...state, saving: { ...state.saving, theirs } }, { type: 'use-theirs' });
    expect(taken.advising.interrupt).toEqual(['emergency']);
    expect(taken.advising.asked).toBe(taken.answers);
  });
});

describe('sending', () => {
  const saved = () => reply(atCheck(), 201);

  test('completed, at the time of sending, as a new version of the draft', () => {
    const state = next(saved(), { type: 'send' }, LATER);
    expect(state.screen).toEqual({ name: 'sending' });
    expect(nextRequest(state.saving)).toMatchObject({
      kind: 'replace',
      id: 'r1',
      body: { status: 'completed', authored: LATER },
    });
  });

  test('twice is once', () => {
    const once = after(saved(), { type: 'send' });
    expect(after(once, { type: 'send' })).toBe(once);
  });

  test('stored, queued, or not: only what is known is claimed', () => {
    const sending = after(saved(), { type: 'send' });
    expect(reply(sending, 200)).toMatchObject({ screen: { name: 'sent' }, saving: { outcome: 'stored' } });
    expect(reply(sending, 202)).toMatchObject({ screen: { name: 'sent' }, saving: { outcome: 'queued' } });
    const lost = reply(sending, 0, () => ({ state: 'unreachable' }));
    expect(lost).toMatchObject({ screen: { name: 'sending' }, saving: { trouble: 'away' } });
    expect(reply(after(lost, { type: 'again' }), 200).screen).toEqual({ name: 'sent' });
  });

  test('a draft on its way comes first, and is not taken for the end', () => {
    const draft = next(atCheck(), { type: 'hidden' }, NOW);
    const request = nextRequest(draft.saving);
    if (!request || !('body' in request)) throw new Error('no draft');
    const sending = after(draft, { type: 'requested', request }, { type: 'send' });
    const landed = after(sending, {
      type: 'replied',
      request,
      reply: { ...taken(request.body), status: 201 } as SaveReply,
    });
    expect(landed.screen).toEqual({ name: 'sending' });
    expect(nextRequest(landed.saving)).toMatchObject({ kind: 'replace', body: { status: 'completed' } });
  });

  test('refused: back to the list, each reason at its question', () => {
    const no = reply(after(saved(), { type: 'send' }), 0, () => ({
      state: 'refused',
      status: 422,
      issues: [
        { code: 'out-of-range', text: 'Too old.', expressions: ['QuestionnaireResponse.item[1].answer[0]'] },
        { code: 'subject-not-found', text: 'Nobody.', expressions: ['QuestionnaireResponse.subject'] },
      ],
    }));
    expect(no.screen).toEqual({ name: 'check' });
    expect(no.troubles).toEqual([
      { linkId: 'age', fault: null, code: 'out-of-range' },
      { linkId: null, fault: null, code: 'subject-not-found' },
    ]);
  });

  test('what is missing is told all at once, and nothing is sent', () => {
    const state = after(begin(), { type: 'change', linkId: 'words' }, back, { type: 'send' });
    expect(state.troubles).toMatchObject([{ linkId: 'signs' }]);
    expect(state.saving.wanted).toBeNull();
  });

  test('what was sent is amended, and never saved by the way', () => {
    const sent = reply(after(saved(), { type: 'send' }), 200);
    const opened: State = {
      ...sent,
      screen: { name: 'check' },
      saving: startSaving({ response: { ...(sent.saving.known ?? sent.base), id: 'r1' }, etag: 'W/"2"' }),
    };
    const changed = told(
      after(opened, { type: 'change', linkId: 'age' }, typed('age', '41'), go),
      'undecided',
    );
    expect(changed.saving.wanted).toBeNull();
    expect(nextRequest(after(changed, { type: 'send' }).saving)).toMatchObject({
      body: { status: 'amended' },
    });
  });
});

describe('two windows', () => {
  const theirs: QuestionnaireResponse = {
    ...begin().base,
    id: 'r1',
    item: [
      { linkId: 'safety', item: [{ linkId: 'signs', answer: [code('fever')] }] },
      { linkId: 'age', answer: [{ valueInteger: 77 }] },
    ],
  };

  function conflict(status: QuestionnaireResponse['status'] = 'in-progress'): State {
    const saved = reply(atCheck(), 201);
    const changed = after(saved, { type: 'change', linkId: 'words' }, typed('words', 'mine'), back);
    const stale = reply(changed, 0, () => ({ state: 'refused', status: 412, issues: [] }));
    return reply(stale, 200, () => ({
      state: 'done',
      status: 200,
      body: { ...theirs, status },
      etag: 'W/"9"',
    }));
  }

  test('theirs: shown from where it is open', () => {
    const state = after(conflict(), { type: 'use-theirs' });
    expect(state.answers.get('age')).toEqual([{ valueInteger: 77 }]);
    expect(state.screen).toMatchObject({ linkId: 'words' });
    expect(isUnsaved(state)).toBe(false);
    expect(nextRequest(state.saving)).toBeNull();
  });

  test('mine: written over the version that was read', () => {
    const state = after(conflict(), { type: 'keep-mine' });
    expect(nextRequest(state.saving)).toMatchObject({ kind: 'replace', etag: 'W/"9"' });
    expect(JSON.stringify(state.saving.wanted)).toContain('mine');
  });

  test('mine, but theirs were sent: an amendment, when it is sent', () => {
    const state = after(conflict('completed'), { type: 'keep-mine' });
    expect(nextRequest(state.saving)).toBeNull();
    expect(nextRequest(after(state, { type: 'send' }).saving)).toMatchObject({
      etag: 'W/"9"',
      body: { status: 'amended' },
    });
  });
});

describe('nobody is signed in any more', () => {
  const out = (state: State) =>
    after(state, {
      type: 'advised',
      answers: state.advising.asked ?? new Map(),
      reply: { state: 'signedOut' },
    });

  test('a step that asks for advice finds out too: it goes on, and nothing is sent until it is tried again', () => {
    const first = out(after(begin(), go, signs('none'), go));
    expect(first.screen).toMatchObject({ name: 'question', linkId: 'age' });
    expect([first.saving.trouble, nextRequest(first.saving)]).toEqual(['signedOut', null]);
    const again = after(first, { type: 'again' });
    expect([again.saving.trouble, nextRequest(again.saving)?.kind]).toEqual([null, 'create']);
  });

  test('what is sent is tried at once: somebody may have signed in in another window', () => {
    const sent = after(out(atCheck()), { type: 'send' });
    expect([sent.screen.name, sent.saving.trouble]).toEqual(['sending', null]);
  });
});
