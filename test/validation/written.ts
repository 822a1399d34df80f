/** What the service writes and answers, from its own code: every kind of resource, in every state it can be in. */
import type { AuditEvent, Bundle, QuestionnaireResponse } from 'fhir/r4.js';
import { readAnswers } from '../../src/fhir/answers.js';
import { type AuditRecord, toAuditEvent, withLogicalReferences } from '../../src/fhir/audit-event.js';
import { toDocumentReference } from '../../src/fhir/document-reference.js';
import { toInvitation, withdrawn, withResponse } from '../../src/fhir/invitation.js';
import { toScreeningDocument } from '../../src/fhir/screening-document.js';
import { toSubscription } from '../../src/fhir/subscription.js';
import type { FhirServer } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { score } from '../../src/scoring/score.js';
import { send } from '../support/contract-http.js';
import { type Answers, BASE, toResponse, worked, workedCases } from '../support/contract-responses.js';
import { authoredForm, rules, software } from '../support/fhir-content.js';
import { createPorts } from '../support/http-app.js';
import { QUEUED, STORED, startProfileApp } from '../support/profile-app.js';
import type { Subject } from './official.js';
import { emptyServer } from './product.js';

const PROVENANCE = `${BASE}/StructureDefinition/screening-provenance`;

/** Observations name their profile; a Provenance is judged by ours without naming it. */
export const subjectOf = (id: string, resource: object): Subject => ({
  id,
  text: JSON.stringify(resource),
  ...('resourceType' in resource && resource.resourceType === 'Provenance' && { profile: PROVENANCE }),
});

const EMERGENCY: Answers = { ...worked('D1'), 'red-flag-emergency': ['leg-weakness'] };
const SAFETY = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['fever'], 'eye-symptoms-now': 'yes' };

const responses: readonly QuestionnaireResponse[] = [
  ...Object.entries(workedCases).map(([name, answers]) => toResponse(answers, name)),
  toResponse(EMERGENCY, 'emergency', { author: { reference: 'Practitioner/7' } }),
  toResponse({ ...worked('D1'), 'pain-intensity': 0 }, 'rated', { source: { reference: 'Patient/p1' } }),
  toResponse(worked('D5'), 'amended', { status: 'amended', encounter: { reference: 'Encounter/3' } }),
  toResponse(SAFETY, 'stopped', { status: 'stopped' }),
  toResponse({ 'red-flag-emergency': ['chest-pain'] }, 'draft', { status: 'in-progress' }),
  toResponse(worked('D2'), 'withdrawn', { status: 'entered-in-error' }),
];

/** Every resource of every transaction, each by itself: the transactions whole are the golden ones. */
export async function writtenSubjects(): Promise<Subject[]> {
  const sent: Bundle[] = [];
  for (const response of responses) {
    await submitResponse(response, await createPorts({ ports: { fhirServer: recording(sent) } }));
  }
  return sent.flatMap(({ entry = [] }) =>
    entry.flatMap(({ resource }) =>
      resource ? [subjectOf(`written ${resource.resourceType}/${resource.id}`, resource)] : [],
    ),
  );
}

/** Takes everything. */
function recording(sent: Bundle[]): FhirServer {
  return {
    ...emptyServer,
    look: async () => ({ state: 'found', resources: [] }),
    transact: async (bundle) => {
      sent.push(bundle);
      return { state: 'written', entries: [] };
    },
  };
}

const RECORD: AuditRecord = {
  id: '0b6fbd6c-31b4-4f0b-8a58-6c0f2c1a7d11',
  at: new Date('2026-05-04T08:00:00.250Z'),
  interaction: 'read',
  type: 'QuestionnaireResponse',
  reference: 'QuestionnaireResponse/r1',
  patient: 'Patient/p1',
  status: 200,
  code: null,
  requestId: 'b1a3a7de-6d4a-4f6d-9c5c-1b0c6f1f2a10',
  address: '192.0.2.7',
  who: 'Dr Example',
};

const RECORDS: readonly Partial<AuditRecord>[] = [
  {},
  { interaction: 'create', status: 201 },
  { interaction: 'create', status: 422, code: 'answer-required', reference: null, patient: null },
  { interaction: 'update', status: 202 },
  { interaction: 'vread', address: null, who: null },
  { interaction: 'history-instance', status: 500, code: 'exception' },
  { interaction: 'search-type', type: 'Observation', reference: null },
  { interaction: 'operation', operation: 'explain' },
  { interaction: 'operation', operation: 'validate', reference: null },
  { type: 'Patient', reference: 'Patient/p1' },
  { interaction: 'delete', type: 'Patient', reference: 'Patient/p1', reason: 'asked for by the patient' },
];

export function auditSubjects(): Subject[] {
  const events: AuditEvent[] = RECORDS.map((record) => toAuditEvent({ ...RECORD, ...record }, software));
  return [...events, ...events.map(withLogicalReferences)].map((event, index) =>
    subjectOf(`AuditEvent ${index}`, event),
  );
}

export function subscriptionSubjects(): Subject[] {
  const canonical = `${BASE}/Questionnaire/axspa-back-pain-screening`;
  const made = toSubscription(
    'https://screening.example.org/subscription-hook',
    'sixteen-or-more-characters',
    [canonical, `${canonical}|1.0.0`],
  );
  return [subjectOf('Subscription', made)];
}

export function invitationSubjects(): Subject[] {
  const at = (time: string) => new Date(`2026-05-04T${time}.000Z`);
  const asked = toInvitation({
    id: `i${'0a'.repeat(16)}`,
    patient: 'Patient/p1',
    questionnaire: `${BASE}/Questionnaire/axspa-back-pain-screening|1.0.0`,
    authored: at('08:00:00'),
    expires: at('09:00:00'),
    software,
  });
  const response = { resourceType: 'QuestionnaireResponse', id: 'r1' } as const;
  const tasks = [
    asked,
    withResponse(asked, { ...response, status: 'in-progress' }, at('08:10:00')),
    withResponse(asked, { ...response, status: 'completed' }, at('08:20:00')),
    withdrawn(asked, at('08:30:00')),
  ];
  return tasks.flatMap((task) => (task ? [subjectOf(`invitation ${task.status}`, task)] : []));
}

export function documentSubjects(): Subject[] {
  const form = authoredForm();
  const statuses = ['completed', 'amended', 'stopped', 'in-progress', 'entered-in-error'] as const;
  return statuses.flatMap((status) => {
    const response = { ...toResponse(EMERGENCY, status, { status }), id: 'r1' };
    const { answers } = readAnswers(response, { form, oldestAge: null });
    const scored = score(rules, answers, null);
    const document = toScreeningDocument({ response, version: 2, form, score: scored, software });
    return (['text/plain', 'text/html'] as const).map((contentType) => {
      const replaces = status === 'amended' ? 'DocumentReference/d1' : null;
      const sent = { contentType, replaces, recorded: new Date('2026-05-04T08:00:00.123Z') };
      return subjectOf(`DocumentReference ${status} ${contentType}`, toDocumentReference(document, sent));
    });
  });
}

const READS = [
  'metadata',
  'Questionnaire',
  `QuestionnaireResponse/${STORED.id}`,
  `QuestionnaireResponse/${STORED.id}/_history`,
  `QuestionnaireResponse/${STORED.id}/$delivery-status`,
  `QuestionnaireResponse/${QUEUED.id}/$delivery-status`,
  '$delivery-status?status=queued',
  `Observation?derived-from=QuestionnaireResponse/${STORED.id}&_count=5`,
  'Task',
  'Patient/p1',
  'Patient/nobody',
];

/** What callers of the facade get. */
export async function answeredSubjects(): Promise<Subject[]> {
  const app = await startProfileApp();
  try {
    const answers: Subject[] = [];
    for (const path of READS) {
      const { text } = await send(`${app.fhir}/${path}`);
      answers.push({ id: `GET ${path}`, text });
    }
    const plan = await send(`${app.fhir}/QuestionnaireResponse/$delivery-plan`, {
      body: toResponse(worked('D3'), 'planned'),
    });
    return [...answers, { id: 'POST $delivery-plan', text: plan.text }];
  } finally {
    await app.close();
  }
}
