/** Carries a Dockerfile out in folders instead of layers, each with the commands that it would run. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, dirname, join, posix, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Ignore } from '@balena/dockerignore';
import { type Stage, type Step, toPairs } from './dockerfile.js';

const run = promisify(execFile);

/** Instructions that say how the image is to be run, and do nothing while it is built. */
const SAID = ['LABEL', 'VOLUME', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'CMD'];

/** One npm ci or one compiler run. */
const RUN_LIMIT_MS = 240_000;

export interface Built {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
}

export interface Site {
  /** An empty folder that may be filled. */
  readonly work: string;
  readonly context: string;
  readonly log: (line: string) => void;
}

/** The files that a build would be sent. */
export async function sendContext(from: string, to: string, ignored: Ignore): Promise<void> {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = relative(from, join(entry.parentPath, entry.name));
    if (entry.isFile() && !ignored.ignores(path)) await cp(join(from, path), join(to, path));
  }
}

/** Carries the stages out in order; the last one is the image. */
export async function buildImage(stages: readonly Stage[], site: Site): Promise<Built> {
  const built = new Map<string, Built>();
  for (const stage of stages) built.set(stage.name, await carryOut(stage, built, site));
  const image = [...built.values()].at(-1);
  if (!image) throw new Error('The Dockerfile has no stage');
  return image;
}

async function carryOut(stage: Stage, built: ReadonlyMap<string, Built>, site: Site): Promise<Built> {
  if (built.has(stage.base)) throw new Error(`${stage.name} stands on a stage: not carried out here`);
  let now: Built = { root: join(site.work, stage.name), env: {}, workdir: '/' };
  mkdirSync(now.root);
  for (const step of stage.steps) {
    if (step.keyword === 'WORKDIR')
      now = { ...now, workdir: posix.resolve(now.workdir, step.words[0] ?? '') };
    else if (step.keyword === 'ENV')
      now = { ...now, env: { ...now.env, ...Object.fromEntries(toPairs(step)) } };
    else if (step.keyword === 'COPY') await copy(step, now, built.get(step.flags.get('from') ?? ''), site);
    else if (step.keyword === 'RUN') await command(step, now, site);
    else if (!SAID.includes(step.keyword)) throw new Error(`${step.keyword} is not carried out here`);
    mkdirSync(join(now.root, now.workdir), { recursive: true });
  }
  return now;
}

async function copy(
  { words, flags }: Step,
  now: Built,
  stage: Built | undefined,
  { context }: Site,
): Promise<void> {
  if (flags.has('from') && !stage) throw new Error(`There is no stage ${flags.get('from')} before`);
  const destination = words.at(-1) ?? '';
  const to = join(now.root, posix.resolve(now.workdir, destination));
  for (const source of words.slice(0, -1)) {
    const isInto = destination.endsWith('/') || destination === '.';
    const from = join(stage?.root ?? context, source);
    const isFolder = readdirSync(dirname(from), { withFileTypes: true }).some(
      (entry) => entry.name === basename(from) && entry.isDirectory(),
    );
    const target = isInto && !isFolder ? join(to, basename(from)) : to;
    await cp(from, target, { recursive: true, verbatimSymlinks: true });
  }
}

/** The command as it stands, with the folder for `/`. Without root's rights nobody's file can be given away. */
async function command({ text }: Step, { root, env, workdir }: Built, { work, log }: Site): Promise<void> {
  const inside = text.replace(/(?<=\s)\/(?=[a-z])/g, `${root}/`);
  const begun = performance.now();
  const path = process.getuid?.() === 0 ? process.env.PATH : `${standIns(work)}:${process.env.PATH}`;
  await run('sh', ['-c', inside], {
    cwd: join(root, workdir),
    env: { ...surroundings(), ...env, PATH: path ?? '' },
    timeout: RUN_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  log(`${basename(root)}: ${text}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

function standIns(work: string): string {
  const folder = join(work, 'stand-ins');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'chown'), '#!/bin/sh\n', { mode: 0o755 });
  return folder;
}

/** What a build machine has as well; nothing that npm or jest put there for this process. */
export function surroundings(): Record<string, string> {
  const kept = /^(PATH|HOME|LANG|TMPDIR|NODE_EXTRA_CA_CERTS|NPM_CONFIG_.*|(https?|no)_proxy)$/;
  const all = Object.entries(process.env).filter(
    ([name]) => kept.test(name) || /^(HTTPS?|NO)_PROXY$/.test(name),
  );
  return Object.fromEntries(all.map(([name, value]) => [name, value ?? '']));
}
