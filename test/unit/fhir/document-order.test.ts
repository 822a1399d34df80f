import { describe, expect, test } from '@jest/globals';
import { inDocumentOrder, member } from '../../../src/fhir/document-order.js';
import type { Issue } from '../../../src/fhir/outcome.js';

const at = (expression: string | undefined, text = ''): Issue => ({
  code: 'wrong-json-type',
  text,
  ...(expression !== undefined && { expression }),
});
const expressions = (issues: readonly Issue[]) => issues.map(({ expression }) => expression);
const Q = 'QuestionnaireResponse';

describe('order', () => {
  test('follows the document as sent, not the alphabet or the schema', () => {
    const document = { status: 'x', item: [{ linkId: 'b' }, { linkId: 'a' }], authored: 'y' };
    const issues = [at(`${Q}.authored`), at(`${Q}.item[1].linkId`), at(`${Q}.item[0]`), at(`${Q}.status`)];
    expect(expressions(inDocumentOrder(issues, document))).toEqual([
      `${Q}.status`,
      `${Q}.item[0]`,
      `${Q}.item[1].linkId`,
      `${Q}.authored`,
    ]);
  });

  test('counts: the tenth element comes after the second', () => {
    const document = { item: Array.from({ length: 11 }, () => ({ linkId: 'a' })) };
    const issues = [10, 2, 1].map((index) => at(`${Q}.item[${index}]`));
    expect(expressions(inDocumentOrder(issues, document))).toEqual([1, 2, 10].map((n) => `${Q}.item[${n}]`));
  });

  test('a missing element stands where its parent begins', () => {
    const document = { item: [{ text: 'first' }, { text: 'second' }] };
    const issues = [
      at(`${Q}.item[1].text`),
      at(`${Q}.item[1].linkId`),
      at(`${Q}.item[0].text`),
      at(`${Q}.status`),
    ];
    expect(expressions(inDocumentOrder(issues, document))).toEqual([
      `${Q}.status`,
      `${Q}.item[0].text`,
      `${Q}.item[1].linkId`,
      `${Q}.item[1].text`,
    ]);
  });

  test('several at one place keep the order they were found in', () => {
    const issues = [at(`${Q}.item[0]`), at(`${Q}.status`, 'one'), at(`${Q}.status`, 'two')];
    const ordered = inDocumentOrder(issues, { status: 'x', item: [{}] });
    expect(ordered.map(({ text }) => text)).toEqual(['one', 'two', '']);
  });

  test('one without an element comes first, and the list given is left alone', () => {
    const issues = [at(`${Q}.status`), at(undefined, 'whole')];
    expect(expressions(inDocumentOrder(issues, { status: 'x' }))).toEqual([undefined, `${Q}.status`]);
    expect(issues[0]?.expression).toBe(`${Q}.status`);
  });
});

describe('member', () => {
  test.each(['linkId', '_linkId', '__proto__', 'a1', 'x'.repeat(64)])('%s is said', (name) => {
    expect(member(`${Q}.item[0]`, name)).toBe(`${Q}.item[0].${name}`);
  });

  test.each(['', '1a', 'a b', 'a.b', "a'", 'ä', 'a\n', 'x'.repeat(65), '0'])(
    '%j points at its parent',
    (name) => {
      expect(member(`${Q}.item[0]`, name)).toBe(`${Q}.item[0]`);
    },
  );
});
