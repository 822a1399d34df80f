/** A Chromium to test with: one that is installed, or else the one that `npm ci` has brought. Downloads nothing. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Env } from './contract-service.js';

export interface Binary {
  readonly executablePath: string;
  readonly env: Env;
}

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const CACHE = join(MODULES, '.cache');
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const UNPACK_WITHIN_MS = 120_000;

/** Throws when `CHROMIUM_PATH` names none that runs, or none of the others runs, with what it said. */
export async function findBrowser(): Promise<Binary> {
  const chosen = process.env.CHROMIUM_PATH;
  const env = plainEnv();
  for (const executablePath of chosen ? [chosen] : INSTALLED.filter((path) => existsSync(path))) {
    const fault = whyNot({ executablePath, env });
    if (fault === null) return { executablePath, env };
    // A distribution may have put a script there that only says where to get it.
    if (chosen) throw new Error(`CHROMIUM_PATH=${chosen} does not run: ${fault}`);
  }
  const folder = await unpacked();
  const executablePath = join(folder, 'chromium');
  const own = { ...env, FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  const fault = whyNot({ executablePath, env: own });
  if (fault === null) return { executablePath, env: own };
  // Bare containers lack NSS and expat; the package brings them, too.
  const helped = { ...own, LD_LIBRARY_PATH: join(folder, 'al2023/lib') };
  if (whyNot({ executablePath, env: helped }) === null) return { executablePath, env: helped };
  throw new Error(`Chromium does not run: ${fault}`);
}

function plainEnv(): Env {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'FONTCONFIG_PATH', 'FONTCONFIG_FILE', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function whyNot({ executablePath, env }: Binary): string | null {
  const { status, error, stderr } = spawnSync(executablePath, ['--version'], {
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return status === 0 ? null : (error?.message ?? stderr.slice(0, 500)) || `exit ${status}`;
}

/**
 * 200 MB under node_modules/.cache, by the version of the package. Whoever is first puts the finished folder
 * there at one stroke: a second process that unpacks at the same time finds it, and drops its own.
 */
async function unpacked(): Promise<string> {
  const manifest = readFileSync(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8');
  const folder = join(CACHE, `chromium-${JSON.parse(manifest).version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  await sweep();
  const staging = mkdtempSync(join(CACHE, STAGING));
  try {
    unpackInto(staging);
    writeFileSync(join(staging, 'fonts.conf'), fontsIn(folder));
    await rename(staging, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}

const STAGING = 'chromium-unpacking-';

/** What a process that was killed has left. */
async function sweep(): Promise<void> {
  const old = readdirSync(CACHE)
    .filter((name) => name.startsWith(STAGING))
    .map((name) => join(CACHE, name))
    .filter((path) => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 600_000);
  for (const path of old) await rm(path, { recursive: true, force: true });
}

/** The package unpacks into the temporary folder, which only another process can be told. */
function unpackInto(folder: string): void {
  const program = "import chromium from '@sparticuz/chromium'; await chromium.executablePath();";
  const { status, stderr, error } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: join(MODULES, '..'),
    // The name of a platform that lacks libraries: with it they are unpacked as well.
    env: { ...plainEnv(), TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
    encoding: 'utf8',
    timeout: UNPACK_WITHIN_MS,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) throw new Error(`Chromium could not be unpacked: ${error?.message ?? stderr}`);
}

/** Open Sans, which comes with it, so that pages look the same everywhere; the machine's own for rare signs. */
function fontsIn(folder: string): string {
  const alias = (family: string) =>
    `<alias binding="same"><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`;
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    `<dir>${join(folder, 'fonts')}</dir>`,
    '<dir>/usr/share/fonts</dir>',
    `<cachedir>${join(folder, 'fonts-cache')}</cachedir>`,
    ...['system-ui', 'sans-serif', 'Arial', 'Helvetica Neue'].map(alias),
    '</fontconfig>',
    '',
  ].join('\n');
}
