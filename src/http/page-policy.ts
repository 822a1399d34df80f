import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** What a page may load and who may frame it: nothing from elsewhere, and nobody unless named. */
export function pagePolicy(frameAncestors: readonly string[]): RequestHandler {
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

/** Answers of the API are data: none is run, shown in a frame, loaded by another site or taken for something else. */
export function dataPolicy(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    // Portals ask by CORS, which this leaves alone.
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}
