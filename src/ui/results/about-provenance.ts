import type { Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { dateTimeText } from '../parts/dates.js';
import type { Explanation } from './explanation.js';

/** A name and what stands beside it. */
export interface Row {
  readonly name: string;
  readonly value: string;
}

/** Rules, software, Questionnaire and when it was recorded; what is not known is left out. */
export function provenanceRows(
  { explanation, response }: { explanation: Explanation | null; response: QuestionnaireResponse },
  provenances: readonly Provenance[],
): Row[] {
  const newest = provenances.toSorted((a, b) => Date.parse(b.recorded) - Date.parse(a.recorded))[0];
  const assembler = newest?.agent.find(({ type }) => type?.coding?.[0]?.code === 'assembler');
  const [url, version] = (response.questionnaire ?? '').split('|');
  const { ruleSet } = explanation ?? {};
  const rows: [name: string, value: string | undefined][] = [
    ['Rule set', ruleSet && `${ruleSet.version}, night pain ${ruleSet.nightPainVariant}`],
    ['Rule set hash', ruleSet?.hash],
    ['Software', assembler?.who.identifier?.value?.replace('|', ' ')],
    ['Questionnaire', url && `${url.split('/').at(-1) ?? url}, version ${version ?? 'not given'}`],
    ['Recorded', newest && dateTimeText(newest.recorded)],
  ];
  return rows.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}
