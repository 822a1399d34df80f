import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { structureFaults } from '../../../src/embedded/shape.js';
import { readAnswers } from '../../../src/fhir/answers.js';
import { type Sending, toDocumentReference, toHtml, toText } from '../../../src/fhir/document-reference.js';
import { type ScreeningDocument, toScreeningDocument } from '../../../src/fhir/screening-document.js';
import { score } from '../../../src/scoring/score.js';
import { toResponse, worked, workedCases } from '../../support/contract-responses.js';
import { authoredForm, rules, software } from '../../support/fhir-content.js';

const form = authoredForm();
const recorded = new Date('2026-05-04T08:00:00.123Z');

function screened(name: string): ScreeningDocument {
  const answers = { ...worked(name), 'red-flag-emergency': ['leg-weakness'] };
  const response = { ...toResponse(answers, 'x'), id: 'r1' };
  const read = readAnswers(response, { form, oldestAge: null });
  return toScreeningDocument({
    response,
    version: 2,
    form,
    score: score(rules, read.answers, null),
    software,
  });
}

const HOSTILE = `</li><script>alert("1")</script> & 'two' &lt;`;

const small: ScreeningDocument = {
  responseId: 'r1',
  version: 2,
  status: 'completed',
  authored: '2026-05-04T09:30:00+02:00',
  subject: { reference: 'Patient/p1', display: 'Pat' },
  encounter: null,
  software,
  title: `Title ${HOSTILE}`,
  sections: [
    { heading: 'Red flags', lines: ['Urgency: none reported', 'nothing – “else”'] },
    { heading: `Heading ${HOSTILE}`, lines: [HOSTILE] },
  ],
};

const sent = (document: ScreeningDocument, more: Partial<Sending> = {}) =>
  toDocumentReference(document, { contentType: 'text/plain', replaces: null, recorded, ...more });

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** What a browser would show of each element that holds text alone. */
function shown(html: string): string[] {
  return [...html.matchAll(/<(h1|h2|p|li)>([^<]*)<\/\1>/g)].map(([, , text = '']) =>
    text.replace(/&([a-z0-9#]+);/g, (_, name: string) => ENTITIES[name] ?? `?${name}`),
  );
}

test('as text: title and headings underlined, one fact a line', () => {
  expect(toText({ ...small, title: 'Title', sections: small.sections.slice(0, 1) })).toBe(
    [
      'Title',
      '=====',
      'Patient: Patient/p1',
      'Answers given: 2026-05-04T09:30:00+02:00',
      '',
      'Red flags',
      '---------',
      '- Urgency: none reported',
      '- nothing – “else”',
      '',
    ].join('\n'),
  );
});

test('whom it is about is on one line, and left out where it is not known', () => {
  const named = toText({ ...small, subject: { display: 'Pat\n\nRed flags\n---------' }, authored: null });
  expect(named.split('\n').slice(2, 4)).toEqual(['Patient: Pat Red flags ---------', '']);
  const nobody = toText({ ...small, subject: null });
  expect(nobody.split('\n')[2]).toBe('Answers given: 2026-05-04T09:30:00+02:00');
});

test('as HTML: a whole page of UTF-8 in which everything is escaped', () => {
  const html = toHtml(small);
  expect(html).toMatch(/^<!DOCTYPE html>\n<html [^>]*lang="en">\n<head><meta charset="utf-8"\/><title>/);
  expect(html).toMatch(/<\/body>\n<\/html>\n$/);
  expect(html).not.toMatch(/<script|<style|style=|src=|href=|alert\("|'two'/);
  expect(html.split('&lt;/li&gt;&lt;script&gt;alert(&quot;1&quot;)')).toHaveLength(5);
  expect(shown(html)).toEqual([
    small.title,
    'Patient: Patient/p1',
    'Answers given: 2026-05-04T09:30:00+02:00',
    'Red flags',
    'Urgency: none reported',
    'nothing – “else”',
    `Heading ${HOSTILE}`,
    HOSTILE,
  ]);
});

test.each(Object.keys(workedCases))('%s: text and HTML say the same, red flags before criteria', (name) => {
  const document = screened(name);
  const lines = toText(document)
    .split('\n')
    .filter((line) => line !== '' && !/^[=-]+$/.test(line))
    .map((line) => line.replace(/^- /, ''));
  expect(shown(toHtml(document))).toEqual(lines);
  const everything = document.sections.flatMap((section) => [section.heading, ...section.lines]);
  expect(lines.slice(3)).toEqual(everything);
  const first = lines.findIndex((line) => line.startsWith('Verdict: '));
  expect(lines.indexOf('leg-weakness: emergency')).toBeGreaterThan(0);
  expect(lines.indexOf('leg-weakness: emergency')).toBeLessThan(first);
});

describe('DocumentReference', () => {
  const identifier = { system: 'https://w3id.org/axspa-screening/document', value: 'r1.v2' };

  test('says what it is, of which version, and holds the text', () => {
    const { content, ...reference } = sent(small);
    expect(reference).toEqual({
      resourceType: 'DocumentReference',
      masterIdentifier: identifier,
      identifier: [identifier],
      status: 'current',
      docStatus: 'final',
      type: { text: 'Screening questionnaire report' },
      subject: { reference: 'Patient/p1', display: 'Pat' },
      date: '2026-05-04T08:00:00.123Z',
      author: [
        {
          identifier: { system: 'https://w3id.org/axspa-screening/software', value: 'axspa-screening|9.8.7' },
          display: 'axspa-screening 9.8.7',
        },
      ],
      description: small.title,
    });
    const bytes = Buffer.from(toText(small), 'utf8');
    expect(bytes.length).toBeGreaterThan(toText(small).length);
    expect(content).toEqual([
      {
        attachment: {
          contentType: 'text/plain',
          data: bytes.toString('base64'),
          size: bytes.length,
          hash: createHash('sha1').update(bytes).digest('base64'),
          title: small.title,
        },
      },
    ]);
  });

  test('holds HTML when that is asked for', () => {
    const [{ attachment } = { attachment: {} }] = sent(small, { contentType: 'text/html' }).content;
    expect(attachment.contentType).toBe('text/html');
    expect(Buffer.from(attachment.data ?? '', 'base64').toString('utf8')).toBe(toHtml(small));
  });

  test.each([
    ['completed', 'current', 'final'],
    ['stopped', 'current', 'final'],
    ['amended', 'current', 'amended'],
    ['in-progress', 'current', 'preliminary'],
    ['entered-in-error', 'entered-in-error', 'entered-in-error'],
  ] as const)('of a response that is %s', (status, expected, docStatus) => {
    expect(sent({ ...small, status })).toMatchObject({ status: expected, docStatus });
  });

  test('names the one it replaces', () => {
    expect(sent(small, { replaces: 'DocumentReference/d1' }).relatesTo).toEqual([
      { code: 'replaces', target: { reference: 'DocumentReference/d1' } },
    ]);
  });

  test.each([
    [
      { reference: 'Encounter/e1', display: 'Visit' },
      { encounter: [{ reference: 'Encounter/e1', display: 'Visit' }] },
    ],
    [{ identifier: { value: '7' } }, { encounter: [{ identifier: { value: '7' } }] }],
    [{ reference: 'https://elsewhere.example.org/Encounter/e1' }, undefined],
    [{ reference: '#inside' }, undefined],
    [null, undefined],
  ])('encounter %j', (encounter, context) => {
    expect(sent({ ...small, encounter }).context).toEqual(context);
  });

  test('is what R4 allows, full or bare', () => {
    const full = sent(
      { ...screened('D1'), encounter: { reference: 'Encounter/e1' } },
      { contentType: 'text/html', replaces: 'DocumentReference/d1' },
    );
    const bare = sent({ ...small, subject: null, authored: null, status: 'entered-in-error' });
    for (const resource of [full, bare]) {
      const json = JSON.parse(JSON.stringify(resource));
      expect(structureFaults(json, 'DocumentReference', 'DocumentReference')).toEqual([]);
    }
  });
});
