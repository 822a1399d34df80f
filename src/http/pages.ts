import cors from 'cors';
import express, { type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import type { PageSettings } from '../operations/page-settings.js';
import { handle, type Work } from './request.js';
import { rememberRoute } from './request-log.js';

/** What the pages are served with. */
export interface PageOptions {
  /** The folder that the pages were built into. */
  readonly folder: string;
  /** Origins that may show the intake in a frame; none by default. */
  readonly frameAncestors: readonly string[];
  readonly settings: PageSettings;
}

/** Path → file. Only the intake may be framed: a portal's visitor must not be led to click in the worklist. */
const PAGES: readonly (readonly [path: string, file: string, framed: boolean])[] = [
  ['/', 'index.html', false],
  ['/learn', 'learn.html', false],
  ['/screen', 'screen.html', true],
  ['/results/:id', 'results.html', false],
  ['/patients/:id', 'history.html', false],
  ['/worklist', 'worklist.html', false],
];

/** The pages and what they load, under a policy that lets nothing in from elsewhere and nothing out. */
export function servePages({ folder, frameAncestors, settings }: PageOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const files = express.static(folder, { index: false, redirect: false, setHeaders: cacheRule });
  for (const [path, file, framed] of PAGES) {
    router.get(path, guard(framed ? frameAncestors : []), toFile(path, file), files);
  }
  const told: Work = () => ({ status: 200, body: settings, type: 'application/json' });
  router.get('/ui/settings.json', guard([]), handle(told));
  router.use('/ui', guard([]), remember('/ui'), files);
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

function guard(frameAncestors: readonly string[]): RequestHandler {
  const isFramed = frameAncestors.length > 0;
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: isFramed ? ["'self'", ...frameAncestors] : ["'none'"],
      },
    },
    // Whether all of the host is on https is for who runs the host to say.
    strictTransportSecurity: false,
    // It knows no list of origins, and an old browser would take it for the whole truth.
    xFrameOptions: isFramed ? false : { action: 'deny' },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
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
