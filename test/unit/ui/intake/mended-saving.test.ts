import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { faultyNow, isUnsaved, refusalOf } from '../../../../src/ui/intake/draft.js';
import { type Event, next } from '../../../../src/ui/intake/next.js';
import { nextRequest, type SaveReply } from '../../../../src/ui/intake/saving.js';
import { type State, wasSent } from '../../../../src/ui/intake/state.js';
import { begin, code } from './example.js';

const NOW = '2026-05-04T09:30:00+02:00';
const CLINICIAN = { reference: 'Practitioner/d1' };

const after = (state: State, ...events: Event[]) =>
  events.reduce((now, event) => next(now, event, NOW), state);
const typed = (linkId: string, text: string): Event => ({ type: 'typed', linkId, text });
const signs = (...codes: string[]): Event => ({ type: 'answered', linkId: 'signs', given: codes.map(code) });
const go: Event = { type: 'next' };
const back: Event = { type: 'back' };
const change = (linkId: string): Event => ({ type: 'change', linkId });

/** Goes on, and the server has nothing urgent to say. */
function on(state: State): State {
  const left = after(state, go);
  const { asked } = left.advising;
  if (!asked) return left;
  return after(left, { type: 'advised', answers: asked, reply: { state: 'told', codes: ['undecided'] } });
}

/** What is to be sent is sent, and answered. */
function reply(state: State, answer: (body: QuestionnaireResponse) => SaveReply = taken): State {
  const request = nextRequest(state.saving);
  if (!request || !('body' in request)) throw new Error('nothing to send');
  return after(
    state,
    { type: 'requested', request },
    { type: 'replied', request, reply: answer(request.body) },
  );
}

const taken = (body: QuestionnaireResponse): SaveReply => ({
  state: 'done',
  status: 200,
  body: { ...body, id: 'r1' },
  etag: 'W/"1"',
});
const refusing = (reason: string, at: string) => (): SaveReply => ({
  state: 'refused',
  status: 422,
  issues: [{ code: reason, text: `"age": ${reason}`, expressions: [at] }],
});
const impossible = refusing('onset-after-age', 'QuestionnaireResponse.item[1].answer[0]');

const wanted = (state: State) => JSON.stringify(state.saving.wanted);
/** No sign, and at the age. */
const atAge = () => on(after(begin(), go, signs('none')));
/** Age 40, saved, at the words. */
const atWords = () => reply(on(after(atAge(), typed('age', '40'))));

describe('an answer that the service does not take', () => {
  const refused = () => reply(on(after(atAge(), typed('age', '99'))), impossible);

  test('is left out, and the rest is saved', () => {
    const state = refused();
    expect(state.saving.trouble).toBeNull();
    expect(wanted(state)).toContain('none');
    expect(wanted(state)).not.toContain('99');
    expect(refusalOf(state, 'age')).toBe('onset-after-age');
    expect(faultyNow(state).map(({ linkId }) => linkId)).toEqual(['age']);
  });

  test('what comes after it is saved too, and it still counts as unsaved', () => {
    const later = reply(after(reply(refused()), typed('words', 'more'), back));
    expect(JSON.stringify(later.saving.known)).toContain('more');
    expect(isUnsaved(later)).toBe(true);
  });

  test('another answer is sent again; the same is not', () => {
    const changed = after(reply(refused()), change('age'), typed('age', '30'), back);
    expect(wanted(changed)).toContain('30');
    expect(isUnsaved(reply(changed))).toBe(false);
    const same = after(reply(changed), change('age'), typed('age', '99'), back);
    expect(same.saving.wanted).toBeNull();
    expect(refusalOf(same, 'age')).toBe('onset-after-age');
  });

  test('what the service had of it before stays there', () => {
    const changed = reply(after(atWords(), change('age'), typed('age', '99'), back), impossible);
    expect(JSON.stringify(changed.saving.known)).toContain('40');
    expect(changed.saving.wanted).toBeNull();
    expect(isUnsaved(changed)).toBe(true);
  });

  test('when it is sent: back to the list, and the rest stays saved', () => {
    const check = on(after(atWords(), change('age'), typed('age', '99')));
    const sent = reply(after(reply(check, impossible), { type: 'send' }), impossible);
    expect(sent.screen).toEqual({ name: 'check' });
    expect(sent.troubles).toEqual([{ linkId: 'age', fault: null, code: 'onset-after-age' }]);
    expect(sent.saving.trouble).toBeNull();
  });

  test('a refusal of nothing that could be left out is told as it is', () => {
    const no = reply(
      on(after(atAge(), typed('age', '40'))),
      refusing('subject-not-found', 'QuestionnaireResponse.subject'),
    );
    expect(no.saving.trouble).toBe('refused');
  });
});

describe('what is on the page and not on the server', () => {
  test.each(['300', 'forty'])('%s: unsaved, and the earlier answer stays on the server', (text) => {
    const state = after(atWords(), change('age'), typed('age', text), back);
    expect(isUnsaved(state)).toBe(true);
    expect(state.saving.wanted).toBeNull();
    const more = after(state, change('words'), typed('words', 'w'), back);
    expect(wanted(more)).toContain('40');
    expect(wanted(more)).toContain('"w"');
  });

  test('a cleared answer is cleared there too', () => {
    expect(wanted(after(atWords(), change('age'), typed('age', ''), back))).not.toContain('age');
  });

  test('what is being sent', () => {
    const sending = after(on(atWords()), { type: 'send' });
    expect(sending.screen.name).toBe('sending');
    expect(isUnsaved(sending)).toBe(true);
    expect(isUnsaved(reply(sending, () => ({ state: 'unreachable' })))).toBe(true);
    expect(isUnsaved(reply(sending))).toBe(false);
  });

  test('not what was withdrawn: it cannot be written to', () => {
    const stale = reply(after(atWords(), typed('words', 'w'), back), () => ({
      state: 'refused',
      status: 412,
      issues: [],
    }));
    const request = nextRequest(stale.saving);
    if (request?.kind !== 'read') throw new Error('not read');
    const body = { ...begin().base, id: 'r1', status: 'entered-in-error' } as const;
    const read = { state: 'done', status: 200, body, etag: 'W/"3"' } as const;
    const state = after(stale, { type: 'requested', request }, { type: 'replied', request, reply: read });
    expect(isUnsaved(state)).toBe(false);
    expect(nextRequest(state.saving)).toBeNull();
  });

  test('given up is not sent', () => {
    const status = (one: QuestionnaireResponse['status']) => wasSent({ ...begin().base, status: one });
    expect([status('stopped'), status('in-progress'), status('completed'), status('amended')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe('a question that is only asked since an answer was changed', () => {
  test('comes before the list; what was left blank does not come again', () => {
    const check = on(on(atAge()));
    expect(check.screen).toEqual({ name: 'check' });
    const added = on(after(check, change('signs'), signs('other')));
    expect(added.screen).toEqual({ name: 'question', linkId: 'more', isChange: true });
    expect(on(added).screen).toEqual({ name: 'check' });
    expect(on(after(on(added), change('age'))).screen).toEqual({ name: 'check' });
  });
});

describe('a draft of the clinician that the patient goes on with', () => {
  const opened = (): State => {
    const { form, base } = begin();
    const state = begin();
    const answers = new Map([
      ['signs', [code('none')]],
      ['age', [{ valueInteger: 40 }]],
    ]);
    return {
      ...state,
      form,
      base: { ...base, author: CLINICIAN },
      answers,
      prefilled: new Set(answers.keys()),
    };
  };

  test('stays the clinician’s until everything in it was seen', () => {
    const one = on(after(opened(), go));
    expect(one.screen).toMatchObject({ linkId: 'age' });
    expect(one.saving.wanted?.author).toEqual(CLINICIAN);
    const two = on(reply(one));
    const three = after(two, typed('words', 'mine'), back);
    expect(three.saving.wanted?.author).toEqual({ reference: 'Patient/p1' });
  });

  test('is not sent before', () => {
    const state = after(opened(), change('age'), back, { type: 'send' });
    expect(state.screen).toEqual({ name: 'check' });
    expect(state.troubles).toEqual([
      { linkId: 'signs', fault: null, code: 'unseen' },
      { linkId: 'age', fault: null, code: 'unseen' },
    ]);
    const seen = on(after(on(after(state, change('signs'))), change('age')));
    const sent = after(seen, { type: 'send' });
    expect(sent.saving.wanted).toMatchObject({ status: 'completed', author: { reference: 'Patient/p1' } });
  });
});
