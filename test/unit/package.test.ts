/** architecture.md, "The house" and "Size and style budget"; stack.md: what the package is made of. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const json = <T>(path: string): T => JSON.parse(text(path));

type Package = {
  name: string;
  version: string;
  license?: string | { type: string };
  licenses?: { type: string }[];
  type?: string;
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  scripts?: Record<string, string>;
};
type Locked = {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
  peer?: boolean;
  link?: boolean;
};
type Lock = { version: string; lockfileVersion: number; packages: Record<string, Locked> };

const manifest = json<Package>('package.json');
const lock = json<Lock>('package-lock.json');
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('the top level', () => {
  const ALLOWED =
    'src resources test package.json package-lock.json tsconfig.json docker-compose.yml README.md LICENSE Dockerfile'.split(
      ' ',
    );
  const ignored = text('.gitignore')
    .split('\n')
    .map((line) => line.replace(/\/$/, ''))
    .filter((line) => line !== '' && !line.includes('*'));

  test('holds only what architecture.md names, and dotfiles', () => {
    const names = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !ignored.includes(name));
    expect(names.filter((name) => !ALLOWED.includes(name) && !name.endsWith('.log'))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining(['src', 'resources', 'test', 'package.json', 'package-lock.json']),
    );
  });

  test('what is ignored is made, not written', () => {
    expect(ignored).toEqual(expect.arrayContaining(['node_modules', 'dist', 'data']));
    for (const name of ['src', 'resources', 'test']) expect(ignored).not.toContain(name);
  });
});

describe('dependencies', () => {
  const production = locked.filter(([path, { dev }]) => dev !== true && isInstalled(path));

  test('are exact versions', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    }
  });

  test('the lock is for this package', () => {
    expect([lock.version, lock.packages['']?.version]).toEqual([manifest.version, manifest.version]);
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
    }
  });

  test('the lock names no host, and every package the service runs on has a hash', () => {
    expect(locked.length).toBeGreaterThan(100);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
    // Tools of the workshop for other platforms may stand there by version alone; what the service runs on, never.
    const unhashed = locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ''));
    expect(unhashed.filter(([, { dev, optional }]) => !(dev && optional)).map(([path]) => path)).toEqual([]);
    expect(text('package-lock.json')).not.toMatch(
      /https?:\/\/(?!opencollective|github|(www\.)?patreon|tidelift|ko-fi)[^"]*\.tgz/,
    );
  });

  /** Scripts that run at install time, each read: none compiles, unless somebody asks it to. */
  const KNOWN_SCRIPTS: Record<string, string> = {
    // Compiles only with npm_config_build_from_source=true; the prebuilt one comes as a package.
    'node_modules/@parcel/watcher': 'node scripts/build-from-source.js',
    // Looks whether the prebuilt binary loads, and fetches the WebAssembly one if not.
    'node_modules/@swc/core': 'node postinstall.js',
  };

  test('what runs at install time is known, and the service runs without it', () => {
    const scripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(scripts.map(([path]) => path)).toEqual(Object.keys(KNOWN_SCRIPTS));
    for (const [path, { dev }] of scripts) {
      const { scripts: { preinstall, install, postinstall } = {} } = json<Package>(`${path}/package.json`);
      const run = [preinstall, install, postinstall].filter((script) => script !== undefined);
      expect([path, dev, ...run]).toEqual([path, true, KNOWN_SCRIPTS[path]]);
    }
  });

  test('nothing of production is compiled at install time, with a script or by npm itself', () => {
    const sources = production.filter(([path]) => readdirSync(new URL(path, ROOT)).includes('binding.gyp'));
    expect(sources.map(([path]) => path)).toEqual([]);
  });

  /** SPDX names that Apache-2.0 software may be distributed with. */
  const COMPATIBLE =
    /^(MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|CC0-1\.0|Unlicense|BlueOak-1\.0\.0|Python-2\.0)$/;
  const isCompatible = (license: string): boolean =>
    license
      .replace(/^\((.*)\)$/, '$1')
      .split(/ OR /)
      .some((choice) => choice.split(/ AND /).every((one) => COMPATIBLE.test(one.replace(/[()]/g, ''))));

  test('of production have licences that go with Apache-2.0', () => {
    expect(production.length).toBeGreaterThan(40);
    const others = production
      .map(([path]) => [path, licenseOf(json<Package>(`${path}/package.json`))] as const)
      .filter(([, license]) => !isCompatible(license));
    expect(others).toEqual([]);
  });

  test('the licence check tells one from the other', () => {
    expect(['MIT', '(MIT OR GPL-3.0)', 'MIT AND ISC', '(MIT OR Apache-2.0)'].map(isCompatible)).toEqual(
      Array(4).fill(true),
    );
    expect(
      ['GPL-3.0', 'AGPL-3.0-only', 'MIT AND GPL-2.0', '', 'UNLICENSED', 'SEE LICENSE IN x'].map(isCompatible),
    ).toEqual(Array(6).fill(false));
  });

  test('of production are all installed but those for other platforms', () => {
    const missing = locked.filter(
      ([path, { dev, optional }]) => dev !== true && !optional && !isInstalled(path),
    );
    expect(missing.map(([path]) => path)).toEqual([]);
  });

  test('our own licence is Apache-2.0', () => {
    expect(manifest.license).toBe('Apache-2.0');
  });

  function licenseOf({ license, licenses = [] }: Package): string {
    const one = typeof license === 'object' ? license.type : license;
    return one ?? licenses.map(({ type }) => type).join(' OR ');
  }
});

test('one version: package.json, main.ts, the Questionnaire and the CapabilityStatement', () => {
  const questionnaire = json<Package>('resources/Questionnaire-axspa-back-pain-screening.json');
  const capability = json<Package>('resources/CapabilityStatement-axspa-screening.json');
  const [, software] = /^const SOFTWARE_VERSION = '([^']+)';$/m.exec(text('src/main.ts')) ?? [];
  expect({
    software,
    questionnaire: questionnaire.version,
    capability: capability.version,
  }).toEqual({
    software: manifest.version,
    questionnaire: manifest.version,
    capability: manifest.version,
  });
});

test('Node: ESM, and no older than service.md says', () => {
  expect([manifest.name, manifest.type, manifest.engines.node]).toEqual([
    'axspa-screening',
    'module',
    '>=20.19',
  ]);
});

/** `any` as a type; the word is also the name of a condition. */
const ANY = /(?::|\bas|<|\||\breadonly)\s*any\b(?!\s*:)|\bany\s*(?:\[\]|>)/;
/** The ! that takes null and undefined out of a type. */
const SILENCED = /[\w)\]]!(?=\s*[.;,)\]}[(]|\s*$|\s+as\b)/;

describe('src', () => {
  const files = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`)
    .filter((path) => statSync(new URL(path, ROOT)).isFile());
  const sources = files.filter((path) => /\.tsx?$/.test(path));

  const offenders = (pattern: RegExp, read: (path: string) => string) =>
    sources.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
    );

  test('no file over 250 lines', () => {
    const long = sources.filter((path) => text(path).trimEnd().split('\n').length > 250);
    expect(sources.length).toBeGreaterThan(50);
    expect(long).toEqual([]);
  });

  test('no folder deeper than two', () => {
    expect(files.filter((path) => path.split('/').length > 4)).toEqual([]);
  });

  test('no room without a name of its own', () => {
    const rooms = new Set(files.flatMap((path) => path.split('/').slice(1, -1)));
    const nameless = 'utils helpers common lib types services controllers models middleware'.split(' ');
    expect(nameless.filter((name) => rooms.has(name))).toEqual([]);
  });

  test('files are kebab-case', () => {
    const names = sources.map((path) => path.split('/').at(-1) ?? '');
    expect(
      names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d|\.worker|\.config)?\.tsx?$/.test(name)),
    ).toEqual([]);
  });

  test('no any', () => {
    expect(offenders(ANY, (path) => codeOf(text(path)))).toEqual([]);
  });

  test('no ! that silences the compiler', () => {
    expect(offenders(SILENCED, (path) => codeOf(text(path)))).toEqual([]);
  });

  test('no @ts-ignore, nothing left to do, no debugger', () => {
    const left = /@ts-(ignore|nocheck|expect-error)|\b(TODO|FIXME|XXX|HACK)\b|\bdebugger\b|eslint-disable/;
    expect(offenders(left, text)).toEqual([]);
  });

  test('the checks above see what they look for', () => {
    const bad = codeOf(
      [
        'const a: any = b!.c; // : any',
        "const d = ': any' + e[0]!;",
        ['const f = `: any $', '{g as any}`;'].join(''),
        '/* x! : any */ h({ any: 1 }, any);',
        'let i: Record<string, any>;',
        'let j = <any>k;',
        'let l: readonly any[];',
      ].join('\n'),
    );
    expect(bad.split('\n').map((line) => ANY.test(line))).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(bad.split('\n').map((line) => SILENCED.test(line))).toEqual([true, true, ...Array(5).fill(false)]);
    expect(SILENCED.test('if (a !== b && !c.d) return x != y;')).toBe(false);
  });
});

function isInstalled(path: string): boolean {
  return statSync(new URL(`${path}/package.json`, ROOT), { throwIfNoEntry: false }) !== undefined;
}

/** A source without its comments and the words in its strings; line by line as before. */
function codeOf(source: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^}]*\}|[^`\\])*`/g;
  return source.replace(token, (found) => {
    const kept = found.startsWith('`') ? (found.match(/\$\{[^}]*\}/g) ?? []).join('') : '';
    return kept + '\n'.repeat(found.split('\n').length - 1);
  });
}
