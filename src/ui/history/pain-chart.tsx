import type { Screening } from '../parts/screening.js';
import { painText, runs } from './timeline.js';

const TOP = 16;
const BOTTOM = 84;

interface PainChartProps {
  /** Oldest first. */
  readonly screenings: readonly Screening[];
  readonly xs: readonly number[];
}

/** A line, broken where nothing was answered. */
export function PainChart({ screenings, xs }: PainChartProps) {
  const at = (index: number) => xs[index] ?? 0;
  const y = (pain: number) => BOTTOM - (pain / 10) * (BOTTOM - TOP);
  const pains = screenings.map(({ pain }) => pain);
  const told = screenings.map(painText).join(', ');
  return (
    <svg viewBox="0 0 320 92" role="img" aria-label={`Pain from 0 to 10, oldest first: ${told}.`}>
      {[0, 5, 10].map((level) => (
        <g key={level}>
          <line class="axis" x1="18" x2="314" y1={y(level)} y2={y(level)} />
          <text class="scale" x="14" y={y(level) + 4} text-anchor="end">
            {level}
          </text>
        </g>
      ))}
      {runs(pains).map((run) => (
        <polyline
          key={run[0]?.index}
          class="line"
          points={run.map(({ index, value }) => `${at(index)},${y(value)}`).join(' ')}
        />
      ))}
      {runs(pains)
        .flat()
        .map(({ index, value }) => (
          <g key={index}>
            <circle class="dot" cx={at(index)} cy={y(value)} r="4" />
            <text class="value" x={at(index)} y={y(value) - 7} text-anchor="middle">
              {value}
            </text>
          </g>
        ))}
    </svg>
  );
}
