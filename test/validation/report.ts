/** What was found, to be read by a person: a line for each file, the table of verdicts, the counts last. */
import { differs, toTable, type Verdict } from './compare.js';
import { isError, isWarning, type Said } from './official.js';
import { REFUSED, skipped } from './subjects.js';

export function toReport(said: ReadonlyMap<string, readonly Said[]>, verdicts: readonly Verdict[]): string {
  const rows = new Map<string, { resources: number; errors: number; warnings: number }>();
  for (const [id, issues] of said) {
    const row = rows.get(groupOf(id)) ?? { resources: 0, errors: 0, warnings: 0 };
    row.resources += 1;
    row.errors += issues.filter(isError).length;
    row.warnings += issues.filter(isWarning).length;
    rows.set(groupOf(id), row);
  }
  const counted = [...rows].map(([group, { resources, errors, warnings }]) => {
    const many = resources > 1 ? ` (${resources})` : '';
    const meant = REFUSED.includes(group) ? ', as it should be' : '';
    return `${group}${many}: errors ${errors}${meant}, warnings ${warnings}`;
  });
  return [
    ...counted,
    ...skipped.map(([path, reason]) => `${path}: skipped, ${reason}`),
    '',
    ...toTable(verdicts),
    '',
    ...totals(said, verdicts),
  ].join('\n');
}

/** Files have a line each, resources that the service made one for each type. */
function groupOf(id: string): string {
  if (/\.json$|^(GET|POST) /.test(id)) return id;
  return id.replace(/^(worked case|written \w+|AuditEvent|DocumentReference)\b.*$/, '$1');
}

function totals(said: ReadonlyMap<string, readonly Said[]>, verdicts: readonly Verdict[]): string[] {
  const right = [...said].filter(([id]) => !REFUSED.includes(id)).flatMap(([, issues]) => issues);
  const valid = verdicts.filter(({ code }) => code === null).length;
  const different = verdicts.filter(differs).length;
  return [
    `resources ${said.size}, errors ${right.filter(isError).length}, warnings ${right.filter(isWarning).length}`,
    `responses ${verdicts.length}: valid ${valid}, broken ${verdicts.length - valid}, verdicts that differ ${different}`,
  ];
}
