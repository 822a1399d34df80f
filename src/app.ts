import express, { type Express } from 'express';
import { type DetailsCode, Problem } from './fhir/outcome.js';
import { metadata, readyz } from './http/about.js';
import { contentReply } from './http/content.js';
import { createErrorHandler } from './http/errors.js';
import { resourceReply } from './http/reply.js';
import { allow, createBodyReader, guardHost, handle, pathPart, queryOf } from './http/request.js';
import { createRequestLog } from './http/request-log.js';
import { explain, extract, postResponse, validate } from './http/responses.js';
import type { Logger } from './logger.js';
import type { Ports } from './operations/ports.js';
import { CONTENT_TYPES, searchContent } from './operations/read-content.js';
import { READABLE, readResource, readVersion, searchResources } from './operations/read-resources.js';

/** What the app is made with beside its ports. */
export interface AppOptions {
  /** Bytes. */
  readonly bodyLimit: number;
  readonly logger: Logger;
  /** Host names it answers to, in small letters; null for any. */
  readonly hosts: readonly string[] | null;
}

/** Every middleware and every route, one line each. Does not listen. */
export function createApp(ports: Ports, { bodyLimit, logger, hosts }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(createRequestLog(logger));
  app.use(guardHost(hosts));

  app.get(
    '/livez',
    handle(() => ({ status: 200, body: { status: 'alive' }, type: 'application/json' })),
  );
  app.get(
    '/readyz',
    handle(() => readyz(ports)),
  );

  const fhir = express.Router({ caseSensitive: true });
  const body = createBodyReader(bodyLimit);
  fhir.get(
    '/metadata',
    handle(() => metadata(ports)),
  );
  for (const type of CONTENT_TYPES) {
    fhir.get(
      `/${type}`,
      handle((req) => ({ status: 200, body: searchContent(type, queryOf(req), ports) })),
    );
    fhir.get(
      `/${type}/:id`,
      handle((req) => contentReply(type, req, ports)),
    );
  }
  fhir.post(
    '/QuestionnaireResponse',
    body,
    handle((req) => postResponse(req, ports)),
  );
  fhir.post(
    '/QuestionnaireResponse/$validate',
    body,
    handle((req) => validate(req, ports)),
  );
  fhir.post(
    '/QuestionnaireResponse/$extract',
    body,
    handle((req) => extract(req, ports)),
  );
  fhir.post(
    '/QuestionnaireResponse/$explain',
    body,
    handle((req) => explain(req, ports)),
  );
  for (const method of ['get', 'post'] as const) {
    fhir[method](
      '/QuestionnaireResponse/:id/$extract',
      handle((req) => extract(req, ports)),
    );
    fhir[method](
      '/QuestionnaireResponse/:id/$explain',
      handle((req) => explain(req, ports)),
    );
  }
  fhir.get(
    '/QuestionnaireResponse/:id/_history/:version',
    handle(async (req) =>
      resourceReply(
        await readVersion('QuestionnaireResponse', pathPart(req, 'id'), pathPart(req, 'version'), ports),
      ),
    ),
  );
  for (const type of READABLE) {
    fhir.get(
      `/${type}`,
      handle(async (req) => ({ status: 200, body: await searchResources(type, queryOf(req), ports) })),
    );
    fhir.get(
      `/${type}/:id`,
      handle(async (req) => resourceReply(await readResource(type, pathPart(req, 'id'), ports))),
    );
  }
  fhir.put(
    '/QuestionnaireResponse/:id',
    body,
    handle(
      refuse('client-id-not-allowed', 'The service makes the ids, and this version takes no amendments.'),
    ),
  );
  for (const type of [...CONTENT_TYPES, ...READABLE]) {
    fhir.all(
      [`/${type}`, `/${type}/*path`],
      allow(type === 'QuestionnaireResponse' ? 'GET, HEAD, POST' : 'GET, HEAD'),
      handle(refuse('method-not-allowed', 'This interaction is not served here.')),
    );
  }
  app.use('/fhir', fhir);

  app.use(handle(refuse('unknown-route', 'There is nothing at this path.')));
  app.use(
    createErrorHandler((requestId, error) => {
      logger.error('bug', { requestId, ...(error instanceof Error && { stack: framesOf(error) }) });
    }),
  );
  return app;
}

function refuse(code: DetailsCode, text: string): () => never {
  return () => {
    throw new Problem({ code, text });
  };
}

/** Where a bug is, without its message: a library may quote what it was given. */
function framesOf({ name, stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return [name, ...frames].join('\n');
}
