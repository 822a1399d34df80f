import {
  backbone,
  boolean,
  CHOICE,
  code,
  dataTypes,
  dateTime,
  decimal,
  integer,
  list,
  object,
  ref,
  type Schema,
  string,
  uncheckedTime,
  uri,
} from './schema-types.js';

/** Closed JSON Schemas of the two resources that callers send (R4 4.0.1). */
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

const responseTypes: Record<string, Schema> = {
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
  Answer: object({ ...backbone, ...answerValues, item: list(ref('Item')) }, { [CHOICE]: 'value' }),
};

export const questionnaireResponseSchema: Schema = {
  $id: 'https://w3id.org/axspa-screening/schema/questionnaire-response',
  definitions: { ...dataTypes, ...responseTypes },
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
      _id: ref('Element'),
      _status: ref('Element'),
    },
    { required: ['status'] },
  ),
};

/** `value[x]` of options and initial values, and `answer[x]` of enableWhen. */
const choice = (name: string, types: Record<string, Schema>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(types).map(([type, schema]) => [`${name}${type}`, schema]));

const simple = {
  Integer: integer,
  Date: string,
  Time: string,
  String: string,
  Coding: ref('Coding'),
  Reference: ref('Reference'),
};
const any = {
  ...simple,
  Boolean: boolean,
  Decimal: decimal,
  DateTime: dateTime,
  Quantity: ref('Quantity'),
};

const questionnaireTypes: Record<string, Schema> = {
  Item: object(
    {
      ...backbone,
      linkId: string,
      definition: uri,
      code: list(ref('Coding')),
      prefix: string,
      text: string,
      type: code,
      enableWhen: list(ref('EnableWhen')),
      enableBehavior: { enum: ['all', 'any'] },
      required: boolean,
      repeats: boolean,
      readOnly: boolean,
      maxLength: integer,
      answerValueSet: uri,
      answerOption: list(ref('Option')),
      initial: list(ref('Initial')),
      item: list(ref('Item')),
      _enableBehavior: ref('Element'),
    },
    { required: ['linkId', 'type'] },
  ),
  EnableWhen: object(
    { ...backbone, question: string, operator: code, ...choice('answer', any) },
    { required: ['question', 'operator'], [CHOICE]: 'answer' },
  ),
  Option: object(
    { ...backbone, ...choice('value', simple), initialSelected: boolean },
    { [CHOICE]: 'value' },
  ),
  Initial: object(
    { ...backbone, ...choice('value', { ...any, Uri: uri, Attachment: ref('Attachment') }) },
    { [CHOICE]: 'value' },
  ),
};

/** Elements that say what a Questionnaire is for are taken as they come: nothing is read from them. */
const unread: Schema = {};

export const questionnaireSchema: Schema = {
  $id: 'https://w3id.org/axspa-screening/schema/questionnaire',
  definitions: { ...dataTypes, ...questionnaireTypes },
  ...object(
    {
      ...backbone,
      resourceType: { const: 'Questionnaire' },
      meta: ref('Meta'),
      implicitRules: uri,
      language: code,
      text: ref('Narrative'),
      contained: list(ref('Contained')),
      url: uri,
      identifier: list(ref('Identifier')),
      version: string,
      name: string,
      title: string,
      derivedFrom: list(uri),
      _derivedFrom: unread,
      status: { enum: ['draft', 'active', 'retired', 'unknown'] },
      _id: ref('Element'),
      _status: ref('Element'),
      experimental: boolean,
      subjectType: list(code),
      _subjectType: unread,
      date: dateTime,
      publisher: string,
      contact: unread,
      description: string,
      useContext: unread,
      jurisdiction: list(ref('CodeableConcept')),
      purpose: string,
      copyright: string,
      approvalDate: dateTime,
      lastReviewDate: dateTime,
      effectivePeriod: ref('Period'),
      code: list(ref('Coding')),
      item: list(ref('Item')),
    },
    { required: ['status'] },
  ),
};
