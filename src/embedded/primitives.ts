import { readDate } from './dates.js';

const DATE = /^\d{4}(-\d\d(-\d\d)?)?$/;
const DATE_TIME = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?)?)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const CODE = /^\S+(\s\S+)*$/;
const URI = /^\S+$/;
const OID = /^urn:oid:[0-2](\.(0|[1-9]\d*))+$/;
const UUID = /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Something to read, and none of the control characters that R4 forbids. */
const STRING = /\S/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

const MAX_INTEGER = 2_147_483_647;

function isText(pattern: RegExp, and: (text: string) => boolean = () => true) {
  return (value: unknown) => typeof value === 'string' && pattern.test(value) && and(value);
}

function isInteger(least: number) {
  return (value: unknown) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= MAX_INTEGER;
}

const isCalendarDate = (text: string) => readDate(text) !== undefined;
const isString = isText(STRING, (text) => !CONTROL.test(text));

/** What a JSON value must be, and how to say it. */
export type Primitive = readonly [isValid: (value: unknown) => boolean, what: string];

/** R4 §2.24.0.1, by name of the primitive type. */
export const PRIMITIVES: ReadonlyMap<string, Primitive> = new Map([
  ['base64Binary', [(value) => isBase64(value), 'base64 text']],
  ['boolean', [(value) => typeof value === 'boolean', 'true or false']],
  ['canonical', [isText(URI), 'a canonical URL']],
  ['code', [isText(CODE), 'a code: text without spaces at its ends']],
  ['date', [isText(DATE, isCalendarDate), 'a date that exists: YYYY, YYYY-MM or YYYY-MM-DD']],
  [
    'dateTime',
    [isText(DATE_TIME, isCalendarDate), 'a date that exists, or with a time to the second and a zone'],
  ],
  ['decimal', [(value) => Number.isFinite(value), 'a number']],
  ['id', [isText(ID), '1 to 64 letters, digits, "-" and "."']],
  ['instant', [isText(INSTANT, isCalendarDate), 'a date that exists, with a time to the second and a zone']],
  ['integer', [isInteger(-MAX_INTEGER - 1), 'a whole number of 32 bits']],
  ['markdown', [isString, 'text that is not empty']],
  ['oid', [isText(OID), 'urn:oid: and an OID']],
  ['positiveInt', [isInteger(1), 'a whole number, 1 or more']],
  ['string', [isString, 'text that is not empty']],
  ['time', [isText(TIME), 'a time hh:mm:ss']],
  ['unsignedInt', [isInteger(0), 'a whole number, 0 or more']],
  ['uri', [isText(URI), 'a URI: text without spaces']],
  ['url', [isText(URI), 'a URL: text without spaces']],
  ['uuid', [isText(UUID), 'urn:uuid: and a UUID in lower case']],
  ['xhtml', [isText(/^\s*<div[\s>]/), 'XHTML in a <div>']],
]);

/** White space may stand anywhere; without it the length is a multiple of four. */
function isBase64(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  const bare = value.replace(/\s+/g, '');
  return bare.length > 0 && bare.length % 4 === 0 && BASE64.test(bare);
}
