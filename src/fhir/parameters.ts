import { type Issue, Problem } from './outcome.js';

/** What SDC calls the response, and what FHIR's own `$validate` does. */
const RESPONSE = ['questionnaire-response', 'resource'];

/** The resources that an operation was given. */
export interface OperationInput {
  readonly response: unknown;
  /** undefined when none was given. */
  readonly questionnaire: unknown;
}

/**
 * Body of an operation → its resources: the response bare, or the parameters of a Parameters resource. Throws a
 * Problem for a parameter that the operation does not know, so that none is thought to count that does not.
 */
export function readOperationInput(body: unknown, others: readonly 'questionnaire'[] = []): OperationInput {
  if (!isObject(body) || !('resourceType' in body) || body.resourceType !== 'Parameters') {
    return { response: body, questionnaire: undefined };
  }
  const list: readonly unknown[] = 'parameter' in body && Array.isArray(body.parameter) ? body.parameter : [];
  const given = new Map<string, unknown>();
  const issues = list.flatMap((one, index) =>
    readParameter(one, `Parameters.parameter[${index}]`, given, others),
  );
  Problem.throwIfAny(issues);
  const response = RESPONSE.map((name) => given.get(name)).find((resource) => resource !== undefined);
  if (response === undefined) {
    const text = `Parameters needs a parameter named ${RESPONSE.join(' or ')}, with a resource.`;
    throw new Problem({ code: 'missing-element', text, expression: 'Parameters.parameter' });
  }
  return { response, questionnaire: given.get('questionnaire') };
}

function readParameter(
  parameter: unknown,
  expression: string,
  given: Map<string, unknown>,
  others: readonly string[],
): Issue[] {
  const name = isObject(parameter) && 'name' in parameter ? parameter.name : undefined;
  const known = [...RESPONSE, ...others];
  if (typeof name !== 'string' || !known.includes(name) || given.has(name)) {
    return [{ code: 'unknown-parameter', text: `Taken here, once each: ${known.join(', ')}.`, expression }];
  }
  if (!isObject(parameter) || !('resource' in parameter)) {
    return [
      { code: 'missing-element', text: `"${name}" needs a resource.`, expression: `${expression}.resource` },
    ];
  }
  given.set(name, parameter.resource);
  return [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
