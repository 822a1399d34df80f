import type { Observation } from 'fhir/r4.js';

/** One rating of the pain. */
export interface PainPoint {
  /** FHIR dateTime. */
  readonly date: string;
  /** 0 to 10. */
  readonly value: number;
  readonly responseId: string;
  /** It is not in the record yet. */
  readonly isWaiting: boolean;
}

/** What was read out of a response itself, which counts before what the record has of it. */
export interface ReadRatings {
  /** Of the response. */
  readonly id: string;
  readonly ratings: readonly Observation[];
  readonly isWaiting: boolean;
}

/** What the record has, with what was read out of some responses in its place. Oldest first. */
export function mergePain(recorded: readonly Observation[], read: readonly ReadRatings[]): PainPoint[] {
  const isRead = ({ responseId }: PainPoint) => read.some(({ id }) => id === responseId);
  const fromRecord = painPoints(recorded).filter((point) => !isRead(point));
  const fromResponses = read.flatMap(({ id, ratings, isWaiting }) =>
    painPoints(ratings).map((point) => ({ ...point, responseId: id, isWaiting })),
  );
  return inTime([...fromRecord, ...fromResponses]);
}

export function isPain({ code }: Observation): boolean {
  return code.coding?.[0]?.code === 'pain-intensity';
}

/** Ratings that still hold, oldest first; an answer that was left open is no rating. */
export function painPoints(observations: readonly Observation[]): PainPoint[] {
  const points = observations
    .filter(({ status }) => status !== 'entered-in-error')
    .flatMap(({ effectiveDateTime: date, valueInteger: value, derivedFrom }) => {
      const responseId = derivedFrom?.[0]?.reference?.split('/').at(-1) ?? '';
      return date === undefined || value === undefined ? [] : [{ date, value, responseId, isWaiting: false }];
    });
  return inTime(points);
}

function inTime(points: readonly PainPoint[]): PainPoint[] {
  return points.toSorted((a, b) => Date.parse(a.date) - Date.parse(b.date));
}

/** What the list may lack, in a sentence; null when it lacks nothing. */
export function lackingText({
  elsewhere,
  isUnread,
}: {
  elsewhere: number | null;
  isUnread: boolean;
}): string | null {
  if (isUnread) return 'A rating that is not in the record yet could not be read.';
  if (elsewhere === null)
    return 'Whether there are ratings that are not in the record yet could not be read.';
  if (elsewhere === 0) return null;
  const are = elsewhere === 1 ? 'accepted screening is' : 'accepted screenings are';
  return `${elsewhere} ${are} not in the record yet, and may be of this patient.`;
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
