import type { Bundle, CodeSystem, Patient, Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir, type Reply, resourcesIn } from '../parts/fhir-client.js';
import { type Explanation, withoutAdvice } from './explanation.js';

/** What the page cannot do without, and what it can: null is what could not be read. */
export interface Result {
  readonly response: QuestionnaireResponse;
  /** For `If-Match`. */
  readonly etag: string;
  /** null when no rule is about its Questionnaire. */
  readonly explanation: Explanation | null;
  /** Why there is no explanation; empty where there is one. */
  readonly unexplained: string;
  readonly questionnaire: Questionnaire | null;
  readonly findings: CodeSystem | null;
  readonly patient: Patient | null;
}

export type Loaded =
  | { readonly state: 'done'; readonly result: Result }
  | { readonly state: 'missing' }
  | { readonly state: 'unreachable' };

/** The response and what it says. Where the explanation cannot be had for now, nothing half is shown. */
export async function loadResult(id: string): Promise<Loaded> {
  const place = `QuestionnaireResponse/${encodeURIComponent(id)}`;
  const [read, explained, findings] = await Promise.all([
    getFhir<QuestionnaireResponse>(place),
    getFhir<Explanation>(`${place}/$explain`),
    getFhir<CodeSystem>('CodeSystem/findings'),
  ]);
  if (read.state === 'unreachable' || explained.state === 'unreachable') return { state: 'unreachable' };
  if (read.state === 'refused') return { state: read.status === 404 ? 'missing' : 'unreachable' };
  const { body: response, etag } = read;
  const [patient, questionnaire] = await Promise.all([
    loadPatient(response),
    loadQuestionnaireOf(response.questionnaire),
  ]);
  const result = {
    response,
    etag: etag ?? `W/"${response.meta?.versionId ?? ''}"`,
    explanation: explained.state === 'done' ? withoutAdvice(explained.body) : null,
    unexplained: explained.state === 'refused' ? explained.issues.map(({ text }) => text).join(' ') : '',
    questionnaire,
    findings: bodyOf(findings),
    patient,
  };
  return { state: 'done', result };
}

/** What came of a request, where failing means only that it is not shown. */
export function bodyOf<T>(reply: Reply<T>): T | null {
  return reply.state === 'done' ? reply.body : null;
}

async function loadPatient({ subject }: QuestionnaireResponse): Promise<Patient | null> {
  const id = /(?:^|\/)Patient\/([^/]+)$/.exec(subject?.reference ?? '')?.[1];
  return id === undefined ? null : bodyOf(await getFhir<Patient>(`Patient/${encodeURIComponent(id)}`));
}

async function loadQuestionnaireOf(canonical = ''): Promise<Questionnaire | null> {
  const [url = '', version] = canonical.split('|');
  const query = new URLSearchParams({ url, ...(version && { version }) });
  const found = bodyOf(await getFhir<Bundle<Questionnaire>>(`Questionnaire?${query}`));
  return (found && resourcesIn(found)[0]) ?? null;
}
