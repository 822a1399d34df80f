/**
 * A `regex` of the Questionnaire → a RegExp for the whole text, or null for one that cannot be promised to mean here
 * what it means to the service, which matches with RE2. So only what both write alike is taken, and rewritten where
 * they differ (`.`, `\s`). A repeated group with choices or repetition in it is refused too: a browser could take
 * forever over a text that does not match.
 */
export function readPattern(source: string): RegExp | null {
  const reader: Reader = { source, at: 0, isRefused: false };
  const { text } = readAlternatives(reader);
  if (reader.isRefused || reader.at < source.length) return null;
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    return null;
  }
}

interface Reader {
  readonly source: string;
  at: number;
  isRefused: boolean;
}

/** Rewritten for JavaScript; `varies` when it can match one text in more than one way. */
interface Part {
  readonly text: string;
  readonly varies: boolean;
}

/** What RE2 means by `\s`. */
const SPACES = '\\t\\n\\f\\r ';
const ESCAPES = /^\\(?:[dDwW]|[tnfr]|[\\/^$.*+?()[\]{}|-])/;
const LITERAL = /^[^\\^$.*+?()[\]{}|]/u;
const IN_CLASS = /^(?:\\[dwtnfr]|\\[\\/^$.*+?()[\]{}|-]|[^\\[\]])/u;
const QUANTIFIER = /^(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??/;
const FIXED = /^\{\d+\}/;

function readAlternatives(reader: Reader): Part {
  const parts: Part[] = [readSequence(reader)];
  while (take(reader, '|')) parts.push(readSequence(reader));
  return {
    text: parts.map(({ text }) => text).join('|'),
    varies: parts.length > 1 || parts.some(({ varies }) => varies),
  };
}

function readSequence(reader: Reader): Part {
  let text = '';
  let varies = false;
  while (reader.at < reader.source.length && !/^[|)]/.test(rest(reader)) && !reader.isRefused) {
    const part = readRepeated(reader);
    text += part.text;
    varies ||= part.varies;
  }
  return { text, varies };
}

function readRepeated(reader: Reader): Part {
  const atom = readAtom(reader);
  const quantifier = takeMatch(reader, QUANTIFIER);
  if (quantifier === null) return atom;
  if (atom.varies && !quantifier.startsWith('?')) reader.isRefused = true;
  return { text: atom.text + quantifier, varies: !FIXED.test(quantifier) || atom.varies };
}

function readAtom(reader: Reader): Part {
  if (take(reader, '(')) {
    if (rest(reader).startsWith('?') && !take(reader, '?:')) reader.isRefused = true;
    const { text, varies } = readAlternatives(reader);
    if (!take(reader, ')')) reader.isRefused = true;
    return { text: `(?:${text})`, varies };
  }
  if (take(reader, '[')) return { text: readClass(reader), varies: false };
  if (take(reader, '.')) return { text: '[^\\n]', varies: false };
  if (take(reader, '\\s')) return { text: `[${SPACES}]`, varies: false };
  if (take(reader, '\\S')) return { text: `[^${SPACES}]`, varies: false };
  // "-" may be escaped anywhere for RE2, but in JavaScript only inside a class.
  if (take(reader, '\\-')) return { text: '-', varies: false };
  const plain =
    takeMatch(reader, ESCAPES) ?? takeMatch(reader, LITERAL) ?? takeMatch(reader, /^[\^$](?![*+?{])/);
  if (plain === null) reader.isRefused = true;
  return { text: plain ?? '', varies: false };
}

function readClass(reader: Reader): string {
  let text = take(reader, '^') ? '[^' : '[';
  do {
    const member = take(reader, '\\s') ? SPACES : takeMatch(reader, IN_CLASS);
    reader.isRefused ||= member === null;
    text += member ?? '';
  } while (!reader.isRefused && !take(reader, ']'));
  return `${text}]`;
}

function rest({ source, at }: Reader): string {
  return source.slice(at);
}

function take(reader: Reader, text: string): boolean {
  const isNext = reader.source.startsWith(text, reader.at);
  if (isNext) reader.at += text.length;
  return isNext;
}

function takeMatch(reader: Reader, pattern: RegExp): string | null {
  const found = pattern.exec(rest(reader))?.[0];
  if (found === undefined) return null;
  reader.at += found.length;
  return found;
}
