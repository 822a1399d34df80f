/** How the pages are served: the policy each is under, who may frame or call what, what may be cached. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type App, type Setting, startApp } from '../support/http-app.js';

const FOLDER = fileURLToPath(new URL('../../dist/ui', import.meta.url));
const SETTINGS = {
  emergencyNumber: '112',
  isDemo: false,
  clinician: null,
  questionnaire: null,
  adviceAlone: {},
  adviceTogether: [],
  isGuarded: false,
  signIn: [],
};
const PORTAL = 'https://portal.example';
const PAGES = ['/', '/learn', '/screen', '/invitation', '/results/r1', '/patients/p1', '/worklist'];

let app: App | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(frameAncestors: string[] = [], setting: Setting = {}): Promise<App> {
  app = await startApp({
    ...setting,
    pages: { folder: FOLDER, frameAncestors, settings: SETTINGS },
  });
  return app;
}

function policyOf(response: Response): Record<string, string> {
  const directives = (response.headers.get('content-security-policy') ?? '').split(';');
  return Object.fromEntries(
    directives.map((one) => {
      const [name = '', ...values] = one.trim().split(' ');
      return [name, values.join(' ')];
    }),
  );
}

const STRICT = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

describe('a page', () => {
  test.each(PAGES)('%s is HTML that nothing foreign gets into', async (path) => {
    const { root } = await start();
    const response = await fetch(root + path);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(policyOf(response)).toEqual(STRICT);
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|<style|\son\w+=/);
    const loaded = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url = '']) => url);
    expect(loaded.filter((url) => !/^(\.\.\/)?ui\/assets\//.test(url))).toEqual([]);
  });

  test('what it loads is there, compressed, and may be kept for ever', async () => {
    const { root } = await start();
    for (const path of PAGES) {
      const html = await (await fetch(root + path)).text();
      const urls = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(
        ([, url = '']) => new URL(url, root + path),
      );
      expect(urls.length).toBeGreaterThan(1);
      for (const url of urls) {
        const response = await fetch(url);
        expect([url.pathname, response.status]).toEqual([url.pathname, 200]);
        expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        if ((await response.text()).length > 2000)
          expect(response.headers.get('content-encoding')).not.toBeNull();
      }
    }
  });

  test.each([
    '/nothing',
    '/results',
    '/results/a/b',
    '/ui/',
    '/ui/assets/',
    '/ui/..%2fmain.js',
    '/ui/none.js',
    '/index.html',
    '/screen/',
    '/Screen',
    '/results/x/',
  ])('%s is none: 404, and no file list', async (path) => {
    const { root } = await start();
    const response = await fetch(root + path);
    const { resourceType } = (await response.json()) as { resourceType: string };
    expect([response.status, resourceType]).toEqual([404, 'OperationOutcome']);
  });

  test('POST to a page is none either', async () => {
    const { root } = await start();
    const response = await fetch(`${root}/screen`, { method: 'POST', body: 'a=b' });
    expect([404, 415]).toContain(response.status);
  });
});

describe('FRAME_ANCESTORS', () => {
  test('may frame the intake and the way to it, and nothing else', async () => {
    const { root } = await start([PORTAL]);
    for (const path of PAGES) {
      const response = await fetch(root + path);
      const framed = path === '/screen' || path === '/invitation';
      expect(policyOf(response)['frame-ancestors']).toBe(framed ? `'self' ${PORTAL}` : "'none'");
      expect([path, response.headers.get('x-frame-options')]).toEqual([path, framed ? null : 'DENY']);
    }
  });
});

describe('CORS_ORIGINS', () => {
  const allowed = async (path: string, origin: string, method = 'GET') => {
    const response = await fetch(`${app?.root}${path}`, {
      method,
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'if-match',
      },
    });
    return response.headers.get('access-control-allow-origin');
  };

  test('none by default', async () => {
    await start();
    expect(await allowed('/fhir/metadata', PORTAL)).toBeNull();
    expect(await allowed('/ui/axspa-intake.js', PORTAL)).toBeNull();
  });

  test('those named may call the API and load the element; no other, and no page', async () => {
    await start([], { corsOrigins: [PORTAL] });
    for (const path of ['/fhir/metadata', '/ui/axspa-intake.js', '/ui/settings.json']) {
      expect([path, await allowed(path, PORTAL)]).toEqual([path, PORTAL]);
      expect([path, await allowed(path, PORTAL, 'OPTIONS')]).toEqual([path, PORTAL]);
      expect([path, await allowed(path, 'https://evil.example')]).toEqual([path, null]);
      expect([path, await allowed(path, 'null')]).toEqual([path, null]);
    }
    expect(await allowed('/worklist', PORTAL)).toBeNull();
  });

  test('a preflight says what a PUT with If-Match needs; the ETag may be read; no cookies', async () => {
    const { fhir } = await start([], { corsOrigins: [PORTAL] });
    const headers = {
      Origin: PORTAL,
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'if-match',
    };
    const preflight = await fetch(`${fhir}/QuestionnaireResponse/r1`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET,POST,PUT');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('if-match');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    const read = await fetch(`${fhir}/metadata`, { headers: { Origin: PORTAL } });
    expect(read.headers.get('access-control-expose-headers')).toContain('ETag');
  });
});
