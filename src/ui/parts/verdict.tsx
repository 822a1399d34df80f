import { decisionWord, isVerdict, type Verdict, verdictWord } from './words.js';

/** Check, cross, question mark, dash: drawn, because fonts differ. In a box of 16. */
const SHAPES: Readonly<Record<Verdict, string>> = {
  met: 'M3 8.5 6.5 12 13 4.5',
  'not-met': 'M4 4 12 12M12 4 4 12',
  indeterminate: 'M5 6a3 3 0 1 1 4.2 2.8C8.3 9.3 8 9.7 8 10.6M8 13.2V13.4',
  'not-applicable': 'M3.5 8H12.5',
};

interface VerdictMarkProps {
  /** A code of CodeSystem `verdicts`, as it came. */
  readonly verdict: string;
  /** NG65's decision: said in place of the verdict, since the two agree. */
  readonly decision?: string | null;
  /** Where another word fits the shape better, such as "present" for a criterion. */
  readonly word?: string;
}

/** Shape and word for a verdict. Needs `parts/marks.css` in the page's HTML. */
export function VerdictMark({ verdict, decision, word }: VerdictMarkProps) {
  const shape = isVerdict(verdict) ? verdict : 'indeterminate';
  return (
    <span class={`mark verdict-${shape}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d={SHAPES[shape]} />
      </svg>
      {word ?? (decision ? decisionWord(decision) : verdictWord(verdict))}
    </span>
  );
}

/** The shape alone, for a chart: a path in a box of 16, to be stroked. */
export function verdictPath(verdict: string): string {
  return SHAPES[isVerdict(verdict) ? verdict : 'indeterminate'];
}
