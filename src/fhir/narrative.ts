import { isHarmlessAttribute } from './narrative-attributes.js';

/** What R4 lets stand in a narrative (invariant txt-1: HTML 4.0, chapters 7 to 11 and 15, links and images). */
const ELEMENTS = new Set(
  (
    'a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em ' +
    'h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th ' +
    'thead tr tt ul var'
  ).split(' '),
);

/** Deeper than any text is; what draws it may call itself for each. */
const DEEPEST = 100;

const TEXT = /[^<&]+/y;
/** XML's own and numbers; of HTML's, the one that everybody writes. */
const CHARACTER = /&(?:amp|lt|gt|quot|apos|nbsp|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/y;
/** Without `<` and `>`: HTML ends some comments sooner than XML does, and what follows would be markup. */
const COMMENT = /<!--(?:[^<>-]|-(?=[^<>-]))*-->/y;
const END = /<\/([a-z][a-z0-9]*)\s*>/y;
const START = /<([a-z][a-z0-9]*)/y;
const ATTRIBUTE = /\s+([a-z:]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const CLOSE = /\s*(\/?)>/y;

/**
 * Whether a text is one `<div>` of XHTML as R4 lets it stand in `Narrative.div` (txt-1), with something to read or
 * see in it (txt-2): known elements and attributes alone, well-formed, and nothing that runs, loads or leads to what
 * does. What HTML reads otherwise than XML (CDATA, processing instructions, odd comments, DOCTYPE) is none of it.
 * Linear in its length. A `div` without the namespace is taken: in JSON nothing else can be meant.
 */
export function isNarrative(xhtml: string): boolean {
  const reader: Reader = { xhtml, at: 0, open: [], hasContent: false };
  take(/\s*/y, reader);
  if (!xhtml.startsWith('<div', reader.at) || !readStart(reader)) return false;
  while (reader.open.length > 0) {
    if (!readNext(reader)) return false;
  }
  take(/\s*/y, reader);
  return reader.at === xhtml.length && reader.hasContent;
}

interface Reader {
  readonly xhtml: string;
  at: number;
  /** Names of the elements around. */
  readonly open: string[];
  hasContent: boolean;
}

/** Text, a character by its name, a comment or a tag; false for anything else. */
function readNext(reader: Reader): boolean {
  const text = take(TEXT, reader);
  if (text) {
    if (/\S/.test(text[0])) reader.hasContent = true;
    return isLegible(text[0]);
  }
  const character = take(CHARACTER, reader);
  if (character) {
    reader.hasContent = true;
    return isLegible(toText(character));
  }
  if (take(COMMENT, reader)) return true;
  const end = take(END, reader);
  return end ? reader.open.pop() === end[1] : readStart(reader);
}

/** A start tag with its attributes, each once; one that ends itself stays no longer open. */
function readStart(reader: Reader): boolean {
  const name = take(START, reader)?.[1] ?? '';
  if (!ELEMENTS.has(name) || reader.open.length >= DEEPEST) return false;
  const seen = new Set<string>();
  for (let next = take(ATTRIBUTE, reader); next; next = take(ATTRIBUTE, reader)) {
    const [, attribute = '', double, single = ''] = next;
    const value = decoded(double ?? single);
    if (value === null || seen.has(attribute) || !isHarmlessAttribute(name, attribute, value)) return false;
    seen.add(attribute);
  }
  const close = take(CLOSE, reader);
  if (!close) return false;
  if (close[1] === '') reader.open.push(name);
  if (name === 'img') reader.hasContent = true;
  return true;
}

function take(pattern: RegExp, reader: Reader): RegExpExecArray | null {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.xhtml);
  if (found) reader.at = pattern.lastIndex;
  return found;
}

/** An attribute's value with its characters spelled out; null where one is not to be. */
function decoded(value: string): string | null {
  let text = '';
  for (let at = 0; at < value.length; ) {
    const next = value.indexOf('&', at);
    const plain = value.slice(at, next < 0 ? value.length : next);
    text += plain;
    at += plain.length;
    if (next < 0) break;
    CHARACTER.lastIndex = next;
    const character = CHARACTER.exec(value);
    if (!character) return null;
    text += toText(character);
    at = CHARACTER.lastIndex;
  }
  return isLegible(text) ? text : null;
}

const NAMED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&nbsp;': '\u00a0',
};

function toText([whole, decimal, hexadecimal]: RegExpExecArray): string {
  const named = NAMED[whole];
  if (named !== undefined) return named;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  // Beyond Unicode: a control character, which is refused.
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\u0000';
}

/** No control characters, and no half of a character (XML 1.0, Char). */
function isLegible(text: string): boolean {
  return !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text);
}
