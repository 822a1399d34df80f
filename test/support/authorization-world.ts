/** What test/cases/authorization.txt says is stored, and how a request of that table is made. */
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Ask, type Caller, fill } from './authorization-table.js';
import { putPatient, type Reply, read, responseId, type Sent, send } from './contract-http.js';
import { type Answers, CLINIC, toResponse } from './contract-responses.js';
import { type Service, startService } from './contract-service.js';
import { AUDIENCE, seconds, startTokenIssuer, type TokenIssuer } from './token-issuer.js';

/** An emergency, and one place where it hurts: few facts, so that the table can name them all. */
const ANSWERS: Answers = {
  'red-flag-emergency': ['urine-incontinence'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
  'pain-location': ['low-back'],
  'buttock-pain': 'none',
};
const CALM: Answers = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};
/** As the service writes the link to a next page. */
const page = (path: string) => Buffer.from(path).toString('base64url');
const NOBODY = responseId(CLINIC, 'never sent');

export type World = {
  service: Service;
  issuer: TokenIssuer;
  /** `own`, `other`, … → ids. */
  names: Record<string, string>;
  /** Header of a caller, minted once. */
  headersOf: (caller: Caller) => Promise<Record<string, string>>;
  /** A request as the table says it; `names` may put fresh resources in the place of those above. */
  toSent: (ask: Ask, names: Record<string, string>) => { url: string; sent: Sent };
  /** Another response like `{own}`, `{draft}` or `{other}`, for a cell that writes; its id. */
  fresh: (name: string) => Promise<string>;
  /** All that a refused request could have changed. */
  state: () => Promise<string>;
  stop: () => Promise<void>;
};

const LIKE: Record<string, Partial<QuestionnaireResponse>> = {
  own: { subject: { reference: 'Patient/p1' } },
  other: { subject: { reference: 'Patient/p2' } },
  draft: { subject: { reference: 'Patient/p1' }, status: 'in-progress' },
};

/** Starts the service, guarded, and stores what the table names. */
export async function startWorld(): Promise<World> {
  const issuer = await startTokenIssuer();
  const service = await startService({
    AUTH_ISSUERS: issuer.trusted,
    AUTH_AUDIENCE: AUDIENCE,
    RATE_LIMIT: '1000000',
  }).catch(async (error: unknown) => {
    await issuer.close();
    throw error;
  });
  const authorization = `Bearer ${await issuer.mint({ scope: 'system/*.cruds', exp: seconds() + 3600 })}`;
  const tokens = new Map<string, Promise<string>>();
  let count = 0;
  const serial = () => {
    count += 1;
    return `matrix-${count}`;
  };
  const create = async (name: string, identifier: string) => {
    const body = toResponse(name === 'draft' ? CALM : ANSWERS, identifier, LIKE[name] ?? {});
    const reply = await send(`${service.fhir}/QuestionnaireResponse`, { body, headers: { authorization } });
    if (reply.status !== 201) throw new Error(`${name}: ${reply.status} ${reply.text.slice(0, 500)}`);
    return responseId(CLINIC, identifier);
  };
  await storePeople(service.embeddedUrl);
  const names = {
    own: await create('own', 'own'),
    draft: await create('draft', 'draft'),
    other: await create('other', 'other'),
    none: NOBODY,
    'page-other': page('Observation?patient=p2&_count=200'),
    'page-more': page('Observation?patient=p2&_count=1'),
    'other-identifier': encodeURIComponent(`${CLINIC}|other`),
  };
  return {
    service,
    issuer,
    names,
    headersOf: async (caller) => {
      const token = tokens.get(caller.name) ?? tokenOf(caller, issuer);
      tokens.set(caller.name, token);
      return caller.fault === 'no token' ? {} : { authorization: `Bearer ${await token}` };
    },
    toSent: (ask, chosen) => {
      const path = fill(ask.path, chosen);
      const url = path.startsWith('/')
        ? `${service.url}${path}`
        : `${service.fhir}${path === '' ? '' : `/${path}`}`;
      const body = bodyOf(ask.body, serial());
      const headers: Record<string, string> = {
        ...(ask.method === 'PUT' && !path.startsWith('Task') && { 'if-match': 'W/"1"' }),
        ...(ask.isConditional && { 'if-none-exist': `identifier=${names['other-identifier']}` }),
      };
      return { url, sent: { method: ask.method, headers, ...(body && { body }) } };
    },
    fresh: (name) => create(name, serial()),
    state: () => stateOf(service, names),
    stop: async () => {
      await service.kill();
      await issuer.close();
    },
  };
}

/** Everything that is there beside responses; straight to the FHIR server, where no token is asked for. */
async function storePeople(base: string): Promise<void> {
  const put = async (id: string, resource: { resourceType: string }) => {
    const url = `${base}/${resource.resourceType}/${id}`;
    const reply = await send(url, { method: 'PUT', body: { ...resource, id } });
    if (reply.status !== 201) throw new Error(`${url}: ${reply.status} ${reply.text.slice(0, 500)}`);
  };
  const people = { p1: ['Winterbottom', 'Ada'], p2: ['Okafor', 'Ben'] };
  for (const [id, [family, given]] of Object.entries(people)) {
    const subject = { reference: `Patient/${id}` };
    await putPatient(base, id, { name: [{ family, given: [given] }] });
    await put(`invite-${id}`, Object.assign({}, INVITATION, { for: subject }));
    await put(`lab-${id}`, Object.assign({}, LABORATORY, { subject }));
  }
  await put('d1', { resourceType: 'Practitioner' });
}

const INVITATION = {
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  code: {
    coding: [{ system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'complete-questionnaire' }],
  },
};
const LABORATORY = {
  resourceType: 'Observation',
  status: 'final',
  category: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }],
    },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '1988-5' }] },
  valueString: 'Canary of the laboratory',
};

async function tokenOf({ scope, patient, fhirUser, fault }: Caller, issuer: TokenIssuer): Promise<string> {
  const now = seconds();
  const claims = {
    exp: now + 3600,
    ...(scope && { scope }),
    ...(patient && { patient }),
    ...(fhirUser && { fhirUser }),
  };
  switch (fault) {
    case '':
    case 'no token':
      return issuer.mint(claims);
    case 'not a JWT':
      return 'not.a.token';
    case 'expired':
      return issuer.mint({ ...claims, exp: now - 120 });
    case 'not yet valid':
      return issuer.mint({ ...claims, nbf: now + 1800 });
    case 'no end':
      return issuer.mint({ ...claims, exp: null });
    case 'another audience':
      return issuer.mint({ ...claims, aud: 'https://other.example.org/fhir' });
    case 'another issuer':
      return issuer.mint({ ...claims, iss: 'https://issuer.example.org' });
    case 'another key':
      return issuer.forge(claims);
    default:
      throw new Error(`the table knows no token that is "${fault}"`);
  }
}

/** `new p1 in-progress author=Patient/p2`, `wrapped p1`, `change p1 amended`, `reason`, `task`, `resource Patient`; `-`: no subject. */
function bodyOf(text: string, identifier: string): object | undefined {
  const [kind = '', about = '', status = 'completed', ...more] = text.split(' ');
  switch (kind) {
    case '':
      return undefined;
    case 'new':
      return toResponse(ANSWERS, identifier, partsOf(about, status, more));
    case 'wrapped': {
      const resource = toResponse(ANSWERS, identifier, partsOf(about, status, more));
      return { resourceType: 'Parameters', parameter: [{ name: 'questionnaire-response', resource }] };
    }
    case 'change': {
      // Without an identifier: the one that stands there is kept.
      const { identifier: _, subject: __, ...rest } = toResponse(CALM, identifier);
      return { ...rest, ...partsOf(about, status, more) };
    }
    case 'reason':
      return { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: 'sent by fax' }] };
    case 'task':
      return { resourceType: 'Task', status: 'accepted' };
    case 'resource':
      return { resourceType: about };
    default:
      throw new Error(`the table has no body "${text}"`);
  }
}

function partsOf(about: string, status: string, more: string[]): Partial<QuestionnaireResponse> {
  const people = more.map((one) => one.split('='));
  return {
    status: status as QuestionnaireResponse['status'],
    ...(about !== '-' && { subject: { reference: `Patient/${about}` } }),
    ...Object.fromEntries(people.map(([element, reference]) => [element, { reference }])),
  };
}

/** Counts on the FHIR server, versions of what the table names, and what the outbox holds. */
async function stateOf({ url, embeddedUrl }: Service, names: Record<string, string>): Promise<string> {
  const { own, draft, other } = names;
  const [metrics, ...found] = await Promise.all([
    send(`${url}/metrics`),
    ...['QuestionnaireResponse', 'Observation', 'Provenance', 'Task', 'Patient'].map((type) =>
      read<{ total: number }>(`${embeddedUrl}/${type}?_summary=count`),
    ),
    ...[own, draft, other].map((id) => read<Versioned>(`${embeddedUrl}/QuestionnaireResponse/${id}`)),
    ...[own, other].map((id) => read<Versioned>(`${embeddedUrl}/Task/${id}.task`)),
  ]);
  const figures = found.map((one) => ('total' in one ? one.total : `${one.id} ${one.meta.versionId}`));
  const outbox = metrics.text.split('\n').filter((line) => /^axspa_(outbox_entries|open_alerts)/.test(line));
  return JSON.stringify([...figures, ...outbox]);
}

type Versioned = { id: string; meta: { versionId: string } };

/** What the answer to a refused request may not hold. */
export const SECRETS = [
  'Winterbottom',
  'Okafor',
  'Canary',
  'urine-incontinence',
  'nice-ng65',
  'p2"',
  'linkId',
];

export type Answer = Reply<unknown>;
