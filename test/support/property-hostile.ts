/** JSON that nobody should send. */
import type { Draw } from './property-draw.js';

/** Parsed, so that `__proto__` and its kind are keys like any other. */
const parsed = (text: string): unknown => JSON.parse(text);

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  'resourceType',
  'item',
  'answer',
  'linkId',
  'type',
  'enableWhen',
  'question',
  'operator',
  'answerOption',
  'answerValueSet',
  'extension',
  'url',
  'valueCoding',
  'valueString',
  'valueInteger',
  'contained',
  'compose',
  'include',
  'concept',
  'expansion',
  'contains',
  '_title',
  '_linkId',
  '',
  ' ',
  '\u0000',
  '\ud800',
  '.',
  "'",
  '0',
];

const TEXTS = [
  '',
  ' ',
  'x',
  '#composed',
  'choice',
  '=',
  '\ud800',
  '\udfff\ud800',
  '\u0000',
  '𝒳',
  '2026-02-31',
  '|',
  '(a+)+$',
  '[',
];

const LEAVES: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -0.5,
  () => 1e308,
  () => 2 ** 53,
  () => [],
  () => ({}),
  () => [null],
  () => [[]],
  () => 'x'.repeat(100_000),
  () => '\ud800'.repeat(1_000),
  () => nest('[', ']', 200),
  () => nest('{"item":[', ']}', 200),
  () => nest('{"__proto__":', '}', 200),
];

function nest(open: string, close: string, levels: number): unknown {
  return parsed(`${open.repeat(levels)}${open.startsWith('[') ? '' : '1'}${close.repeat(levels)}`);
}

/** Any JSON, small, of keys that mean something to somebody. */
export function anything(draw: Draw, depth = 0): unknown {
  const kind = draw.integer(0, depth > 3 ? 1 : 3);
  if (kind === 0) return draw.pick(LEAVES)();
  if (kind === 1) return draw.pick(TEXTS);
  const many = Array.from({ length: draw.integer(0, 4) }, () => anything(draw, depth + 1));
  return kind === 2 ? many : record(many.map((value) => [draw.pick(KEYS), value]));
}

/** An object with exactly these keys, none of them special. */
function record(entries: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [key, value] of entries)
    Object.defineProperty(made, key, { value, enumerable: true, writable: true, configurable: true });
  return made;
}

type Holder = Record<string, unknown>;

/** A copy in which one to three elements, anywhere, are gone, doubled, renamed, moved or something else. */
export function spoil<T extends object>(value: T, draw: Draw): unknown {
  const copy = structuredClone(value);
  const all = holdersIn(copy);
  for (let count = draw.integer(1, 3); count > 0; count -= 1) {
    const holder = draw.pick(all);
    const key = draw.pick(['new', ...Object.keys(holder)]);
    const change = draw.integer(0, 4);
    const old = holder[key];
    if (change === 0) set(holder, key, anything(draw));
    else if (change === 1 && !Array.isArray(holder)) delete holder[key];
    else if (change === 2) set(holder, draw.pick(KEYS), old ?? anything(draw));
    else if (change === 3) set(holder, key, [old, structuredClone(old)]);
    else set(holder, key, structuredClone(draw.pick(all)));
  }
  return JSON.parse(JSON.stringify(copy));
}

function set(holder: Holder, key: string, value: unknown): void {
  if (Array.isArray(holder)) holder[key === 'new' ? holder.length : Number(key) || 0] = value;
  else Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

function holdersIn(value: unknown): Holder[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Holder, ...Object.values(value).flatMap(holdersIn)];
}
