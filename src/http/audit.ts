import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { AuditRecord } from '../fhir/audit-event.js';
import type { Audit } from '../operations/ports.js';
import { queryOf } from './request.js';

/** What a request means for the audit. */
type Use = Pick<AuditRecord, 'interaction' | 'operation' | 'type' | 'reference'>;

/** Types that hold patient data; authored content and the service's own state are nobody's. */
const PATIENT_DATA = ['QuestionnaireResponse', 'Observation', 'Provenance', 'Patient', 'Task'];

/** Any other name is what a caller made up, and is not repeated. */
const OPERATIONS = [
  ...['extract', 'explain', 'validate', 'advice'],
  ...['deliver', 'drop', 'delivery-status', 'delivery-plan', 'invite'],
];

/** Searches that say which patient they are about, with or without the type as modifier. */
const PATIENT_PARAMETERS = ['patient', 'patient:Patient', 'subject', 'subject:Patient'];

/** nginx's status for a caller who hung up before there was an answer: nothing was shown. */
const HUNG_UP = 499;

/**
 * Records every request about patient data when it is over: answered, refused, failed or given up. Belongs behind
 * the request log, which makes the request id, and before everything that can refuse.
 */
export function createAuditTrail(audit: Audit, now: () => Date): RequestHandler {
  return (req, res, next) => {
    const use = useOf(req);
    if (use) {
      // A connection that is gone has no address any more.
      const address = req.ip ?? null;
      res.on('close', () => {
        audit.record({ ...toEnding(use, req, res), id: randomUUID(), at: now(), address });
      });
    }
    next();
  };
}

/** What is only known when it is over. */
function toEnding(use: Use, req: Request, res: Response): Omit<AuditRecord, 'id' | 'at' | 'address'> {
  const remembered: unknown = res.locals.patient;
  const code: unknown = res.locals.code;
  const who: unknown = res.locals.who;
  const isCut = !res.writableFinished;
  return {
    ...use,
    reference: use.interaction === 'create' ? createdIn(res, use.type ?? '') : use.reference,
    patient: typeof remembered === 'string' ? remembered : patientOf(use, req),
    status: isCut && !res.headersSent ? HUNG_UP : res.statusCode,
    code: isCut ? 'aborted' : typeof code === 'string' ? code : null,
    requestId: String(res.getHeader('X-Request-Id') ?? ''),
    who: typeof who === 'string' ? who : null,
  };
}

/** By path and method alone, so that a request is recorded however early it was refused; null for no patient data. */
function useOf(req: Request): Use | null {
  const { method } = req;
  const [root, type = '', ...rest] = segmentsOf(req.originalUrl);
  const signing = SIGNINGS[`${method} /${[root, type].filter(Boolean).join('/')}`];
  if (signing) return { interaction: signing, type: null, reference: null };
  if (root !== 'fhir' || method === 'OPTIONS') return null;
  if (type === '$delivery-status') return operation(type, 'QuestionnaireResponse', null);
  if (!PATIENT_DATA.includes(type)) return null;
  const [first = '', second = '', third] = rest;
  if (first.startsWith('$')) return operation(first, type, null);
  const reference = isId(first) ? `${type}/${first}` : null;
  if (second.startsWith('$')) return operation(second, type, reference);
  if (method === 'POST' && first === '_search') return { interaction: 'search-type', type, reference };
  return { interaction: WRITES[method] ?? readOf(first, second, third), type, reference };
}

/** Where somebody comes in, or goes; a launch is only on its way. */
const SIGNINGS: Readonly<Record<string, AuditRecord['interaction']>> = {
  'GET /callback': 'sign-in',
  'POST /invitation': 'sign-in',
  'POST /launch/logout': 'sign-out',
};

const WRITES: Readonly<Record<string, AuditRecord['interaction']>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

function readOf(id: string, history: string, version?: string): AuditRecord['interaction'] {
  if (!isId(id)) return 'search-type';
  if (history !== '_history') return 'read';
  return version === undefined ? 'history-instance' : 'vread';
}

function operation(named: string, type: string, reference: string | null): Use {
  const name = OPERATIONS.find((known) => named === `$${known}`);
  return { interaction: 'operation', ...(name !== undefined && { operation: name }), type, reference };
}

/** Of the path, decoded as Express does; a path that cannot be decoded is as it was sent. */
function segmentsOf(url: string): string[] {
  const [path = ''] = url.split('?');
  return path
    .split('/')
    .slice(1)
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        return segment;
      }
    });
}

/** R4 `id`. */
function isId(text: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(text);
}

/** What a create made, from the `Location` of its answer: `…/Type/id`, or that with `/_history/n`. */
function createdIn(res: Response, type: string): string | null {
  const path = String(res.getHeader('Location') ?? '').split('/');
  const id = path[path.lastIndexOf(type) + 1] ?? '';
  return path.includes(type) && isId(id) ? `${type}/${id}` : null;
}

/** The one patient that the path or the search names; null for none, and for several. */
function patientOf({ type, reference }: Use, req: Request): string | null {
  if (type === 'Patient' && reference !== null) return reference;
  const query = queryOf(req);
  const names = type === 'Patient' ? ['_id'] : PATIENT_PARAMETERS;
  const [patient = null, ...others] = new Set(names.flatMap((name) => query.getAll(name)).map(patientIn));
  return others.length === 0 ? patient : null;
}

/** `p1` or `Patient/p1` → `Patient/p1`; null for anything else. */
function patientIn(text: string): string | null {
  const id = text.replace(/^Patient\//, '');
  return isId(id) ? `Patient/${id}` : null;
}
