/** Every regular expression that our own code has: literals in the sources, and patterns in its schemas. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';
import type { Expression } from './regex-attack.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Each literal is named by its file below `src` and itself. `made`: files that call `new RegExp`, once for each call. */
export interface Regexes {
  readonly literals: readonly Expression[];
  readonly made: readonly string[];
  readonly files: number;
}

/** Read with the compiler's own parser: a search by pattern would take a division for one. */
export function regexesIn(folder: string = SRC): Regexes {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  const literals: Expression[] = [];
  const made: string[] = [];
  for (const file of files) {
    const source = readFileSync(join(folder, file), 'utf8');
    const tree = parseSync(source, { syntax: 'typescript', tsx: file.endsWith('x'), target: 'es2022' });
    walk(tree, (node) => {
      if (node.type === 'RegExpLiteral') {
        const [pattern, flags] = [String(node.pattern), String(node.flags)];
        literals.push({ name: `${file} /${pattern}/${flags}`, pattern, flags });
      }
      const callee = node.callee as { value?: unknown } | undefined;
      if (/^(New|Call)Expression$/.test(String(node.type)) && callee?.value === 'RegExp') made.push(file);
    });
  }
  return { literals, made: made.sort(), files: files.length };
}

type Node = Readonly<Record<string, unknown>>;

function walk(value: unknown, visit: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Node);
  for (const child of Object.values(value)) walk(child, visit);
}

/** The patterns of a JSON Schema, as ajv compiles them. */
export function patternsIn(schema: unknown): string[] {
  const found = new Set<string>();
  walk(schema, ({ pattern, patternProperties }) => {
    if (typeof pattern === 'string') found.add(pattern);
    if (typeof patternProperties === 'object')
      for (const one of Object.keys(patternProperties ?? {})) found.add(one);
  });
  return [...found];
}
