import type { Observation } from 'fhir/r4.js';

/** One rating of the pain. */
export interface PainPoint {
  /** FHIR dateTime. */
  readonly date: string;
  /** 0 to 10. */
  readonly value: number;
  readonly responseId: string;
}

/** Ratings that still hold, oldest first; an answer that was left open is no rating. */
export function painPoints(observations: readonly Observation[]): PainPoint[] {
  return observations
    .filter(({ status }) => status !== 'entered-in-error')
    .flatMap(({ effectiveDateTime: date, valueInteger: value, derivedFrom }) => {
      const responseId = derivedFrom?.[0]?.reference?.split('/').at(-1) ?? '';
      return date === undefined || value === undefined ? [] : [{ date, value, responseId }];
    })
    .sort((a, b) => Date.parse(a.date) - Date.parse(b.date));
}

export interface PainMark extends PainPoint {
  readonly x: number;
  readonly y: number;
}

/** Where each rating is drawn: time runs to the right, 10 is on top. A single one stands in the middle. */
export function painMarks(points: readonly PainPoint[], width: number, height: number): PainMark[] {
  const times = points.map(({ date }) => Date.parse(date));
  const first = Math.min(...times);
  const span = Math.max(...times) - first;
  return points.map((point, index) => ({
    ...point,
    x: span === 0 ? width / 2 : (width * ((times[index] ?? first) - first)) / span,
    y: height - (height * Math.min(Math.max(point.value, 0), 10)) / 10,
  }));
}
