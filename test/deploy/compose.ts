import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ROOT } from './dockerfile.js';

/** What the tests look at. That the file has no other shape is for the schema to say. */
export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly networks?: readonly string[];
  readonly configs?: readonly { source: string; target: string }[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: { test: readonly string[] };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { file: string }>>;
}

export const COMPOSE_FILE = new URL('docker-compose.yml', ROOT);

export const readComposeText = () => readFileSync(COMPOSE_FILE, 'utf8');

/** The file as `docker compose` reads it with this environment. Throws where that would refuse to start. */
export function readCompose(env: Readonly<Record<string, string>>): Compose {
  return parse(interpolate(readComposeText(), env), { merge: true });
}

/** A service by its name, which has to be there. */
export function serviceOf({ services }: Compose, name: string): Service {
  const service = services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** `${A}`, `${A:-default}` and `${A:?why}`, the three forms that the file uses; any other is an error. */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([^}]*)\}/g, (whole, inner: string) => {
    const [, name = '', form, rest = ''] = /^([A-Z_]+)(?:(:-|:\?)(.*))?$/.exec(inner) ?? [];
    if (name === '') throw new Error(`${whole} is no form that is known here`);
    const value = env[name] ?? '';
    if (value !== '' || form === undefined) return value;
    if (form === ':?') throw new Error(`${name}: ${rest}`);
    return rest;
  });
}

/** What an operator has to put into `.env`. */
export const SECRETS = { POSTGRES_PASSWORD: 'database-secret', SUBSCRIPTION_SECRET: 'subscription-secret' };
