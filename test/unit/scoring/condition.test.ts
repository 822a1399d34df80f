import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  type Condition,
  type Decision,
  type Definitions,
  decide,
  join,
  leaves,
  linkIdOf,
  reads,
  type View,
} from '../../../src/scoring/condition.js';
import { and, type Finding, or } from '../../../src/scoring/finding.js';

const FINDINGS = ['met', 'not-met', 'unknown'] as const;

function viewOf(given: Record<string, Answer>, known: Record<string, Decision> = {}): View {
  const lookUp = (kind: string) => (code: string) => {
    const decision = known[`${kind}:${code}`];
    if (!decision) throw new Error(`not in this view: ${kind}:${code}`);
    return decision;
  };
  return {
    answers: { given: new Map(Object.entries(given)), disabled: new Set() },
    finding: lookUp('finding'),
    meets: lookUp('meets'),
  };
}

function decided(condition: Condition, given: Record<string, Answer>): readonly [Finding, ...string[]] {
  const { finding, linkIds } = decide(condition, viewOf(given));
  return [finding, ...linkIds];
}

/** A condition with a known finding, from a question of its own. */
const fixed = (linkId: string): Condition => ({ oneOf: [linkId, ['met'], ['not-met']] });

describe('oneOf', () => {
  const stiffness: Condition = { oneOf: ['stiffness', ['short', 'long'], ['none']] };

  test.each<[Record<string, Answer>, Finding]>([
    [{ stiffness: 'short' }, 'met'],
    [{ stiffness: 'long' }, 'met'],
    [{ stiffness: 'none' }, 'not-met'],
    [{ stiffness: 'unknown' }, 'unknown'],
    [{ stiffness: 'varies' }, 'unknown'],
    [{ stiffness: 'no such code' }, 'unknown'],
    [{}, 'unknown'],
    [{ other: 'short' }, 'unknown'],
    [{ stiffness: 3 }, 'unknown'],
    [{ stiffness: ['short'] }, 'unknown'],
  ])('%j is %s', (given, finding) => {
    expect(decided(stiffness, given)).toEqual([finding, 'stiffness']);
  });
});

describe('ticked', () => {
  const skin: Condition = { ticked: ['doctor', ['psoriasis', 'plaques'], ['joints']] };

  test.each<[Record<string, Answer>, Finding]>([
    [{ doctor: ['psoriasis'] }, 'met'],
    [{ doctor: ['gut', 'plaques'] }, 'met'],
    [{ doctor: ['psoriasis', 'unknown'] }, 'met'],
    [{ doctor: ['psoriasis', 'joints'] }, 'met'],
    [{ doctor: ['none'] }, 'not-met'],
    [{ doctor: ['gut'] }, 'not-met'],
    [{ doctor: ['joints'] }, 'unknown'],
    [{ doctor: ['gut', 'joints'] }, 'unknown'],
    [{ doctor: ['unknown'] }, 'unknown'],
    [{ doctor: ['gut', 'unknown'] }, 'unknown'],
    [{ doctor: [] }, 'unknown'],
    [{ doctor: 'psoriasis' }, 'unknown'],
    [{}, 'unknown'],
  ])('%j is %s', (given, finding) => {
    expect(decided(skin, given)).toEqual([finding, 'doctor']);
  });

  test('without a list of unclear codes, another tick is a no', () => {
    expect(decided({ ticked: ['doctor', ['psoriasis']] }, { doctor: ['joints'] })).toEqual([
      'not-met',
      'doctor',
    ]);
  });

  test('"unknown" itself can be asked for', () => {
    const unsure: Condition = { ticked: ['doctor', ['unknown']] };
    expect(decided(unsure, { doctor: ['unknown'] })).toEqual(['met', 'doctor']);
    expect(decided(unsure, { doctor: ['none'] })).toEqual(['not-met', 'doctor']);
  });
});

describe('unticked', () => {
  const elsewhere: Condition = { unticked: ['places', ['low-back', 'buttock']] };

  test.each<[Record<string, Answer>, Finding]>([
    [{ places: ['neck'] }, 'met'],
    [{ places: ['neck', 'chest'] }, 'met'],
    [{ places: ['neck', 'unknown'] }, 'met'],
    [{ places: ['unknown', 'neck'] }, 'met'],
    [{ places: ['low-back'] }, 'not-met'],
    [{ places: ['neck', 'buttock'] }, 'not-met'],
    [{ places: ['low-back', 'unknown'] }, 'not-met'],
    [{ places: ['unknown'] }, 'unknown'],
    [{ places: [] }, 'unknown'],
    [{ places: 'neck' }, 'unknown'],
    [{ places: 3 }, 'unknown'],
    [{ other: ['neck'] }, 'unknown'],
    [{}, 'unknown'],
  ])('%j is %s', (given, finding) => {
    expect(decided(elsewhere, given)).toEqual([finding, 'places']);
  });

  test('without codes, any tick will do', () => {
    expect(decided({ unticked: ['places', []] }, { places: ['neck'] })).toEqual(['met', 'places']);
    expect(decided({ unticked: ['places', []] }, { places: ['unknown'] })).toEqual(['unknown', 'places']);
  });
});

describe('below', () => {
  const early: Condition = { below: ['age', 40] };

  test.each<[Record<string, Answer>, Finding]>([
    [{ age: 39 }, 'met'],
    [{ age: 40 }, 'not-met'],
    [{ age: 41 }, 'not-met'],
    [{ age: 0 }, 'met'],
    [{}, 'unknown'],
    [{ age: '39' }, 'unknown'],
    [{ age: ['39'] }, 'unknown'],
  ])('%j is %s', (given, finding) => {
    expect(decided(early, given)).toEqual([finding, 'age']);
  });
});

describe('direct, or ticked elsewhere', () => {
  const buttock: Condition = {
    direct: { oneOf: ['direct', ['yes'], ['no']] },
    orTicked: ['places', 'buttock'],
  };

  test.each<[Record<string, Answer>, readonly [Finding, ...string[]]]>([
    [{ direct: 'yes' }, ['met', 'direct']],
    [{ direct: 'yes', places: ['buttock'] }, ['met', 'direct']],
    [{ direct: 'yes', places: ['neck'] }, ['met', 'direct']],
    [{ direct: 'no' }, ['not-met', 'direct']],
    [{ direct: 'no', places: ['neck'] }, ['not-met', 'direct']],
    [{ direct: 'no', places: ['unknown'] }, ['not-met', 'direct']],
    [{ direct: 'no', places: ['neck', 'buttock'] }, ['unknown', 'direct', 'places']],
    [{ direct: 'no', places: ['buttock', 'unknown'] }, ['unknown', 'direct', 'places']],
    [{ places: ['buttock'] }, ['met', 'places']],
    [{ direct: 'unknown', places: ['buttock', 'unknown'] }, ['met', 'places']],
    [{ direct: 'unknown', places: ['neck'] }, ['unknown', 'direct']],
    [{ places: ['neck'] }, ['unknown', 'direct']],
    [{ direct: 'unknown' }, ['unknown', 'direct']],
    [{}, ['unknown', 'direct']],
  ])('%j is %j', (given, decision) => {
    expect(decided(buttock, given)).toEqual(decision);
  });
});

describe('all, any, not', () => {
  const pairs = FINDINGS.flatMap((left) => FINDINGS.map((right) => [left, right] as const));

  test.each(pairs)('%s and %s follow Kleene; those that agree with the outcome decided it', (left, right) => {
    const given = { left, right };
    for (const [condition, kleene] of [
      [{ all: [fixed('left'), fixed('right')] }, and],
      [{ any: [fixed('left'), fixed('right')] }, or],
    ] as const) {
      const finding = kleene([left, right]);
      const agree = [...(left === finding ? ['left'] : []), ...(right === finding ? ['right'] : [])];
      expect(decided(condition, given)).toEqual([finding, ...agree]);
      expect(agree).not.toEqual([]);
    }
  });

  test.each<[Finding, Finding]>([
    ['met', 'not-met'],
    ['not-met', 'met'],
    ['unknown', 'unknown'],
  ])('not %s is %s, decided by the same question', (finding, negated) => {
    expect(decided({ not: fixed('q') }, { q: finding })).toEqual([negated, 'q']);
  });

  test('nothing to hold holds; nothing to choose from does not', () => {
    expect(decided({ all: [] }, {})).toEqual(['met']);
    expect(decided({ any: [] }, {})).toEqual(['not-met']);
  });

  test('a question that decides twice is named once', () => {
    expect(decided({ all: [fixed('q'), fixed('q')] }, { q: 'met' })).toEqual(['met', 'q']);
  });
});

describe('at least', () => {
  const three: Condition = { atLeast: [2, [fixed('a'), fixed('b'), fixed('c')]] };
  const triples = FINDINGS.flatMap((a) => FINDINGS.flatMap((b) => FINDINGS.map((c) => [a, b, c] as const)));

  test.each(triples)('two of %s, %s, %s', (a, b, c) => {
    const met = [a, b, c].filter((finding) => finding === 'met').length;
    const notMet = [a, b, c].filter((finding) => finding === 'not-met').length;
    const finding = met >= 2 ? 'met' : notMet >= 2 ? 'not-met' : 'unknown';
    const agree = Object.entries({ a, b, c })
      .filter(([, state]) => state === finding)
      .map(([linkId]) => linkId);
    expect(decided(three, { a, b, c })).toEqual([finding, ...agree]);
  });
});

describe('finding and meets', () => {
  test('are asked of the view, each of its own list', () => {
    const view = viewOf(
      {},
      {
        'finding:x': { finding: 'met', linkIds: ['one'] },
        'meets:x': { finding: 'not-met', linkIds: ['two', 'three'] },
      },
    );
    expect(decide({ finding: 'x' }, view)).toEqual({ finding: 'met', linkIds: ['one'] });
    expect(decide({ meets: 'x' }, view)).toEqual({ finding: 'not-met', linkIds: ['two', 'three'] });
    expect(decide({ any: [{ finding: 'x' }, { meets: 'x' }] }, view)).toEqual({
      finding: 'met',
      linkIds: ['one'],
    });
  });
});

describe('join', () => {
  test('names the questions of the decisions that agree, in order, each once', () => {
    const decisions: Decision[] = [
      { finding: 'unknown', linkIds: ['b', 'a'] },
      { finding: 'met', linkIds: ['c'] },
      { finding: 'unknown', linkIds: ['a', 'd'] },
    ];
    expect(join(and, decisions)).toEqual({ finding: 'unknown', linkIds: ['b', 'a', 'd'] });
    expect(join(or, decisions)).toEqual({ finding: 'met', linkIds: ['c'] });
  });
});

describe('what a condition reads', () => {
  const definitions: Definitions = {
    condition: (code) => {
      if (code === 'early') return { below: ['age', 40] };
      if (code === 'tender') return { direct: { not: fixed('direct') }, orTicked: ['places', 'buttock'] };
      throw new Error(code);
    },
    findingsOf: (id) => (id === 'set' ? ['tender', 'early'] : []),
  };

  test.each<[Condition, readonly string[]]>([
    [fixed('q'), ['q']],
    [{ ticked: ['many', ['a']] }, ['many']],
    [{ below: ['age', 3] }, ['age']],
    [{ unticked: ['many', ['a']] }, ['many']],
    [{ not: fixed('q') }, ['q']],
    [{ all: [fixed('b'), fixed('a'), fixed('b')] }, ['b', 'a']],
    [{ any: [fixed('b'), { all: [fixed('c')] }] }, ['b', 'c']],
    [{ atLeast: [1, [fixed('b'), { finding: 'early' }]] }, ['b', 'age']],
    [{ finding: 'tender' }, ['direct', 'places']],
    [{ meets: 'set' }, ['direct', 'places', 'age']],
  ])('%j: %j', (condition, linkIds) => {
    expect(reads(condition, definitions)).toEqual(linkIds);
  });

  test('every kind of leaf names its question', () => {
    const each: Condition[] = [
      fixed('a'),
      { ticked: ['b', ['x']] },
      { unticked: ['c', ['x']] },
      { below: ['d', 1] },
    ];
    const found = leaves({ any: each }, definitions);
    expect(found).toEqual(each);
    expect(found.map(linkIdOf)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('the tick that stands in for a direct answer is a leaf of its own', () => {
    const found = leaves({ meets: 'set' }, definitions);
    expect(found).toEqual([
      { oneOf: ['direct', ['met'], ['not-met']] },
      { ticked: ['places', ['buttock']] },
      { below: ['age', 40] },
    ]);
    expect(found.map(linkIdOf)).toEqual(['direct', 'places', 'age']);
  });
});
