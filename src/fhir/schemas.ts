/**
 * Closed JSON Schemas for QuestionnaireResponse and the data types in it (R4 4.0.1).
 * Ours, because the published FHIR schema lets through two `value[x]`, a missing status, empty arrays and
 * impossible dates. What is inside `contained` is not ours to judge: any object with a resourceType.
 */
type Schema = Readonly<Record<string, unknown>>;

export const CHOICE = 'atMostOneOf';

const string: Schema = { type: 'string', minLength: 1 };
const boolean: Schema = { type: 'boolean' };
const decimal: Schema = { type: 'number' };
const integer: Schema = { type: 'integer', minimum: -2147483648, maximum: 2147483647 };
const uri: Schema = { type: 'string', pattern: '^\\S+$' };
const code: Schema = { type: 'string', pattern: '^[^\\s]+(\\s[^\\s]+)*$' };

const dateTime: Schema = { type: 'string', format: 'dateTime' };
const instant: Schema = { type: 'string', format: 'instant' };
/** Dates and times in answers are checked with the answers, where a bad one is a 422. */
const uncheckedTime = string;

const PRIMITIVES = new Set<Schema>([string, boolean, decimal, integer, uri, code, dateTime, instant]);

const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const list = (items: Schema): Schema => ({ type: 'array', minItems: 1, items });

/** A closed object; every primitive may have its `_sibling`, every object an id and extensions. */
function object(properties: Record<string, Schema>, rules: Schema = {}): Schema {
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

const answerValues = {
  valueBoolean: boolean,
  valueDecimal: decimal,
  valueInteger: integer,
  valueDate: uncheckedTime,
  valueDateTime: uncheckedTime,
  valueTime: uncheckedTime,
  valueString: string,
  valueUri: uri,
  valueAttachment: ref('Attachment'),
  valueCoding: ref('Coding'),
  valueQuantity: ref('Quantity'),
  valueReference: ref('Reference'),
};

const backbone = { modifierExtension: list(ref('Extension')) };

const definitions: Record<string, Schema> = {
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
    [CHOICE]: true,
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
    profile: list(uri),
    _profile: { type: 'array', minItems: 1 },
    security: list(ref('Coding')),
    tag: list(ref('Coding')),
  }),
  Narrative: object({ status: code, div: string }, { required: ['status', 'div'] }),
  Contained: { type: 'object', required: ['resourceType'], properties: { resourceType: code } },
  Item: object(
    {
      ...backbone,
      linkId: string,
      definition: uri,
      text: string,
      answer: list(ref('Answer')),
      item: list(ref('Item')),
    },
    { required: ['linkId'] },
  ),
  Answer: object({ ...backbone, ...answerValues, item: list(ref('Item')) }, { [CHOICE]: true }),
};

export const questionnaireResponseSchema: Schema = {
  $id: 'https://w3id.org/axspa-screening/schema/questionnaire-response',
  definitions,
  ...object(
    {
      ...backbone,
      resourceType: { const: 'QuestionnaireResponse' },
      meta: ref('Meta'),
      implicitRules: uri,
      language: code,
      text: ref('Narrative'),
      contained: list(ref('Contained')),
      identifier: ref('Identifier'),
      basedOn: list(ref('Reference')),
      partOf: list(ref('Reference')),
      questionnaire: uri,
      status: { enum: ['in-progress', 'completed', 'amended', 'entered-in-error', 'stopped'] },
      subject: ref('Reference'),
      encounter: ref('Reference'),
      authored: dateTime,
      author: ref('Reference'),
      source: ref('Reference'),
      item: list(ref('Item')),
      _status: ref('Element'),
    },
    { required: ['status'] },
  ),
};
