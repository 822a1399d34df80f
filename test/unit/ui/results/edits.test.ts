import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import type { Answer, Answers } from '../../../../src/ui/engine/answers.js';
import { loadQuestionnaire } from '../../../../src/ui/engine/load.js';
import {
  type Edits,
  givenWords,
  NO_EDITS,
  sortEdits,
  withEdit,
  withoutEdits,
} from '../../../../src/ui/results/edits.js';
import { savable, sheetRows } from '../../../../src/ui/results/sheet-rows.js';
import { SYSTEM, wording } from './explained.js';

const coded = (code: string): Answer => ({ valueCoding: { system: SYSTEM, code } });
const answers = (given: Record<string, Answer[]>): Answers => new Map(Object.entries(given));
const [yes, no, none] = [coded('yes'), coded('no'), coded('none')];
const names = (edits: Edits) => [...edits.keys()];

describe('edits over what is stored now', () => {
  const before = answers({ a: [yes] });
  const edits = [
    ['a', [no]],
    ['b', [yes]],
  ] as const;
  const made = edits.reduce<Edits>(
    (all, [linkId, given]) => withEdit(all, before, [linkId, given]),
    NO_EDITS,
  );

  test('stand where nobody has answered meanwhile', () => {
    const { kept, overtaken } = sortEdits(made, answers({ a: [yes], c: [no] }));
    expect([names(kept), names(overtaken)]).toEqual([['a', 'b'], []]);
  });

  test('are overtaken where somebody else has answered, changed or cleared it', () => {
    const changed = sortEdits(made, answers({ a: [none], b: [no] }));
    expect([names(changed.kept), names(changed.overtaken)]).toEqual([[], ['a', 'b']]);
    expect(names(sortEdits(made, answers({})).overtaken)).toEqual(['a']);
  });

  test('are done with where the same is stored', () => {
    const { kept, overtaken } = sortEdits(made, answers({ a: [no], b: [yes] }));
    expect([names(kept), names(overtaken)]).toEqual([[], []]);
  });

  test('what cannot be read is never taken for what is stored', () => {
    const typed = withEdit(NO_EDITS, before, ['b', null]);
    expect(names(sortEdits(typed, before).kept)).toEqual(['b']);
    expect(names(sortEdits(typed, answers({ b: [yes] })).overtaken)).toEqual(['b']);
  });

  test('the order of ticks says nothing', () => {
    const stored = answers({ a: [yes, none] });
    expect(withEdit(NO_EDITS, stored, ['a', [none, yes]]).size).toBe(0);
    expect(withEdit(NO_EDITS, stored, ['a', [none]]).size).toBe(1);
  });

  test('answered once more, it stands over what is stored now', () => {
    const stored = answers({ a: [none] });
    const again = withEdit(made, stored, ['a', [yes]]);
    expect(names(sortEdits(again, stored).kept)).toEqual(['a', 'b']);
  });

  test('put back to what is stored, it is none', () => {
    expect(names(withEdit(made, before, ['a', [yes]]))).toEqual(['b']);
  });

  test('after saving only what was sent is gone', () => {
    const later = withEdit(made, before, ['a', [none]]);
    expect(names(withoutEdits(later, made))).toEqual(['a']);
  });
});

test('what was answered, in words', () => {
  expect(givenWords('hla-b27', [coded('positive')], wording)).toBe('“Positive”');
  expect(givenWords('hla-b27', [], wording)).toBe('nothing');
  expect(givenWords('hla-b27', null, wording)).toMatch(/no answer/);
});

const option = (code: string) => ({ valueCoding: { system: SYSTEM, code } });
const question = (linkId: string, more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId,
  text: linkId,
  type: 'choice',
  answerOption: ['yes', 'no', 'none'].map(option),
  ...more,
});

describe('the rows of the answer sheet', () => {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    url: 'https://x.example/Questionnaire/q',
    version: '1',
    item: [
      question('a'),
      question('b'),
      question('c', {
        enableWhen: [{ question: 'b', operator: '=', answerCoding: { system: SYSTEM, code: 'yes' } }],
      }),
    ],
  };
  const loaded = loadQuestionnaire(questionnaire);
  if (!('form' in loaded)) throw new Error(loaded.faults.join());
  const { form } = loaded;
  const open = (linkId: string) => ({ linkId, isSafety: false, settles: [], helps: [] });
  const edit = (given: Answer[]) => ({ over: [], given });
  const rows = (stored: Answers, opened: string[], kept: Edits, overtaken: Edits = NO_EDITS) =>
    sheetRows(form, stored, opened.map(open), { kept, overtaken });

  test('open questions that are asked now, in their order', () => {
    expect(rows(answers({}), ['b', 'c', 'a'], NO_EDITS).map(({ linkId }) => linkId)).toEqual(['b', 'a']);
  });

  test('an answer that is not saved stays when its question is not open any more, and comes first', () => {
    const kept = new Map([['b', edit([yes])]]);
    const found = rows(answers({ b: [yes] }), ['a'], kept, new Map([['c', edit([no])]]));
    expect(found.map(({ linkId, edit: state, open: one }) => [linkId, state, one !== null])).toEqual([
      ['c', 'overtaken', false],
      ['b', 'kept', false],
      ['a', 'none', true],
    ]);
  });

  test('an answer to what is not asked any more is shown, and not saved', () => {
    const kept = new Map([
      ['a', edit([yes])],
      ['c', edit([yes])],
    ]);
    const found = rows(answers({ a: [yes], c: [yes] }), [], kept);
    expect(found.map(({ linkId, isAsked }) => [linkId, isAsked])).toEqual([
      ['a', true],
      ['c', false],
    ]);
    expect(names(savable(found, { kept, overtaken: NO_EDITS }))).toEqual(['a']);
  });
});
