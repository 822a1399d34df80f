import type { HumanName, Patient } from 'fhir/r4.js';

/** Uses of a name, the one to show first. A name that is no longer used is shown only when there is no other. */
const USES = ['usual', 'official', 'temp', undefined, 'nickname', 'anonymous', 'old', 'maiden'];

/** As a person is called; "Name not known" when nothing is given. */
export function nameOf({ name = [] }: Pick<Patient, 'name'>): string {
  const [first] = [...name].sort((a, b) => USES.indexOf(a.use) - USES.indexOf(b.use));
  return (first && written(first)) || 'Name not known';
}

function written({ text, prefix = [], given = [], family = '', suffix = [] }: HumanName): string {
  return (text ?? [...prefix, ...given, family, ...suffix].join(' ')).trim();
}

/**
 * Whole years at `date` (FHIR date or dateTime, by the day that is written there); null when the birth date
 * is missing or not exact enough to tell.
 */
export function ageAt({ birthDate = '' }: Pick<Patient, 'birthDate'>, date: string): number | null {
  const [year = 0, month = 0, day = 0] = partsOf(birthDate);
  const [atYear = 0, atMonth = 0, atDay = 0] = partsOf(date);
  if (!year || !atYear || atYear < year) return null;
  const hadBirthday = isAfter([atMonth, atDay], [month, day]);
  return hadBirthday === null ? null : atYear - year - (hadBirthday ? 0 : 1);
}

/** Whether a month and day (0: not given) are on or after those of the birthday; null when nobody can tell. */
function isAfter([month, day]: [number, number], [bornMonth, bornDay]: [number, number]): boolean | null {
  if (!month || !bornMonth) return null;
  if (month !== bornMonth) return month > bornMonth;
  return day && bornDay ? day >= bornDay : null;
}

function partsOf(date: string): number[] {
  const [, ...parts] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(date) ?? [];
  return parts.map((part) => Number(part ?? 0));
}
