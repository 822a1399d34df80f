import { readAuthIssuers, readSmartIssuers, type SmartIssuer, type TokenIssuer } from './config-issuers.js';
import type { WriteProfile } from './fhir/write-profile.js';
import { PROFILE_NAMES, readProfileOverride } from './fhir/write-profile-override.js';

/** Variables as the process has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One variable → what `parse` makes of it; a fault and the default where it makes nothing of it. */
function createRead(env: Env, faults: string[]) {
  return <T>(name: string, fallback: T, parse: (text: string) => T | undefined, expected: string): T => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    const value = parse(text);
    if (value === undefined) faults.push(`${name} must be ${expected}`);
    return value ?? fallback;
  };
}

/** Reads one variable each; what does not fit becomes a fault and the default. */
export function createReader(env: Env, faults: string[]) {
  const read = createRead(env, faults);
  return {
    text: (name: string, fallback: string) => read(name, fallback, (text) => text, 'text'),
    integer: (name: string, fallback: number, max: number) =>
      read(name, fallback, (text) => wholeNumber(text, max), `a whole number from 1 to ${max}`),
    flag: (name: string, fallback: boolean) =>
      read(
        name,
        fallback,
        (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
        'true or false',
      ),
    oneOf: <T extends string>(name: string, [fallback, ...others]: readonly [T, ...T[]]) =>
      read<T>(
        name,
        fallback,
        (text) => [fallback, ...others].find((one) => one === text),
        `one of ${[fallback, ...others].join(', ')}`,
      ),
    url: (name: string) => read<string | null>(name, null, httpUrl, 'an http or https URL without a query'),
    hook: (name: string) => read<string | null>(name, null, anyHttpUrl, 'an http or https URL'),
    secret: (name: string) =>
      read<string | null>(
        name,
        null,
        (text) => (/^[\x21-\x7e]{16,256}$/.test(text) ? text : undefined),
        '16 to 256 visible ASCII characters',
      ),
    phone: (name: string, fallback: string) =>
      read(
        name,
        fallback,
        (text) => (/^\+?\d[\d -]{1,20}$/.test(text) ? text : undefined),
        'a telephone number',
      ),
    origins: (name: string) =>
      read<readonly string[]>(
        name,
        [],
        originList,
        'origins such as https://portal.example, with commas between',
      ),
    profile: (name: string): Partial<WriteProfile> =>
      read(name, {}, readProfileOverride, `one of ${PROFILE_NAMES}, or JSON that corrects auto`),
    tokenIssuers: (name: string) =>
      read<readonly TokenIssuer[]>(
        name,
        [],
        readAuthIssuers,
        'JSON such as [{"issuer":"https://…"}], each once and on https, with jwks_uri beside it or nothing',
      ),
    smartIssuers: (name: string) =>
      read<readonly SmartIssuer[]>(
        name,
        [],
        readSmartIssuers,
        'JSON such as [{"iss":"https://…","client_id":"…","auth":"public"}], each once and on https; auth is public, ' +
          'private_key_jwt, or secret with client_secret, which only that one has; scope and name may stand there',
      ),
    bytes: (name: string, fallback: number) =>
      read(name, fallback, byteCount, 'a size such as 500kb, 1mb or a number of bytes'),
  };
}

function wholeNumber(text: string, max: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= 1 && number <= max ? number : undefined;
}

function httpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const fits =
    url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
  return fits ? url.href.replace(/(?<!\/)\/+$/, '') : undefined;
}

/** With a query: a webhook may carry its token there. */
function anyHttpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined;
}

/** No wildcard, no path: each is one origin, as a browser says it. */
function originList(text: string): string[] | undefined {
  const origins = text.split(',').map((one) => one.trim().replace(/\/$/, ''));
  const fits = origins.every((one) => /^https?:\/\/[^*]+$/.test(one) && URL.parse(one)?.origin === one);
  return fits ? origins : undefined;
}

function byteCount(text: string): number | undefined {
  const [, digits, unit = 'b'] = /^(\d{1,12})(b|kb|mb)?$/i.exec(text) ?? [];
  const count = Number(digits) * ({ b: 1, kb: 1024, mb: 1024 ** 2 }[unit.toLowerCase()] ?? 1);
  return count >= 1 && count <= 100 * 1024 ** 2 ? count : undefined;
}
