import { createHash } from 'node:crypto';
import type { Attachment, DocumentReference, QuestionnaireResponse } from 'fhir/r4.js';
import { copied, softwareReference } from './observation-parts.js';
import { onOneLine, type ScreeningDocument } from './screening-document.js';
import { DOCUMENT_IDENTIFIER } from './systems.js';
import type { DocumentFormat } from './write-profile.js';

const DOC_STATUS = {
  completed: 'final',
  stopped: 'final',
  amended: 'amended',
  'in-progress': 'preliminary',
  'entered-in-error': 'entered-in-error',
} as const satisfies Record<QuestionnaireResponse['status'], DocumentReference['docStatus']>;

/** The document as plain text: the title and every heading underlined, one fact a line. */
export function toText(document: ScreeningDocument): string {
  const blocks = [
    [...underlined(document.title, '='), ...aboutLines(document)],
    ...document.sections.map(({ heading, lines }) => [
      ...underlined(heading, '-'),
      ...lines.map((line) => `- ${line}`),
    ]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function underlined(text: string, line: string): [string, string] {
  return [text, line.repeat([...text].length)];
}

/** Whom it is about and when they answered. */
function aboutLines({ subject, authored }: ScreeningDocument): string[] {
  const patient = subject?.reference ?? subject?.display;
  return [
    ...(patient === undefined ? [] : [`Patient: ${onOneLine(patient)}`]),
    ...(authored === null ? [] : [`Answers given: ${authored}`]),
  ];
}

/** The same as one whole HTML page, which is XML too. It has neither script nor style, and nothing in it is loaded. */
export function toHtml(document: ScreeningDocument): string {
  const title = escaped(document.title);
  const about = aboutLines(document).map((line) => `<p>${escaped(line)}</p>`);
  const sections = document.sections.flatMap(({ heading, lines }) => [
    `<h2>${escaped(heading)}</h2>`,
    '<ul>',
    ...lines.map((line) => `<li>${escaped(line)}</li>`),
    '</ul>',
  ]);
  return [
    '<!DOCTYPE html>',
    '<html xmlns="http://www.w3.org/1999/xhtml" lang="en">',
    `<head><meta charset="utf-8"/><title>${title}</title></head>`,
    '<body>',
    `<h1>${title}</h1>`,
    ...about,
    ...sections,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** How and when a document goes to the EHR. */
export interface Sending {
  /** Also the contentType of the attachment, letter by letter: EHRs compare it. The text is UTF-8. */
  readonly contentType: DocumentFormat;
  /** The document of the version before, `DocumentReference/{id}`, where the EHR holds one. */
  readonly replaces: string | null;
  readonly recorded: Date;
}

/**
 * Document → DocumentReference, without an id: the EHR gives it one. Its identifier names the version of the
 * response, so that it is recognised when it is sent again. No LOINC code says what it is: none was verified.
 */
export function toDocumentReference(
  document: ScreeningDocument,
  { contentType, replaces, recorded }: Sending,
): DocumentReference {
  const { responseId, version, status, title, subject, encounter, software } = document;
  const identifier = { system: DOCUMENT_IDENTIFIER, value: `${responseId}.v${version}` };
  const about = copied('encounter', encounter ?? undefined);
  return {
    resourceType: 'DocumentReference',
    masterIdentifier: identifier,
    identifier: [identifier],
    status: status === 'entered-in-error' ? 'entered-in-error' : 'current',
    docStatus: DOC_STATUS[status],
    type: { text: 'Screening questionnaire report' },
    ...copied('subject', subject ?? undefined),
    date: recorded.toISOString(),
    author: [softwareReference(software)],
    ...(replaces !== null && { relatesTo: [{ code: 'replaces', target: { reference: replaces } }] }),
    description: title,
    content: [{ attachment: attachmentOf(document, contentType) }],
    ...(about.encounter && { context: { encounter: [about.encounter] } }),
  };
}

/** Size in bytes and SHA-1 are of the bytes before they are written as base64 (R4 Attachment). */
function attachmentOf(document: ScreeningDocument, contentType: DocumentFormat): Attachment {
  const bytes = Buffer.from(contentType === 'text/html' ? toHtml(document) : toText(document), 'utf8');
  return {
    contentType,
    data: bytes.toString('base64'),
    size: bytes.length,
    hash: createHash('sha1').update(bytes).digest('base64'),
    title: document.title,
  };
}
