import { isUrgency, type Urgency, urgencyWord } from './words.js';

/** Octagon, triangle, diamond, ring: told apart without colour. In a box of 16. */
const SHAPES: Readonly<Record<Urgency | 'unknown', string>> = {
  emergency: 'M5 1H11L15 5V11L11 15H5L1 11V5Z',
  'same-day': 'M8 1.5 15.5 14.5H.5Z',
  'urgent-days': 'M8 .5 15.5 8 8 15.5.5 8Z',
  'none-reported': 'M8 2.5a5.5 5.5 0 1 1-.01 0Z',
  unknown: 'M8 2.5a5.5 5.5 0 1 1-.01 0Z',
};

interface UrgencyMarkProps {
  /** A level as it came; null where it cannot be decided. */
  readonly urgency: string | null;
  /** Where more is said than the level, such as "Emergency: 3 red flags". */
  readonly word?: string;
}

/** Shape and word for how urgent red flags are. Needs `parts/marks.css` in the page's HTML. */
export function UrgencyMark({ urgency, word }: UrgencyMarkProps) {
  const shape = isUrgency(urgency) ? urgency : 'unknown';
  return (
    <span class={`mark urgency-${shape}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d={SHAPES[shape]} />
        <path class="sign" d={SIGNS[shape]} />
      </svg>
      {word ?? urgencyWord(urgency)}
    </span>
  );
}

const EXCLAMATION = 'M8 4.8V8.8M8 11.4V11.6';

const SIGNS: Readonly<Record<Urgency | 'unknown', string>> = {
  emergency: EXCLAMATION,
  'same-day': 'M8 6.4V10M8 12.3V12.5',
  'urgent-days': EXCLAMATION,
  'none-reported': '',
  unknown: 'M6.6 7a1.5 1.5 0 1 1 2.1 1.3C8.1 8.6 8 8.8 8 9.2M8 10.7V10.8',
};

/** The shape alone, for a chart: a path in a box of 16. */
export function urgencyPath(urgency: string | null): string {
  return SHAPES[isUrgency(urgency) ? urgency : 'unknown'];
}
