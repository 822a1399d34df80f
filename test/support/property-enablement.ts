/** A second reading of R4's enableWhen, made for the properties from the specification and not from the code. */
import type { QuestionnaireResponseItemAnswer as Answer, QuestionnaireItemEnableWhen } from 'fhir/r4.js';

/** What can be compared: of one kind, by one rank. */
function comparable(answer: Answer): { kind: string; rank: string | number } | null {
  const { valueBoolean, valueInteger, valueDecimal, valueDate, valueDateTime, valueTime } = answer;
  const { valueString, valueCoding, valueReference, valueQuantity } = answer;
  const number = valueInteger ?? valueDecimal;
  if (number !== undefined) return { kind: 'number', rank: number };
  if (valueBoolean !== undefined) return { kind: 'boolean', rank: valueBoolean ? 1 : 0 };
  if (valueDate !== undefined) return { kind: 'date', rank: valueDate };
  if (valueDateTime !== undefined) return { kind: 'moment', rank: new Date(valueDateTime).getTime() };
  if (valueTime !== undefined) return { kind: 'time', rank: valueTime };
  if (valueString !== undefined) return { kind: 'string', rank: valueString };
  if (valueCoding) return { kind: 'coding', rank: `${valueCoding.system ?? ''}#${valueCoding.code ?? ''}` };
  if (valueReference) return { kind: 'reference', rank: valueReference.reference ?? '' };
  if (valueQuantity?.value !== undefined)
    return { kind: `${valueQuantity.system}#${valueQuantity.code}`, rank: valueQuantity.value };
  return null;
}

/** R4: true if ANY answer fits; without answers nothing but `exists` false is. */
export function conditionHolds(condition: QuestionnaireItemEnableWhen, answers: readonly Answer[]): boolean {
  const { operator, question: _, ...rest } = condition;
  if (operator === 'exists') return rest.answerBoolean === answers.length > 0;
  const asValue = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name.replace('answer', 'value'), value]),
  );
  const wanted = comparable(asValue);
  return answers.some((answer) => {
    const given = comparable(answer);
    if (!given || !wanted) return false;
    const same = given.kind === wanted.kind && given.rank === wanted.rank;
    if (operator === '=') return same;
    if (operator === '!=') return !same;
    if (given.kind !== wanted.kind) return false;
    if (same) return operator === '>=' || operator === '<=';
    return given.rank > wanted.rank ? operator.startsWith('>') : operator.startsWith('<');
  });
}
