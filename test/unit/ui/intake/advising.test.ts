import { describe, expect, test } from '@jest/globals';
import type { Parameters } from 'fhir/r4.js';
import type { Answers } from '../../../../src/ui/engine/answers.js';
import {
  type Advising,
  adviceFor,
  advised,
  askAdvice,
  goneOn,
  isWaiting,
  outOfPatience,
  readAdvice,
  startAdvising,
} from '../../../../src/ui/intake/advising.js';
import type { Reply } from '../../../../src/ui/parts/fhir-client.js';
import { code } from './example.js';

const SOON = ['same-day', 'get-help-at-once'];
const fresh = startAdvising({
  adviceAlone: {
    signs: {
      numb: { advice: ['emergency'] },
      'chest-pain': { advice: ['emergency'] },
      fever: { advice: SOON },
      worse: { advice: SOON },
      cancer: { advice: ['urgent-days', 'get-help-at-once'] },
      weight: { advice: ['urgent-days', 'get-help-at-once'] },
      injury: { advice: ['urgent-days', 'get-help-at-once'] },
      upper: { advice: ['urgent-days', 'get-help-at-once'], unless: ['low'] },
    },
    eye: { yes: { advice: ['same-day', 'eye', 'get-help-at-once'] } },
  },
  adviceTogether: [
    {
      answers: [
        ['signs', 'numb'],
        ['signs', 'cancer'],
      ],
      advice: ['emergency', 'cord-compression'],
    },
    {
      answers: [
        ['conditions', 'axial-spa'],
        ['signs', 'injury'],
      ],
      advice: ['emergency', 'spine-injury-with-axspa'],
    },
  ],
});
const given = (...codes: string[]): Answers => new Map([['signs', codes.map(code)]]);
const told = (...codes: string[]) => ({ state: 'told', codes }) as const;
const away = { state: 'unreachable' } as const;

/** A step, read if anything came up. */
const step = (advising: Advising, answers: Answers) => goneOn(askAdvice(advising, answers));
const interruptAt = (advising: Advising, answers: Answers) => askAdvice(advising, answers).interrupt;

describe('a step', () => {
  test('waits for the server when nothing is known of the answers', () => {
    const asked = askAdvice(fresh, given('other'));
    expect(isWaiting(asked)).toBe(true);
    expect(asked.interrupt).toBeNull();
  });

  test.each([
    [['numb'], ['emergency']],
    [['fever'], SOON],
    [['cancer'], ['urgent-days', 'get-help-at-once']],
    [['fever', 'numb'], ['emergency']],
    [
      ['numb', 'cancer'],
      ['emergency', 'cord-compression'],
    ],
    [['upper'], ['urgent-days', 'get-help-at-once']],
  ])('with %j interrupts at once, and the server is asked all the same', (codes, advice) => {
    const answers = given(...codes);
    const asked = askAdvice(fresh, answers);
    expect(asked).toMatchObject({ interrupt: advice, asked: answers });
    expect(isWaiting(asked)).toBe(false);
  });

  test('answers to two questions that mean danger together interrupt at once', () => {
    const both: Answers = new Map([...given('injury'), ['conditions', [code('axial-spa')]]]);
    expect(interruptAt(step(fresh, given('injury')), both)).toEqual(['emergency', 'spine-injury-with-axspa']);
  });

  test('an answer that another of the question takes back does not', () => {
    expect(interruptAt(fresh, given('upper', 'low'))).toBeNull();
  });

  test('the same answers do not interrupt twice, nor wait once they were heard of', () => {
    const answers = given('none');
    const after = advised(askAdvice(fresh, answers), answers, told('undecided', 'get-help-at-once'));
    expect(isWaiting(askAdvice(after, answers))).toBe(false);
    expect(after.interrupt).toBeNull();
    const read = step(fresh, given('fever'));
    expect(interruptAt(read, new Map([...given('fever'), ['age', [{ valueInteger: 3 }]]]))).toBeNull();
  });
});

describe('a second warning', () => {
  test('interrupts when it is more urgent, or there is something more to do', () => {
    const first = step(fresh, given('fever'));
    expect(interruptAt(first, given('fever', 'numb'))).toEqual(['emergency']);
    const eye: Answers = new Map([...given('fever'), ['eye', [code('yes')]]]);
    expect(interruptAt(first, eye)).toEqual(['same-day', 'eye', 'get-help-at-once']);
    expect(interruptAt(step(fresh, given('numb')), given('numb', 'cancer'))).toEqual([
      'emergency',
      'cord-compression',
    ]);
  });

  test('of the same urgency interrupts, when it must not wait for days', () => {
    expect(interruptAt(step(fresh, given('numb')), given('numb', 'chest-pain'))).toEqual(['emergency']);
    expect(interruptAt(step(fresh, given('fever')), given('fever', 'worse'))).toEqual(SOON);
    expect(interruptAt(step(fresh, given('cancer')), given('cancer', 'weight'))).toBeNull();
  });

  test('below one that holds does not, until that is taken back', () => {
    const holding = step(step(fresh, given('numb')), given('numb', 'fever'));
    expect(holding.shown).toEqual(step(fresh, given('numb')).shown);
    expect(interruptAt(holding, given('fever'))).toEqual(SOON);
  });

  test('interrupts after the first was taken back, whoever was heard meanwhile', () => {
    const none = given('none');
    const back = step(step(fresh, given('chest-pain')), none);
    const heard = advised(back, none, told('undecided', 'get-help-at-once'));
    for (const before of [back, outOfPatience(back), heard]) {
      expect(interruptAt(before, given('numb'))).toEqual(['emergency']);
      expect(interruptAt(before, given('chest-pain'))).toEqual(['emergency']);
    }
  });

  test('that only the server knows, too', () => {
    const [one, none, two] = [given('x'), given('none'), given('y')];
    const first = goneOn(advised(askAdvice(fresh, one), one, told('emergency')));
    const back = advised(step(first, none), none, told('none-reported'));
    expect(back.interrupt).toBeNull();
    expect(advised(askAdvice(back, two), two, told('emergency')).interrupt).toEqual(['emergency']);
  });
});

describe('what the server says', () => {
  const answers = given('fever');

  test('interrupts where it adds something, and only then', () => {
    const read = step(fresh, answers);
    expect(advised(read, answers, told(...SOON)).interrupt).toBeNull();
    expect(advised(read, answers, told('same-day', 'eye', 'get-help-at-once')).interrupt).toEqual([
      'same-day',
      'eye',
      'get-help-at-once',
    ]);
    expect(advised(read, answers, told('emergency')).interrupt).toEqual(['emergency']);
  });

  test('adds to what is being read', () => {
    const both = given('numb');
    const after = advised(askAdvice(fresh, both), both, told('emergency', 'spine-injury-with-axspa'));
    expect(after.interrupt).toEqual(['emergency', 'spine-injury-with-axspa']);
  });

  test.each([
    [['none-reported', 'get-help-at-once']],
    [['undecided', 'get-help-at-once']],
    [['urgent-days', 'get-help-at-once']],
  ])('never takes back what the answers tell: %j', (codes) => {
    const asked = askAdvice(fresh, answers);
    const after = advised(asked, answers, told(...codes));
    expect(after.interrupt).toEqual(SOON);
    expect(adviceFor(after, answers)).toEqual(SOON);
  });

  test('quiet advice never interrupts; a code that nobody knows does', () => {
    const other = given('other');
    const asked = askAdvice(fresh, other);
    expect(advised(asked, other, told('none-reported', 'get-help-at-once')).interrupt).toBeNull();
    expect(advised(asked, other, told('something-new')).interrupt).toEqual(['something-new']);
  });
});

describe('a late answer, about an earlier step,', () => {
  const [before, now] = [given('fever'), given('numb')];
  const asked = () => askAdvice(step(fresh, before), now);

  test('does not replace an emergency by what is less', () => {
    for (const codes of [SOON, ['urgent-days', 'get-help-at-once'], ['none-reported']]) {
      const after = advised(asked(), before, told(...codes));
      expect(after.interrupt).toEqual(['emergency']);
      expect(advised(goneOn(asked()), before, told(...codes)).interrupt).toBeNull();
      expect(adviceFor(after, now)).toContain('emergency');
    }
  });

  test('adds to it what nobody else knew', () => {
    expect(advised(asked(), before, told('same-day', 'eye')).interrupt).toEqual(['emergency', 'eye']);
    expect(adviceFor(advised(asked(), before, told('same-day', 'eye')), now)).toEqual(['emergency', 'eye']);
  });

  test('still warns, and the latest is still waited for', () => {
    const none = given('none');
    const after = advised(askAdvice(step(fresh, given('x')), none), given('x'), told('same-day'));
    expect(after.interrupt).toEqual(['same-day']);
    expect(isWaiting(goneOn(after))).toBe(true);
  });

  test('says nothing once the latest was heard of', () => {
    const none = given('none');
    const heard = advised(askAdvice(fresh, none), none, told('none-reported'));
    expect(advised(heard, given('x'), told('emergency'))).toBe(heard);
  });
});

describe('without the server', () => {
  test.each([[['fever']], [['cancer']], [['numb', 'cancer']]])(
    'also while it was away before, %j interrupts at once, and the step does not wait',
    (codes) => {
      const gone = advised(askAdvice(fresh, given('other')), given('other'), away);
      expect(gone).toMatchObject({ interrupt: null, isAway: true });
      const asked = askAdvice(gone, given(...codes));
      expect(asked.interrupt).toEqual(interruptAt(fresh, given(...codes)));
      expect(asked.interrupt).not.toBeNull();
      expect(isWaiting(askAdvice(gone, given('none')))).toBe(false);
    },
  );

  test('out of patience is the same, and a late answer still interrupts', () => {
    const quiet = given('other');
    const tired = outOfPatience(askAdvice(fresh, quiet));
    expect(isWaiting(tired)).toBe(false);
    const late = advised(tired, quiet, told('urgent-days'));
    expect(late).toMatchObject({ interrupt: ['urgent-days'], isAway: false });
  });

  test('a Questionnaire without rules is not waited for, and what the answers tell interrupts all the same', () => {
    const none = advised(askAdvice(fresh, given('other')), given('other'), { state: 'no-rules' });
    expect(isWaiting(askAdvice(none, given('none')))).toBe(false);
    expect(interruptAt(none, given('fever'))).toEqual(SOON);
  });
});

describe('what counts as an answer', () => {
  const done = (body: unknown): Reply<Parameters> => ({
    state: 'done',
    status: 200,
    body: body as Parameters,
    etag: null,
  });
  const advice = (...codes: string[]) => ({
    resourceType: 'Parameters',
    parameter: [
      { name: 'urgency', valueCode: 'same-day' },
      { name: 'complete', valueBoolean: true },
      ...codes.map((valueCode) => ({ name: 'advice', valueCode })),
    ],
  });
  const refused = (issueCode: string): Reply<Parameters> => ({
    state: 'refused',
    status: 422,
    issues: [{ code: issueCode, text: '', expressions: [] }],
  });

  test('Parameters with advice', () => {
    expect(readAdvice(done(advice(...SOON)))).toEqual(told(...SOON));
  });

  test.each([
    [{}],
    [advice()],
    [{ resourceType: 'Parameters' }],
    [{ resourceType: 'Parameters', parameter: 'advice' }],
    [{ resourceType: 'Parameters', parameter: [null, {}, { name: 'advice' }] }],
    [{ ...advice('none-reported'), resourceType: 'OperationOutcome' }],
  ])('nothing else that comes with 200: %j', (body) => {
    expect(readAdvice(done(body))).toEqual(away);
  });

  test('whoever asks is not signed in any more', () => {
    const reply: Reply<Parameters> = { state: 'refused', status: 401, issues: [] };
    expect(readAdvice(reply)).toEqual({ state: 'signedOut' });
  });

  test('no rules only where the service says so of the Questionnaire', () => {
    expect(readAdvice(refused('questionnaire-unknown'))).toEqual({ state: 'no-rules' });
    expect(readAdvice(refused('invalid-structure'))).toEqual(away);
    expect(readAdvice({ state: 'refused', status: 422, issues: [] })).toEqual(away);
    expect(readAdvice(away)).toEqual(away);
  });
});

describe('what is shown at the end', () => {
  const answers = given('other');

  test('what the server said of these very answers', () => {
    const after = advised(askAdvice(fresh, answers), answers, told('none-reported', 'get-help-at-once'));
    expect(adviceFor(after, answers)).toEqual(['none-reported', 'get-help-at-once']);
  });

  test('else what the answers tell, and what the server said before, where that was more', () => {
    const more = advised(askAdvice(fresh, answers), answers, told('same-day', 'eye', 'get-help-at-once'));
    expect(adviceFor(more, given('numb'))).toEqual(['emergency', 'eye']);
    expect(adviceFor(more, given('none'))).toEqual(['same-day', 'eye']);
    const fever = given('fever');
    const same = advised(askAdvice(fresh, fever), fever, told(...SOON));
    expect(adviceFor(same, given('none'))).toEqual(['get-help-at-once']);
  });

  test('nothing known: when to get help at once; never that nothing was reported', () => {
    expect(adviceFor(fresh, given('none'))).toEqual(['get-help-at-once']);
  });
});
