import { expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { isBy, newestDraft } from '../../../../src/ui/intake/find-response.js';
import type { Link } from '../../../../src/ui/intake/link.js';

const link: Link = {
  subject: 'Patient/p1',
  author: null,
  response: null,
  questionnaire: null,
  intake: null,
};
const draft = (id: string, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  status: 'in-progress',
  id,
  questionnaire: 'https://example.org/q|1',
  subject: { reference: 'Patient/p1' },
  author: { reference: 'Patient/p1' },
  authored: '2026-05-04T09:30:00+02:00',
  ...more,
});

test('the newest draft of these questions, in whatever version', () => {
  const found = [draft('a', { questionnaire: 'https://example.org/other|1' }), draft('b'), draft('c')];
  expect(newestDraft(found, 'https://example.org/q|2', link)).toEqual({
    id: 'b',
    begun: '2026-05-04T09:30:00+02:00',
  });
  expect(newestDraft(found, 'https://example.org/none', link)).toBeNull();
  expect(newestDraft([], 'https://example.org/q', link)).toBeNull();
});

test('only what whoever answers now has begun', () => {
  const clinician = { ...link, author: 'Practitioner/d1' };
  const theirs = draft('d', { author: { reference: 'Practitioner/d1' } });
  expect([isBy(link, draft('b')), isBy(link, theirs)]).toEqual([true, false]);
  expect([isBy(clinician, draft('b')), isBy(clinician, theirs)]).toEqual([false, true]);
  const { author: _, ...nobodys } = draft('e');
  expect(isBy(link, nobodys)).toBe(false);
  expect(newestDraft([draft('b'), theirs], 'https://example.org/q', clinician)?.id).toBe('d');
});
