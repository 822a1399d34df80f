import { expect, test } from '@jest/globals';
import { decisionWord, urgencyRank, urgencyWord, verdictWord } from '../../../../src/ui/parts/words.js';

test('verdicts, with "open" for indeterminate; what is not known stays as it is', () => {
  const codes = ['met', 'not-met', 'indeterminate', 'not-applicable', 'new-code'];
  expect(codes.map(verdictWord)).toEqual(['met', 'not met', 'open', 'not applicable', 'new-code']);
});

test('decisions', () => {
  const codes = ['refer', 'test-hla-b27', 'not-met', 'gate-not-met', 'indeterminate', 'toString'];
  const words = ['refer', 'test HLA-B27', 'not met', 'not applicable', 'open', 'toString'];
  expect(codes.map(decisionWord)).toEqual(words);
});

test('urgency that is not decided is never "none", and is sorted before it', () => {
  expect(urgencyWord(null)).toBe('Safety questions not answered');
  expect(urgencyWord('new-code')).toBe('Safety questions not answered');
  const codes = ['none-reported', null, 'urgent-days', 'emergency', 'same-day'];
  const sorted = codes.toSorted((a, b) => urgencyRank(a) - urgencyRank(b));
  expect(sorted).toEqual(['emergency', 'same-day', 'urgent-days', null, 'none-reported']);
});
