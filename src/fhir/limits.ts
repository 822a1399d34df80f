import type { Coding, Extension, QuestionnaireItem } from 'fhir/r4.js';
import { RE2JS } from 're2js';

const CORE = 'http://hl7.org/fhir/StructureDefinition/';
const MIN_VALUE = `${CORE}minValue`;
const MAX_VALUE = `${CORE}maxValue`;
const MIN_LENGTH = `${CORE}minLength`;
const REGEX = `${CORE}regex`;
const MAX_DECIMAL_PLACES = `${CORE}maxDecimalPlaces`;
const MIN_OCCURS = `${CORE}questionnaire-minOccurs`;
const MAX_OCCURS = `${CORE}questionnaire-maxOccurs`;
const UNIT_OPTION = `${CORE}questionnaire-unitOption`;
const REFERENCE_RESOURCE = `${CORE}questionnaire-referenceResource`;

const BOUNDS = ['valueInteger', 'valueDecimal', 'valueDate', 'valueDateTime', 'valueTime'] as const;

/** What each limit is written as. A limit written otherwise would be one that never holds: it is refused. */
const WRITTEN_AS: Readonly<Record<string, readonly (keyof Extension)[]>> = {
  [MIN_VALUE]: BOUNDS,
  [MAX_VALUE]: BOUNDS,
  [MIN_LENGTH]: ['valueInteger'],
  [REGEX]: ['valueString'],
  [MAX_DECIMAL_PLACES]: ['valueInteger'],
  [MIN_OCCURS]: ['valueInteger'],
  [MAX_OCCURS]: ['valueInteger'],
  [UNIT_OPTION]: ['valueCoding'],
  [REFERENCE_RESOURCE]: ['valueCode'],
};

/** Extensions that limit what answers a question; all of them are applied. */
export const LIMIT_EXTENSIONS = Object.keys(WRITTEN_AS);

/** What an answer must keep to beyond its type; null where there is no limit. */
export interface Limits {
  /** A number, or a date, dateTime or time as written. */
  readonly min: number | string | null;
  readonly max: number | string | null;
  /** Characters. */
  readonly minLength: number | null;
  readonly maxLength: number | null;
  /** The whole text must match. */
  readonly pattern: RE2JS | null;
  readonly maxDecimalPlaces: number | null;
  /** How often the question is answered, or the group is there. */
  readonly minOccurs: number | null;
  readonly maxOccurs: number | null;
  /** Units a quantity may have; empty for any. */
  readonly units: readonly Coding[];
  /** Types a reference may be to; empty for any. */
  readonly resourceTypes: readonly string[];
}

/** The limits of an item, or what is wrong with them. */
export type LimitsReader = (item: QuestionnaireItem) => { limits: Limits; faults: readonly string[] };

/** Reads the limits of one Questionnaire, which may bring only so many patterns. */
export function createLimitsReader(): LimitsReader {
  const readPattern = createPatternReader();
  return (item) => readLimits(item, readPattern);
}

function readLimits(item: QuestionnaireItem, readPattern: PatternReader): ReturnType<LimitsReader> {
  const all = (url: string) => (item.extension ?? []).filter((extension) => extension.url === url);
  const first = (url: string): Extension | undefined => all(url)[0];
  const regex = readPattern(first(REGEX)?.valueString);
  const limits: Limits = {
    min: boundIn(first(MIN_VALUE)),
    max: boundIn(first(MAX_VALUE)),
    minLength: first(MIN_LENGTH)?.valueInteger ?? null,
    maxLength: item.maxLength ?? null,
    pattern: regex.pattern,
    maxDecimalPlaces: first(MAX_DECIMAL_PLACES)?.valueInteger ?? null,
    minOccurs: first(MIN_OCCURS)?.valueInteger ?? null,
    maxOccurs: first(MAX_OCCURS)?.valueInteger ?? null,
    units: all(UNIT_OPTION).flatMap(({ valueCoding }) => valueCoding ?? []),
    resourceTypes: all(REFERENCE_RESOURCE).flatMap(({ valueCode }) => valueCode ?? []),
  };
  const written = writtenFaults(item);
  return { limits, faults: [...regex.faults, ...(written.length > 0 ? written : boundFaults(item, limits))] };
}

function boundIn(extension: Extension | undefined): number | string | null {
  return (
    extension?.valueInteger ??
    extension?.valueDecimal ??
    extension?.valueDate ??
    extension?.valueDateTime ??
    extension?.valueTime ??
    null
  );
}

function writtenFaults({ extension = [] }: QuestionnaireItem): string[] {
  const many = [UNIT_OPTION, REFERENCE_RESOURCE];
  const limits = extension.filter(({ url }) => Object.hasOwn(WRITTEN_AS, url));
  const doubled = limits.filter(
    ({ url }, at) => !many.includes(url) && limits.findIndex((one) => one.url === url) < at,
  );
  return [
    ...limits
      .filter((one) => WRITTEN_AS[one.url]?.every((name) => one[name] === undefined))
      .map(({ url }) => `the extension "${url}" has a value of another type`),
    ...doubled.map(({ url }) => `the extension "${url}" may stand once`),
  ];
}

/** A bound of the wrong kind would never be broken: better not to start. */
function boundFaults({ type, extension = [] }: QuestionnaireItem, { min, max }: Limits): string[] {
  const kind = ['integer', 'decimal'].includes(type)
    ? 'number'
    : ['date', 'dateTime', 'time'].includes(type)
      ? 'string'
      : '';
  const stated = extension.filter(({ url }) => url === MIN_VALUE || url === MAX_VALUE).length;
  const bounds = [min, max].filter((bound) => bound !== null);
  if (stated === bounds.length && bounds.every((bound) => typeof bound === kind)) return [];
  return [`minValue and maxValue must be of the type "${type}", and each stand once`];
}

type PatternReader = (source: string | undefined) => { pattern: RE2JS | null; faults: readonly string[] };

/**
 * A pattern comes with the Questionnaire, so it may be anybody's: RE2 matches in time linear in the text, where
 * a backtracking engine could be made to hang. What RE2 cannot say (look-around, back-references) is refused,
 * and so are patterns, and counts of patterns, that are work to compile: the time is text times program.
 */
function createPatternReader(): PatternReader {
  const read = new Map<string, ReturnType<PatternReader>>();
  const left = { characters: MOST_SOURCE, instructions: MOST_INSTRUCTIONS };
  return (source) => {
    if (source === undefined) return { pattern: null, faults: [] };
    const known = read.get(source);
    if (known) return known;
    left.characters -= source.length;
    const isOver = left.characters < 0 || left.instructions < 0;
    const pattern = isOver
      ? refused('the regexes of this Questionnaire are too many')
      : compile(source, left);
    read.set(source, pattern);
    return pattern;
  };
}

function compile(source: string, left: { instructions: number }): ReturnType<PatternReader> {
  try {
    const pattern = RE2JS.compile(source);
    left.instructions -= pattern.programSize();
    return pattern.programSize() <= LARGEST_PROGRAM
      ? { pattern, faults: [] }
      : refused('the regex is too large');
  } catch {
    return refused('the regex is not one that RE2 understands');
  }
}

function refused(fault: string): ReturnType<PatternReader> {
  return { pattern: null, faults: [fault] };
}

/** RE2 instructions of one pattern; a postcode or a phone number takes a few dozen. */
const LARGEST_PROGRAM = 2000;

/** Instructions, and characters, of all the different patterns of a Questionnaire together. */
const MOST_INSTRUCTIONS = 20_000;
const MOST_SOURCE = 20_000;
