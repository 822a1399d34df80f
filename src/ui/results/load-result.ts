import type { CodeSystem, Parameters, Patient, Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir, type Reply } from '../parts/fhir-client.js';
import { loadQuestionnaire } from '../parts/load-questionnaire.js';
import { type Refusal, refusalIn } from '../parts/refusal.js';
import { type Advice, readAdvice } from './advice.js';
import { type Explanation, withoutAdvice } from './explanation.js';

/** What the page cannot do without, and what it can: null is what could not be read. */
export interface Result {
  readonly response: QuestionnaireResponse;
  /** For `If-Match`. */
  readonly etag: string;
  /** Of this version of the response; null when it cannot be scored. */
  readonly explanation: Explanation | null;
  /** Why there is no explanation; empty where there is one. */
  readonly unexplained: string;
  /** What the safety answers call for, where there is no explanation that says it. */
  readonly advice: Advice | null;
  readonly questionnaire: Questionnaire | null;
  readonly findings: CodeSystem | null;
  readonly patient: Patient | null;
}

export type Loaded =
  | { readonly state: 'done'; readonly result: Result }
  | { readonly state: 'missing' }
  | { readonly state: Refusal }
  | { readonly state: 'unreachable' };

/** The response and what it says. A response that cannot be scored is shown, with what its safety answers call for. */
export async function loadResult(id: string): Promise<Loaded> {
  const place = `QuestionnaireResponse/${encodeURIComponent(id)}`;
  const [{ read, explained }, findings] = await Promise.all([
    readTogether(place),
    getFhir<CodeSystem>('CodeSystem/findings'),
  ]);
  if (read.state === 'unreachable') return { state: 'unreachable' };
  // A patient may read the answers, and not what they come to.
  const refusal = refusalIn(read) ?? refusalIn(explained);
  if (refusal) return { state: refusal };
  if (read.state === 'refused') return { state: read.status === 404 ? 'missing' : 'unreachable' };
  const { body: response, etag } = read;
  const [patient, questionnaire, advice] = await Promise.all([
    loadPatient(response),
    loadQuestionnaire(response.questionnaire ?? ''),
    explained.state === 'done' ? null : getFhir<Parameters>(`${place}/$advice`).then(bodyOf),
  ]);
  const result = {
    response,
    etag: etag ?? `W/"${response.meta?.versionId ?? ''}"`,
    explanation: explained.state === 'done' ? withoutAdvice(explained.body) : null,
    unexplained: whyNot(explained),
    advice: advice && readAdvice(advice),
    questionnaire: typeof questionnaire === 'string' ? null : questionnaire,
    findings: bodyOf(findings),
    patient,
  };
  return { state: 'done', result };
}

/** What came of a request, where failing means only that it is not shown. */
export function bodyOf<T>(reply: Reply<T>): T | null {
  return reply.state === 'done' ? reply.body : null;
}

interface Together {
  readonly read: Reply<QuestionnaireResponse>;
  readonly explained: Reply<Explanation>;
}

/** A response that is changed again and again is not waited for. */
const MOST_READS = 4;

/** The answers of one version never stand beside the verdicts of another. */
async function readTogether(place: string): Promise<Together> {
  for (let reads = 1; reads <= MOST_READS; reads += 1) {
    const [read, explained] = await Promise.all([
      getFhir<QuestionnaireResponse>(place),
      getFhir<Explanation>(`${place}/$explain`),
    ]);
    if (isOneVersion(read, explained)) return { read, explained };
  }
  return { read: await getFhir<QuestionnaireResponse>(place), explained: { state: 'unreachable' } };
}

function isOneVersion(read: Reply<QuestionnaireResponse>, explained: Reply<Explanation>): boolean {
  if (read.state !== 'done' || explained.state !== 'done') return true;
  const { versionId } = explained.body.response;
  return versionId === null || versionId === (read.body.meta?.versionId ?? null);
}

function whyNot(explained: Reply<Explanation>): string {
  if (explained.state === 'unreachable') return 'The service did not say what the answers come to.';
  return explained.state === 'refused' ? explained.issues.map(({ text }) => text).join(' ') : '';
}

async function loadPatient({ subject }: QuestionnaireResponse): Promise<Patient | null> {
  const id = /(?:^|\/)Patient\/([^/]+)$/.exec(subject?.reference ?? '')?.[1];
  return id === undefined ? null : bodyOf(await getFhir<Patient>(`Patient/${encodeURIComponent(id)}`));
}
