import type { OperationOutcome, QuestionnaireResponse } from 'fhir/r4.js';
import { readAnswers } from '../fhir/answers.js';
import { inDocumentOrder } from '../fhir/document-order.js';
import { type Form, readQuestionnaire } from '../fhir/form.js';
import { identifierIssues, modifierIssues, splitCanonical } from '../fhir/head.js';
import { type Issue, isError, Problem, toInformation, toOperationOutcome } from '../fhir/outcome.js';
import type { Ports } from './ports.js';
import { lookUpPatient, readResponse, scoreResponse } from './score-response.js';
import { keyIssues } from './submit-response.js';

/** `$validate`: what POST would say of the response, without writing it. Never throws for a bad response. */
export async function validateResponse(body: unknown, ports: Ports): Promise<OperationOutcome> {
  return toOutcome(await issuesOf(() => issuesOfSubmitting(body, ports)));
}

/**
 * `$validate` against a Questionnaire that comes with the request, which may be any R4 Questionnaire. What is
 * ours to require of a submission (subject, authored, canonical) is a warning there.
 */
export async function validateAgainst(
  questionnaire: unknown,
  body: unknown,
  ports: Ports,
): Promise<OperationOutcome> {
  return toOutcome(await issuesOf(async () => issuesAgainst(readForm(questionnaire, ports), body, ports)));
}

async function issuesOfSubmitting(body: unknown, ports: Ports): Promise<readonly Issue[]> {
  const read = readResponse({ body, storedId: null }, 'error', ports);
  const [patient, taken] = await Promise.all([lookUpPatient(read, ports), keyIssues(read.identity, ports)]);
  return scoreResponse(read, patient, ports, taken).warnings;
}

function issuesAgainst(form: Form, body: unknown, ports: Ports): readonly Issue[] {
  const { response } = readResponse({ body, storedId: null }, 'warning', ports);
  const issues = [
    ...modifierIssues(response),
    ...identifierIssues(response),
    ...missingElements(response),
    ...canonicalIssues(response, form),
    ...readAnswers(response, { form, oldestAge: null }).issues,
  ];
  return inDocumentOrder(issues, response);
}

/** The Questionnaire of the request. Throws a Problem for one that the reader would have to half-read. */
function readForm(questionnaire: unknown, ports: Ports): Form {
  const shaped = ports.readQuestionnaireShape(questionnaire);
  if ('issues' in shaped) throw problemOf(shaped.issues);
  const read = readQuestionnaire(shaped.questionnaire, ports.content.terminology);
  if ('form' in read) return read.form;
  throw problemOf(
    read.faults.map(({ linkId, text }) => ({
      code: 'questionnaire-unknown',
      text:
        linkId === null
          ? `The Questionnaire cannot be read: ${text}.`
          : `"${linkId}" cannot be read: ${text}.`,
      expression:
        linkId === null ? 'Questionnaire' : `Questionnaire.descendants().where(linkId = ${quoted(linkId)})`,
    })),
  );
}

/** A FHIRPath string literal. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function missingElements({ subject, authored, questionnaire }: QuestionnaireResponse): Issue[] {
  return Object.entries({ questionnaire, subject, authored })
    .filter(([, value]) => value === undefined)
    .map(([name]) => ({
      code: 'element-required',
      text: `A response that is submitted here needs "${name}".`,
      expression: `QuestionnaireResponse.${name}`,
      severity: 'warning',
    }));
}

function canonicalIssues({ questionnaire }: QuestionnaireResponse, { url, version }: Form): Issue[] {
  if (!questionnaire || !url) return [];
  const { url: named, version: namedVersion } = splitCanonical(questionnaire);
  const expression = 'QuestionnaireResponse.questionnaire';
  if (named !== url) {
    return [{ code: 'questionnaire-unknown', text: 'The response names another Questionnaire.', expression }];
  }
  if (namedVersion && version && namedVersion !== version) {
    return [
      { code: 'questionnaire-version-unknown', text: 'The response names another version.', expression },
    ];
  }
  return [];
}

async function issuesOf(read: () => Promise<readonly Issue[]>): Promise<readonly Issue[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) return error.issues;
    throw error;
  }
}

function problemOf([first, ...more]: readonly Issue[]): Problem {
  if (!first) throw new Error('A Questionnaire that cannot be read must have an issue');
  return new Problem(first, more);
}

function toOutcome(issues: readonly Issue[]): OperationOutcome {
  if (issues.some(isError)) return toOperationOutcome(issues);
  const valid = toInformation('valid');
  return {
    ...valid,
    issue: [...valid.issue, ...(issues.length > 0 ? toOperationOutcome(issues).issue : [])],
  };
}
