import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type LetterSource, letterText } from './letter.js';

/** Copies the result as plain text; where the browser does not allow that, shows it to be copied by hand. */
export function CopyLetter({ source }: { readonly source: LetterSource }) {
  const [state, setState] = useState<'ready' | 'copied' | 'by-hand'>('ready');
  const text = letterText(source);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('by-hand');
    }
  };
  return (
    <>
      <button type="button" class="button" onClick={copy}>
        Copy as text
      </button>
      <span role="status" class="copied">
        {state === 'copied' && 'Copied.'}
      </span>
      {state === 'by-hand' && <ByHand text={text} />}
    </>
  );
}

function ByHand({ text }: { readonly text: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  // With the text, so that whoever is quick copies all of it.
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.select();
  }, []);
  return (
    <label class="by-hand">
      Copy this text
      <textarea ref={area} rows={12} readOnly value={text} />
    </label>
  );
}
