import { Ajv } from 'ajv';
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { isDateTime, isInstant } from './dates.js';
import { isNarrative } from './narrative.js';
import type { Issue } from './outcome.js';
import { hasAtMostOne, schemaFaults } from './schema-faults.js';
import { CHOICE, type Schema } from './schema-types.js';
import { questionnaireResponseSchema, questionnaireSchema } from './schemas.js';

/** contract.md §8: deeper JSON is refused before anything recurses into it. */
const DEEPEST = 50;

export type Shaped = { readonly response: QuestionnaireResponse } | { readonly issues: readonly Issue[] };
export type ShapedQuestionnaire =
  | { readonly questionnaire: Questionnaire }
  | { readonly issues: readonly Issue[] };

/**
 * Unknown JSON → QuestionnaireResponse, or everything that is wrong with its structure, in document order.
 * Says nothing about the answers; see answers.ts.
 */
export function createShapeReader(): (body: unknown) => Shaped {
  const check = createCheck<QuestionnaireResponse>('QuestionnaireResponse', questionnaireResponseSchema);
  return (body) => (check.fits(body) ? { response: body } : { issues: check.faultsOf(body) });
}

/** The same for a Questionnaire; what its features mean is for form.ts to say. */
export function createQuestionnaireReader(): (body: unknown) => ShapedQuestionnaire {
  const check = createCheck<Questionnaire>('Questionnaire', questionnaireSchema);
  return (body) => (check.fits(body) ? { questionnaire: body } : { issues: check.faultsOf(body) });
}

function createCheck<T>(type: string, schema: Schema) {
  const ajv = new Ajv({ strictTypes: false, ownProperties: true });
  ajv.addFormat('dateTime', isDateTime);
  ajv.addFormat('instant', isInstant);
  ajv.addFormat('xhtml', isNarrative);
  ajv.addKeyword({ keyword: CHOICE, type: 'object', schemaType: 'string', validate: hasAtMostOne });
  const validate = ajv.compile<T>(schema);
  const isOfType = (body: unknown): body is object =>
    isObject(body) && 'resourceType' in body && body.resourceType === type;
  return {
    fits: (body: unknown): body is T => isOfType(body) && !isTooDeep(body) && validate(body),
    faultsOf(body: unknown): Issue[] {
      if (!isOfType(body)) {
        const text = `The body must be a ${type} resource.`;
        return [{ code: 'wrong-resource-type', text, expression: 'resourceType' }];
      }
      if (isTooDeep(body)) {
        const text = `The body nests deeper than ${DEEPEST} elements.`;
        return [{ code: 'nesting-too-deep', text, expression: type }];
      }
      return schemaFaults(schema, body, type);
    },
  };
}

/** Walks with a list of its own instead of the call stack: nesting is what it is here to find. */
function isTooDeep(body: object): boolean {
  let level: object[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((node) => Object.values(node).flat().filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
