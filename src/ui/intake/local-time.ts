/** A moment as FHIR dateTime, such as `2026-05-04T09:30:00+02:00`; on this clock, or `offset` minutes from UTC. */
export function localTime(moment: Date, offset: number = -moment.getTimezoneOffset()): string {
  const shifted = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const minutes = Math.abs(offset);
  return `${shifted}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}
