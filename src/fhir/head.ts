import type { QuestionnaireResponse } from 'fhir/r4.js';
import { isToTheDay } from './dates.js';
import { member } from './document-order.js';
import type { Form } from './form.js';
import type { Issue } from './outcome.js';

/** The elements around the answers: which Questionnaire, about whom, when. */
export interface Head {
  /** The Questionnaire that the response answers; null when it is not one of ours. */
  readonly form: Form | null;
  /** `Patient/{id}`, literal and relative; null when missing or of another kind. */
  readonly subject: string | null;
  readonly issues: readonly Issue[];
}

/** Where a subject may live, and how strict to be. */
export interface HeadContext {
  readonly forms: readonly Form[];
  /** An absolute subject under this base is one of the server's own. */
  readonly fhirBaseUrl: string;
  /** How a missing subject or authored is told: an error for everything but `$explain`. */
  readonly missing: 'error' | 'warning';
}

export function readHead(response: QuestionnaireResponse, context: HeadContext): Head {
  const { form, issues: canonicalIssues } = readCanonical(response, context.forms);
  const { subject, issues: subjectIssues } = readSubject(response, context);
  const issues = [
    ...modifierIssues(response),
    ...identifierIssues(response),
    ...canonicalIssues,
    ...subjectIssues,
    ...readAuthored(response, context),
  ];
  return { form, subject, issues };
}

function readCanonical({ questionnaire, status }: QuestionnaireResponse, forms: readonly Form[]) {
  const expression = 'QuestionnaireResponse.questionnaire';
  const fault = (code: Issue['code'], text: string) => ({ form: null, issues: [{ code, text, expression }] });
  if (!questionnaire) {
    if (isWithdrawn(status)) return { form: null, issues: [] };
    return fault('element-required', 'The response must name its Questionnaire as url|version.');
  }
  const { url, version } = splitCanonical(questionnaire);
  const known = forms.filter((form) => form.url === url);
  if (known.length === 0) {
    return fault('questionnaire-unknown', 'This Questionnaire is not one of those served here.');
  }
  if (!version) {
    const text = 'The Questionnaire must be named with its version: url|version.';
    return fault('questionnaire-version-missing', text);
  }
  const form = known.find((candidate) => candidate.version === version);
  if (form) return { form, issues: [] };
  return fault('questionnaire-version-unknown', 'This version of the Questionnaire is not served here.');
}

/** `url|version`; everything after the first bar is the version. */
export function splitCanonical(canonical: string): { url: string; version: string | undefined } {
  const bar = canonical.indexOf('|');
  if (bar < 0) return { url: canonical, version: undefined };
  return { url: canonical.slice(0, bar), version: canonical.slice(bar + 1) };
}

/** What was entered in error need not be complete to be kept (contract.md §2). */
function isWithdrawn(status: QuestionnaireResponse['status']): boolean {
  return status === 'entered-in-error';
}

function readSubject({ subject, status }: QuestionnaireResponse, { fhirBaseUrl, missing }: HeadContext) {
  const expression = 'QuestionnaireResponse.subject';
  if (!subject) {
    if (isWithdrawn(status)) return { subject: null, issues: [] };
    const text = 'The response must say which patient it is about.';
    const issue: Issue = { code: 'element-required', text, expression, severity: missing };
    return { subject: null, issues: [issue] };
  }
  const literal = relativeReference(subject.reference ?? '', fhirBaseUrl);
  const isPatient = subject.type === undefined || subject.type === 'Patient';
  if (isPatient && /^Patient\/(?!\.+$)[A-Za-z0-9\-.]{1,64}$/.test(literal))
    return { subject: literal, issues: [] };
  const text = 'The subject must be a literal reference to a patient on the FHIR server: Patient/{id}.';
  const issue: Issue = { code: 'subject-not-literal', text, expression };
  return { subject: null, issues: [issue] };
}

/** A reference under the server's own base, made relative; any other as it is. */
export function relativeReference(reference: string, fhirBaseUrl: string): string {
  return reference.startsWith(`${fhirBaseUrl}/`) ? reference.slice(fhirBaseUrl.length + 1) : reference;
}

/** `Observation.effective` needs a day, so the response must have one. */
function readAuthored({ authored, status }: QuestionnaireResponse, { missing }: HeadContext): Issue[] {
  if ((authored && isToTheDay(authored)) || isWithdrawn(status)) return [];
  const text = 'The response must say when it was authored, to the day at least.';
  return [
    { code: 'element-required', text, expression: 'QuestionnaireResponse.authored', severity: missing },
  ];
}

/** An identifier without a value identifies nothing. */
export function identifierIssues({ identifier }: QuestionnaireResponse): Issue[] {
  if (!identifier || identifier.value) return [];
  const text = 'An identifier needs a value; leave it out to have one made.';
  return [{ code: 'element-required', text, expression: 'QuestionnaireResponse.identifier.value' }];
}

/** Modifiers may turn the meaning of what they stand on around, and we know none (R4 §2.3.3.2). */
export function modifierIssues(response: QuestionnaireResponse): Issue[] {
  const issues: Issue[] = [];
  const visit = (node: unknown, at: string): void => {
    if (Array.isArray(node)) {
      node.forEach((child, index) => {
        visit(child, `${at}[${index}]`);
      });
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) {
        if (name === 'modifierExtension' || name === 'implicitRules') {
          const text = `${name} is not known here, and what it says could change the meaning of the response.`;
          issues.push({ code: 'modifier-unknown', text, expression: `${at}.${name}` });
        } else {
          visit(child, member(at, name));
        }
      }
    }
  };
  visit(response, 'QuestionnaireResponse');
  return issues;
}
