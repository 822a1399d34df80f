import type { Questionnaire } from 'fhir/r4.js';

/** JSON types of the elements that the engine reads: a primitive, the name of a row below, or a list (`[]`). */
const SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Questionnaire: {
    language: 'string',
    url: 'string',
    version: 'string',
    title: 'string',
    description: 'string',
    purpose: 'string',
    extension: 'Extension[]',
    item: 'Item[]',
  },
  Item: {
    linkId: 'string',
    type: 'string',
    text: 'string',
    prefix: 'string',
    required: 'boolean',
    repeats: 'boolean',
    readOnly: 'boolean',
    maxLength: 'number',
    enableBehavior: 'string',
    enableWhen: 'EnableWhen[]',
    answerOption: 'AnswerOption[]',
    initial: 'Values[]',
    extension: 'Extension[]',
    item: 'Item[]',
  },
  EnableWhen: {
    question: 'string',
    operator: 'string',
    answerBoolean: 'boolean',
    answerInteger: 'number',
    answerDecimal: 'number',
    answerDate: 'string',
    answerDateTime: 'string',
    answerTime: 'string',
    answerString: 'string',
    answerCoding: 'Coding',
    answerQuantity: 'Quantity',
    extension: 'Extension[]',
  },
  AnswerOption: { initialSelected: 'boolean' },
  Values: {
    valueBoolean: 'boolean',
    valueInteger: 'number',
    valueDecimal: 'number',
    valueDate: 'string',
    valueTime: 'string',
    valueString: 'string',
    valueCode: 'string',
    valueCoding: 'Coding',
    valueCodeableConcept: 'CodeableConcept',
    valueQuantity: 'Quantity',
    extension: 'Extension[]',
  },
  Extension: { url: 'string' },
  Element: { extension: 'Extension[]' },
  CodeableConcept: { coding: 'Coding[]' },
  Coding: {
    system: 'string',
    version: 'string',
    code: 'string',
    display: 'string',
    extension: 'Extension[]',
  },
  Quantity: { value: 'number', unit: 'string', system: 'string', code: 'string' },
};
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  Item: ['linkId', 'type'],
  EnableWhen: ['question', 'operator'],
  Extension: ['url'],
};
/** Rows that have the value[x] of `Values` too. */
const VALUED = ['AnswerOption', 'Extension'];

/**
 * Whether JSON is a Questionnaire of R4, as far as the engine reads it. What is not goes into `faults`, each of which
 * begins with its path.
 */
export function isQuestionnaire(json: unknown, faults: string[]): json is Questionnaire {
  check(json, 'Questionnaire', { at: 'Questionnaire', faults });
  if (isObject(json) && json.resourceType !== 'Questionnaire')
    faults.push('Questionnaire: resourceType must be "Questionnaire".');
  return faults.length === 0;
}

function check(value: unknown, shape: string, place: { at: string; faults: string[] }): void {
  const { at, faults } = place;
  if (shape.endsWith('[]')) {
    if (!Array.isArray(value)) faults.push(`${at}: must be a list.`);
    else
      for (const [index, one] of value.entries())
        check(one, shape.slice(0, -2), { at: `${at}[${index}]`, faults });
    return;
  }
  const elements = SHAPES[shape];
  if (!elements) {
    if (typeof value !== shape) faults.push(`${at}: must be a ${shape}.`);
    return;
  }
  if (!isObject(value)) {
    faults.push(`${at}: must be an object.`);
    return;
  }
  const known = { ...elements, ...(VALUED.includes(shape) && SHAPES.Values) };
  for (const name of NEEDED[shape] ?? []) if (!(name in value)) faults.push(`${at}: ${name} is missing.`);
  for (const [name, member] of Object.entries(value)) {
    const wanted = Object.hasOwn(known, name) ? known[name] : name.startsWith('_') ? 'Element' : undefined;
    if (wanted) check(member, wanted, { at: `${at}.${name}`, faults });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
