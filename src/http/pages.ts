import cors from 'cors';
import express, { type RequestHandler, Router } from 'express';
import { type PageSettings, settingsFor } from '../operations/page-settings.js';
import type { Sessions } from '../operations/session-port.js';
import { pagePolicy } from './page-policy.js';
import { handle, type Work } from './request.js';
import { rememberRoute } from './request-log.js';

/** What the pages are served with. */
export interface PageOptions {
  /** The folder that the pages were built into. */
  readonly folder: string;
  /** Origins that may show the intake in a frame; none by default. */
  readonly frameAncestors: readonly string[];
  readonly settings: PageSettings;
  /** Who is signed in; absent where nobody can be. */
  readonly sessions?: Pick<Sessions, 'find'>;
}

/** Path → file. Only the intake, and the way to it, may be framed: a portal's visitor must not be led to click in the worklist. */
const PAGES: readonly (readonly [path: string, file: string, framed: boolean])[] = [
  ['/', 'index.html', false],
  ['/learn', 'learn.html', false],
  ['/screen', 'screen.html', true],
  ['/invitation', 'invitation.html', true],
  ['/results/:id', 'results.html', false],
  ['/patients/:id', 'history.html', false],
  ['/worklist', 'worklist.html', false],
];

/** The pages and what they load, under a policy that lets nothing in from elsewhere and nothing out. */
export function servePages({ folder, frameAncestors, settings, sessions }: PageOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const files = express.static(folder, { index: false, redirect: false, setHeaders: cacheRule });
  for (const [path, file, framed] of PAGES) {
    router.get(path, pagePolicy(framed ? frameAncestors : []), toFile(path, file), files);
  }
  const told: Work = async (req) => ({
    status: 200,
    headers: { 'Cache-Control': 'no-store' },
    body: settingsFor(settings, (await sessions?.find(req.get('Cookie'))) ?? null),
    type: 'application/json',
  });
  router.get('/ui/settings.json', pagePolicy([]), handle(told));
  router.use('/ui', pagePolicy([]), remember('/ui'), files);
  return router;
}

/** Lets pages of these origins call the API and load the element; without any, the browser keeps them out. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT'],
    exposedHeaders: ['ETag', 'Location', 'Content-Location', 'X-Request-Id', 'Retry-After', 'RateLimit'],
    maxAge: 600,
  });
}

function toFile(path: string, file: string): RequestHandler {
  return (req, res, next) => {
    rememberRoute(path, res);
    req.url = `/${file}`;
    next();
  };
}

function remember(route: string): RequestHandler {
  return (_req, res, next) => {
    rememberRoute(route, res);
    next();
  };
}

/** A name with a hash in it never changes its content. */
function cacheRule(res: { setHeader(name: string, value: string): unknown }, file: string): void {
  const isHashed = /[\\/]assets[\\/]/.test(file);
  res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}
