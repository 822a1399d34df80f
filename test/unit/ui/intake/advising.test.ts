import { describe, expect, test } from '@jest/globals';
import type { Answers } from '../../../../src/ui/engine/answers.js';
import {
  type Advising,
  adviceFor,
  advised,
  askAdvice,
  askAgain,
  goneOn,
  isWaiting,
  outOfPatience,
  startAdvising,
} from '../../../../src/ui/intake/advising.js';
import { code } from './example.js';

const fresh = startAdvising({
  signs: {
    numb: { urgency: 'emergency', advice: ['emergency'] },
    fever: { urgency: 'same-day', advice: ['same-day', 'get-help-at-once'] },
  },
});
const given = (...codes: string[]): Answers => new Map([['signs', codes.map(code)]]);
const told = (...codes: string[]) => ({ state: 'told', codes }) as const;
const away = { state: 'unreachable' } as const;

describe('a step', () => {
  test('waits for the server', () => {
    const asked = askAdvice(fresh, given('fever'));
    expect(isWaiting(asked)).toBe(true);
    expect(asked.interrupt).toBeNull();
  });

  test('an emergency that one answer tells interrupts at once, and the server is asked all the same', () => {
    const answers = given('numb');
    const asked = askAdvice(fresh, answers);
    expect(asked).toMatchObject({ interrupt: ['emergency'], asked: answers });
    expect(isWaiting(asked)).toBe(false);
  });

  test('the same answers are not asked about twice', () => {
    const answers = given('none');
    const after = advised(askAdvice(fresh, answers), answers, told('undecided', 'get-help-at-once'));
    expect(askAdvice(after, answers)).toBe(after);
    expect(isWaiting(after)).toBe(false);
    expect(after.interrupt).toBeNull();
  });
});

describe('what the server says', () => {
  const answers = given('fever');
  const first = (): Advising =>
    advised(askAdvice(fresh, answers), answers, told('same-day', 'get-help-at-once'));

  test('interrupts, once', () => {
    expect(first().interrupt).toEqual(['same-day', 'get-help-at-once']);
    const more = new Map([...answers, ['age', [{ valueInteger: 3 }]]]);
    const after = advised(askAdvice(goneOn(first()), more), more, told('same-day', 'get-help-at-once'));
    expect(after.interrupt).toBeNull();
  });

  test('interrupts again when it is more urgent, or there is something new to do', () => {
    const worse = given('fever', 'numb');
    expect(advised(goneOn(first()), worse, told('emergency')).interrupt).toEqual(['emergency']);
    expect(advised(goneOn(first()), worse, told('same-day', 'eye')).interrupt).toEqual(['same-day', 'eye']);
  });

  test('puts right what is being read', () => {
    const both = given('numb');
    const atOnce = askAdvice(fresh, both);
    expect(advised(atOnce, both, told('emergency', 'cord-compression')).interrupt).toEqual([
      'emergency',
      'cord-compression',
    ]);
  });

  test('of answers that are no longer the latest still warns, and still waits for the latest', () => {
    const later = given('fever', 'other');
    const asked = askAdvice(askAdvice(fresh, answers), later);
    const after = advised(asked, answers, told('same-day'));
    expect(after.interrupt).toEqual(['same-day']);
    expect(after.told).toBeNull();
  });

  test('quiet advice never interrupts; a code that nobody knows does', () => {
    expect(advised(fresh, answers, told('none-reported', 'get-help-at-once')).interrupt).toBeNull();
    expect(advised(fresh, answers, told('something-new')).interrupt).toEqual(['something-new']);
  });
});

describe('without the server', () => {
  const answers = given('fever', 'other');

  test('what each answer tells alone interrupts, and the next step does not wait', () => {
    const after = advised(askAdvice(fresh, answers), answers, away);
    expect(after).toMatchObject({ interrupt: ['same-day', 'get-help-at-once'], isAway: true });
    expect(isWaiting(askAdvice(goneOn(after), given('other')))).toBe(false);
  });

  test('out of patience is the same, and a late answer still interrupts', () => {
    const quiet = given('other');
    const tired = outOfPatience(askAdvice(fresh, quiet), quiet);
    expect(isWaiting(tired)).toBe(false);
    expect(advised(tired, quiet, told('urgent-days')).interrupt).toEqual(['urgent-days']);
    expect(advised(tired, quiet, told('urgent-days')).isAway).toBe(false);
  });

  test('it is asked again', () => {
    const after = advised(askAdvice(fresh, answers), answers, away);
    expect(askAgain(after, given('other')).asked).toEqual(given('other'));
    expect(askAgain(fresh, answers)).toBe(fresh);
  });

  test('a Questionnaire without rules is not asked about', () => {
    const none = advised(askAdvice(fresh, given('other')), given('other'), { state: 'no-rules' });
    expect(isWaiting(askAdvice(none, given('none')))).toBe(false);
  });
});

describe('what is shown at the end', () => {
  const answers = given('fever');

  test('what the server said of these very answers', () => {
    const after = advised(askAdvice(fresh, answers), answers, told('none-reported', 'get-help-at-once'));
    expect(adviceFor(after, answers)).toEqual(['none-reported', 'get-help-at-once']);
  });

  test('else what it said before and what the answers tell, the most urgent level alone', () => {
    const after = advised(askAdvice(fresh, answers), answers, told('same-day', 'eye', 'get-help-at-once'));
    expect(adviceFor(after, given('numb'))).toEqual(['emergency', 'eye']);
    expect(adviceFor(after, given('other'))).toEqual(['same-day', 'eye']);
  });

  test('nothing known: when to get help at once; never that nothing was reported', () => {
    expect(adviceFor(fresh, given('none'))).toEqual(['get-help-at-once']);
  });
});
