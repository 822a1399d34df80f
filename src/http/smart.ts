import { type Request, Router } from 'express';
import { Problem, statusOf } from '../fhir/outcome.js';
import { beginLaunch, endSession, finishLaunch, type SentOn } from '../operations/launch.js';
import type { Ports } from '../operations/ports.js';
import type { EhrSignIn } from '../operations/smart-port.js';
import { pagePolicy } from './page-policy.js';
import type { Reply } from './reply.js';
import { handle, queryOf, unstored, type Work } from './request.js';
import { requireSameOrigin } from './same-origin.js';
import { signInPage } from './sign-in-page.js';

/** `/launch`, `/callback` and `/launch/logout`: SMART App Launch 2.2, with the browser as a messenger that holds no token. */
export function serveSmart(signIn: EhrSignIn, ports: Ports, frameAncestors: readonly string[]): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const policy = pagePolicy(frameAncestors);
  router.get('/launch', policy, unstored, handle(forPeople((req) => launch(req, signIn, ports))));
  router.get('/callback', policy, unstored, handle(forPeople((req) => callback(req, signIn, ports))));
  router.post('/launch/logout', unstored, handle(logout));
  return router;

  async function logout(req: Request): Promise<Reply> {
    requireSameOrigin(req, ports.publicUrl);
    const ended = await endSession(req.get('Cookie'), signIn);
    return { status: 204, ...(ended && { headers: { 'Set-Cookie': ended.cookie }, signed: ended.signed }) };
  }
}

async function launch(req: Request, signIn: EhrSignIn, ports: Ports): Promise<Reply> {
  const query = queryOf(req);
  const asked = {
    iss: once(query, 'iss'),
    launch: once(query, 'launch'),
    cookieHeader: req.get('Cookie'),
  };
  return sentOn(await beginLaunch(asked, signIn, ports));
}

async function callback(req: Request, signIn: EhrSignIn, ports: Ports): Promise<Reply> {
  const query = queryOf(req);
  const answer = {
    state: once(query, 'state'),
    code: once(query, 'code'),
    error: once(query, 'error'),
    iss: once(query, 'iss'),
    cookieHeader: req.get('Cookie'),
  };
  return sentOn(await finishLaunch(answer, signIn, ports));
}

/** RFC 6749 §3.1: no parameter twice; two readers could each see another. */
function once(query: URLSearchParams, name: string): string | null {
  const [value, ...more] = query.getAll(name);
  if (more.length === 0) return value || null;
  throw new Problem({ code: 'unknown-parameter', text: `The parameter "${name}" stands there twice.` });
}

function sentOn({ location, cookie, signed }: SentOn): Reply {
  return { status: 302, headers: { Location: location, 'Set-Cookie': cookie }, ...(signed && { signed }) };
}

/** A person in a browser is told in words; a program gets its OperationOutcome from the error handler. */
function forPeople(work: Work): Work {
  return async (req) => {
    try {
      return await work(req);
    } catch (error) {
      const isForPerson = req.accepts(['application/fhir+json', 'json', 'html']) === 'html';
      if (!isForPerson || !(error instanceof Problem)) throw error;
      const language = req.acceptsLanguages('en', 'es', 'de') || 'en';
      return {
        status: statusOf(error.issues),
        body: signInPage(error.issues[0], language),
        type: 'text/html; charset=utf-8',
      };
    }
  };
}
