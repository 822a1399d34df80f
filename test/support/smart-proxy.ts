/** The FHIR base of smart-server.ts: asks for a live token, and notes whose it was. */
import express, { type Request, Router } from 'express';
import type { IssuedToken, SmartState } from './smart-server.js';

/** One request that came with a live token, or without one (`who` null). */
export interface Seen {
  readonly who: string | null;
  readonly method: string;
  /** Below the base, with its query. */
  readonly path: string;
  readonly status: number;
}

const PASSED_ON = ['content-type', 'accept', 'if-match', 'if-none-match', 'if-none-exist', 'prefer'];
const PASSED_BACK = ['content-type', 'etag', 'last-modified', 'location', 'content-location'];

export function fhirProxy(state: SmartState, target: string, seen: Seen[]): Router {
  const router = Router();
  router.use(express.raw({ type: () => true, limit: '5mb' }), async (req, res) => {
    const path = req.url.replace(/^\//, '');
    const token = liveToken(req, state);
    const asked = { who: token?.who ?? null, method: req.method, path };
    const isOpen = path.startsWith('metadata');
    const status = isOpen ? 0 : !token ? 401 : state.faults.forbids?.(asked) ? 403 : 0;
    if (status !== 0) {
      seen.push({ ...asked, status });
      const issue = [{ severity: 'error', code: status === 401 ? 'login' : 'forbidden' }];
      if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
      res.status(status).json({ resourceType: 'OperationOutcome', issue });
      return;
    }
    const body = Buffer.isBuffer(req.body) ? req.body.toString().replaceAll(state.iss, target) : undefined;
    const answer = await fetch(`${target}${path ? `/${path}` : ''}`, {
      method: req.method,
      headers: Object.fromEntries(
        PASSED_ON.flatMap((name) => [[name, req.get(name) ?? '']]).filter(([, v]) => v),
      ),
      ...(body !== undefined && req.method !== 'GET' && { body }),
      signal: AbortSignal.timeout(20_000),
    });
    seen.push({ ...asked, status: answer.status });
    for (const name of PASSED_BACK) {
      const value = answer.headers.get(name);
      if (value !== null) res.setHeader(name, value.replaceAll(target, state.iss));
    }
    res.status(answer.status).send(Buffer.from((await answer.text()).replaceAll(target, state.iss)));
  });
  return router;
}

function liveToken(req: Request, { tokens, now }: SmartState): IssuedToken | null {
  const [, token = ''] = /^Bearer (.+)$/.exec(req.get('Authorization') ?? '') ?? [];
  const found = tokens.get(token);
  return found && !found.isRevoked && found.expiresAt > now().getTime() ? found : null;
}
