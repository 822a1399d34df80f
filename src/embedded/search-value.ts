/** Splits at a separator that is not escaped; `\,` `\|` `\$` `\\` stand for the character (R4 §3.1.1.4.0.1). */
export function splitEscaped(text: string, separator: ',' | '|'): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && index + 1 < text.length) {
      index += 1;
      part += character + text.charAt(index);
    } else if (character === separator) {
      parts.push(part);
      part = '';
    } else {
      part += character;
    }
  }
  return [...parts, part];
}

export function unescapeValue(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}
