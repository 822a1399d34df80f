import { Ajv, type ErrorObject } from 'ajv';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { isDateTime, isInstant } from './dates.js';
import { inDocumentOrder, member } from './document-order.js';
import type { Issue } from './outcome.js';
import { CHOICE, questionnaireResponseSchema } from './schemas.js';

/** contract.md §8: deeper JSON is refused before anything recurses into it. */
const DEEPEST = 50;

export type Shaped = { readonly response: QuestionnaireResponse } | { readonly issues: readonly Issue[] };

/**
 * Unknown JSON → QuestionnaireResponse, or everything that is wrong with its structure, in document order.
 * Says nothing about the answers; see answers.ts.
 */
export function createShapeReader(): (body: unknown) => Shaped {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false, ownProperties: true });
  ajv.addFormat('dateTime', isDateTime);
  ajv.addFormat('instant', isInstant);
  ajv.addKeyword({
    keyword: CHOICE,
    type: 'object',
    validate: hasAtMostOneValue,
    error: { message: 'one value[x]' },
  });
  const validate = ajv.compile<QuestionnaireResponse>(questionnaireResponseSchema);

  return (body) => {
    if (!isObject(body) || !('resourceType' in body)) return wrongType();
    if (body.resourceType !== 'QuestionnaireResponse') return wrongType();
    const deep = tooDeep(body);
    if (deep) return { issues: [deep] };
    if (validate(body)) return { response: body };
    return { issues: inDocumentOrder((validate.errors ?? []).map(readError), body) };
  };
}

function wrongType(): Shaped {
  const text = 'The body must be a QuestionnaireResponse resource.';
  return { issues: [{ code: 'wrong-resource-type', text, expression: 'resourceType' }] };
}

/** Walks with a list of its own instead of the call stack: nesting is what it is here to find. */
function tooDeep(body: object): Issue | null {
  let level: object[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      const text = `The body nests deeper than ${DEEPEST} elements.`;
      return { code: 'nesting-too-deep', text, expression: 'QuestionnaireResponse' };
    }
    level = level.flatMap((node) => Object.values(node).flat().filter(isObject));
  }
  return null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** R4 choice elements: `valueInteger` beside `valueString` is two answers where one may stand. */
function hasAtMostOneValue(_rule: unknown, data: object): boolean {
  const names = Object.keys(data).filter((key) => /^_?value[A-Z]/.test(key));
  return new Set(names.map((name) => name.replace(/^_/, ''))).size <= 1;
}

function readError({ keyword, instancePath, params }: ErrorObject): Issue {
  const at = toFhirPath(instancePath);
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      return {
        code: 'unknown-element',
        text: `${at} has an element that FHIR R4 does not define there.`,
        expression: member(at, name),
      };
    }
    case 'required':
      return {
        code: 'missing-element',
        text: `${at} needs the element "${params.missingProperty}".`,
        expression: member(at, String(params.missingProperty)),
      };
    case 'minItems':
    case 'minProperties':
      return {
        code: 'wrong-json-type',
        text: `${at} is empty: leave the element out instead.`,
        expression: at,
      };
    case CHOICE:
      return { code: 'wrong-json-type', text: `${at} has more than one value[x].`, expression: at };
    case 'enum':
      return {
        code: 'wrong-json-type',
        text: `${at} must be one of: ${params.allowedValues.join(', ')}.`,
        expression: at,
      };
    case 'type':
      return {
        code: 'wrong-json-type',
        text: `${at} must be of JSON type ${[params.type].flat().join(' or ')}.`,
        expression: at,
      };
    default:
      return {
        code: 'wrong-json-type',
        text: `${at} is not a possible value of its FHIR type.`,
        expression: at,
      };
  }
}

/** `/item/0/answer/1` → `QuestionnaireResponse.item[0].answer[1]`. */
function toFhirPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : member(path, part)),
      'QuestionnaireResponse',
    );
}
