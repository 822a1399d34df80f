/**
 * JSON Schemas of the R4 (4.0.1) data types that stand in a Questionnaire or a QuestionnaireResponse.
 * Ours and closed, because the published FHIR schema lets through two `value[x]`, a missing status, empty
 * arrays and impossible dates. What is inside `contained` is not ours to judge, but for its narrative: any object
 * with a resourceType.
 */
export type Schema = Readonly<Record<string, unknown>>;

/** Keyword of our own: of an element such as `value[x]`, at most one may stand. Its argument is the name without `[x]`. */
export const CHOICE = 'oneChoiceOf';

/** Something to read, and no control characters (R4 datatypes §2.24.0.1). */
export const string: Schema = {
  type: 'string',
  minLength: 1,
  pattern: '^(?=[\\s\\S]*\\S)[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*$',
};
export const boolean: Schema = { type: 'boolean' };
export const decimal: Schema = { type: 'number' };
export const integer: Schema = { type: 'integer', minimum: -2147483648, maximum: 2147483647 };
export const uri: Schema = { type: 'string', pattern: '^\\S+$' };
export const code: Schema = { type: 'string', pattern: '^[^\\s]+(\\s[^\\s]+)*$' };

export const dateTime: Schema = { type: 'string', format: 'dateTime' };
export const instant: Schema = { type: 'string', format: 'instant' };
const xhtml: Schema = { type: 'string', format: 'xhtml' };
/** Dates and times in answers are checked with the answers, where a bad one is a 422. */
export const uncheckedTime = string;

const PRIMITIVES = new Set<Schema>([string, boolean, decimal, integer, uri, code, dateTime, instant, xhtml]);

export const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
export const list = (items: Schema): Schema => ({ type: 'array', minItems: 1, items });

/** A closed object; every primitive may have its `_sibling`, every object an id and extensions. */
export function object(properties: Record<string, Schema>, rules: Schema = {}): Schema {
  const siblings = Object.entries(properties)
    .filter(([, schema]) => PRIMITIVES.has(schema))
    .map(([name]) => [`_${name}`, ref('Element')]);
  return {
    type: 'object',
    minProperties: 1,
    additionalProperties: false,
    properties: {
      id: string,
      extension: list(ref('Extension')),
      ...properties,
      ...Object.fromEntries(siblings),
    },
    ...rules,
  };
}

export const backbone = { modifierExtension: list(ref('Extension')) };

/** To be merged into the `definitions` of a schema that refers to them. */
export const dataTypes: Readonly<Record<string, Schema>> = {
  Element: object({}),
  /** Any value[x]: extensions are stored as sent, so only their frame is ours to check. */
  Extension: {
    type: 'object',
    required: ['url'],
    properties: { id: string, url: uri, extension: list(ref('Extension')) },
    patternProperties: {
      '^value[A-Z][A-Za-z0-9]*$': {
        type: ['string', 'number', 'boolean', 'object'],
        minLength: 1,
        minProperties: 1,
      },
      '^_value[A-Z][A-Za-z0-9]*$': ref('Element'),
    },
    additionalProperties: false,
    [CHOICE]: 'value',
  },
  Coding: object({ system: uri, version: string, code, display: string, userSelected: boolean }),
  CodeableConcept: object({ coding: list(ref('Coding')), text: string }),
  Period: object({ start: dateTime, end: dateTime }),
  Identifier: object({
    use: code,
    type: ref('CodeableConcept'),
    system: uri,
    value: string,
    period: ref('Period'),
    assigner: ref('Reference'),
  }),
  Reference: object({ reference: string, type: uri, identifier: ref('Identifier'), display: string }),
  Quantity: object({ value: decimal, comparator: code, unit: string, system: uri, code }),
  Attachment: object({
    contentType: code,
    language: code,
    data: string,
    url: uri,
    size: integer,
    hash: string,
    title: string,
    creation: dateTime,
  }),
  Meta: object({
    versionId: string,
    lastUpdated: instant,
    source: uri,
    profile: list({ anyOf: [uri, { type: 'null' }] }),
    _profile: { type: 'array', minItems: 1 },
    security: list(ref('Coding')),
    tag: list(ref('Coding')),
  }),
  Narrative: object({ status: code, div: xhtml }, { required: ['status', 'div'] }),
  Contained: {
    type: 'object',
    required: ['resourceType'],
    properties: { resourceType: code, text: { type: 'object', properties: { div: xhtml } } },
  },
};
