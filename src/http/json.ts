import { Problem } from '../fhir/outcome.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes → JSON. Throws a Problem for bytes that are not UTF-8, text that is not JSON, and a name given twice. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new Problem({ code: 'not-json', text: 'The body is not JSON in UTF-8.' });
  }
  // JSON.parse keeps the last of two members with one name: whatever the first one said would be lost in silence.
  if (hasDoubledName(text)) {
    throw new Problem({ code: 'not-json', text: 'An object in the body gives the same name twice.' });
  }
  return value;
}

/** Whether any object of a JSON text, known to be well-formed, has two members of one name. */
function hasDoubledName(text: string): boolean {
  /** Names met in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (isName && names) {
          const raw = text.slice(at + 1, end);
          const name = raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
          if (names.has(name)) return true;
          names.add(name);
        }
        isName = false;
        at = end;
        break;
      }
      case OPEN_OBJECT:
        open.push(new Set());
        isName = true;
        break;
      case OPEN_ARRAY:
        open.push(null);
        isName = false;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        isName = false;
        break;
      case COMMA:
        isName = open.at(-1) !== null;
        break;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
