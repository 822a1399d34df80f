/** Everything that a page must not do, recorded from its first byte on. */
import type { BrowserContext, ConsoleMessage, Page, Request } from 'playwright-core';

/** What a test expects to go wrong; nothing by default. */
export interface Allowed {
  /** Origins beside the service's own, such as a portal's. */
  readonly origins?: readonly string[];
  /** URLs that may answer 4xx or 5xx, or not at all. */
  readonly failures?: RegExp;
  /** Messages on the console. */
  readonly console?: RegExp;
}

export interface Watch {
  /** URLs of requests that left the origin. */
  readonly offOrigin: readonly string[];
  readonly cspViolations: readonly string[];
  readonly consoleErrors: readonly string[];
  /** Uncaught errors, with their stacks. */
  readonly pageErrors: readonly string[];
  /** `404 GET http://…` or `net::ERR_… GET http://…`. What the page gave up itself is not one. */
  readonly failures: readonly string[];
  /** All of the above, named; empty when there is nothing to complain about. */
  complaints(): string[];
  /** From now on only. */
  forget(): void;
  /** From now on this is expected, too: a connection that the test cuts. */
  allow(more: Allowed): void;
}

/** To be called before the first page is opened in the context. */
export async function watchContext(
  context: BrowserContext,
  origin: string,
  allowed: Allowed,
): Promise<Watch> {
  const lists = {
    offOrigin: [] as string[],
    cspViolations: [] as string[],
    consoleErrors: [] as string[],
    pageErrors: [] as string[],
    failures: [] as string[],
  };
  const expected = [allowed];
  const isOwn = (url: string) =>
    !/^(https?|wss?):/.test(url) ||
    [origin, ...expected.flatMap(({ origins = [] }) => origins)].includes(originOf(url));
  const isIn = (name: 'failures' | 'console', text: string) => expected.some((one) => one[name]?.test(text));
  const fail = (what: string, request: Request) => {
    if (!isIn('failures', request.url())) lists.failures.push(`${what} ${request.method()} ${request.url()}`);
  };
  const leave = (url: string) => {
    if (!isOwn(url)) lists.offOrigin.push(url);
  };

  context.on('request', (request) => leave(request.url()));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    if (reason !== GIVEN_UP) fail(reason, request);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) fail(String(response.status()), response.request());
  });
  context.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy/i.test(text)) lists.cspViolations.push(`console: ${text}`);
    else if (isError(message) && !isIn('console', text)) lists.consoleErrors.push(text);
  });
  context.on('weberror', (error) => {
    const { stack, message } = error.error();
    lists.pageErrors.push(stack || message);
  });
  context.on('page', (page: Page) => page.on('websocket', (socket) => leave(socket.url())));
  await context.exposeBinding(TELL, (_source, violation: unknown) => {
    lists.cspViolations.push(String(violation));
  });
  await context.addInitScript({ content: LISTEN });

  return {
    ...lists,
    complaints: () => Object.entries(lists).flatMap(([name, found]) => found.map((one) => `${name}: ${one}`)),
    forget: () => {
      for (const list of Object.values(lists)) list.length = 0;
    },
    allow: (more) => {
      expected.push(more);
    },
  };
}

/** A navigation that goes on, or an AbortSignal of the page's own. */
const GIVEN_UP = 'net::ERR_ABORTED';
const TELL = '__tellViolation';
const LISTEN = `document.addEventListener('securitypolicyviolation', (event) => {
  const { effectiveDirective, blockedURI, sourceFile, lineNumber, disposition } = event;
  window.${TELL}([disposition, effectiveDirective, blockedURI, sourceFile + ':' + lineNumber].join(' '));
});`;

/** That something did not load is among the failures, with its URL. */
function isError(message: ConsoleMessage): boolean {
  return message.type() === 'error' && !message.text().startsWith('Failed to load resource');
}

/** `ws:` counts as `http:`. */
function originOf(url: string): string {
  return new URL(url.replace(/^ws/, 'http')).origin;
}
