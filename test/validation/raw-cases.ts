/** Cases that no TypeScript can say: what is wrong with the JSON itself, or with the shape of the resource. */
import type { DetailsCode } from '../../src/fhir/outcome.js';
import { toResponse, worked } from '../support/contract-responses.js';
import type { Case } from './case.js';

const BASES = ['D1', 'D2', 'D3', 'D4', 'D7'];

export function rawCases(): Case[] {
  return BASES.flatMap((base) => {
    const text = JSON.stringify(toResponse(worked(base), base));
    const before: Case = {
      id: `raw-${base}`,
      code: null,
      kind: 'own',
      questionnaire: null,
      text,
      before: null,
    };
    const faulty = FAULTS.map(([code, from, to], index): Case => {
      const broken = text.replace(from, () => to);
      if (broken === text) throw new Error(`nothing to break in ${base}: ${from}`);
      return {
        ...before,
        id: `raw-${base}-${index}`,
        code,
        kind: `${from} → ${to}`,
        text: broken,
        before: before.id,
      };
    });
    return [before, ...faulty];
  });
}

const STATUS = '"status":"completed"';
const SUBJECT = '"reference":"Patient/p1"';
const TYPE = '"resourceType":"QuestionnaireResponse"';

/** [what we call it, the text, what it becomes]. */
const FAULTS: readonly (readonly [DetailsCode, string | RegExp, string])[] = [
  ['not-json', /\}$/, ''],
  ['not-json', STATUS, `${STATUS},`],
  ['not-json', STATUS, "'status':'completed'"],
  ['not-json', STATUS, `"status":"in-progress",${STATUS}`],
  ['not-json', SUBJECT, `"reference":"Patient/p2",${SUBJECT}`],
  ['wrong-resource-type', TYPE, '"resourceType":"Response"'],
  ['wrong-resource-type', TYPE, '"resourceType":"questionnaireResponse"'],
  ['wrong-resource-type', `${TYPE},`, ''],
  ['wrong-resource-type', TYPE, '"resourceType":5'],
  ['unknown-element', STATUS, `${STATUS},"score":7`],
  ['unknown-element', SUBJECT, '"ref":"Patient/p1"'],
  ['unknown-element', '"code":"none"', '"code":"none","label":"none"'],
  ['wrong-json-type', STATUS, '"status":"done"'],
  ['wrong-json-type', STATUS, '"status":true'],
  ['wrong-json-type', STATUS, `${STATUS},"basedOn":[]`],
  ['wrong-json-type', /"authored":"[^"]*"/, '"authored":"2026-02-31"'],
  ['wrong-json-type', /"authored":"[^"]*"/, '"authored":"4 May 2026"'],
  ['wrong-json-type', SUBJECT, '"reference":""'],
  ['wrong-json-type', '"linkId":"safety"', '"linkId":7'],
  ['wrong-json-type', STATUS, `${STATUS},"language":null`],
  ['wrong-json-type', STATUS, `${STATUS},"author":{}`],
  ['missing-element', `${STATUS},`, ''],
  ['missing-element', '"linkId":"safety",', ''],
  ['missing-element', STATUS, `${STATUS},"text":{"status":"generated"}`],
  ['missing-element', STATUS, `${STATUS},"extension":[{"valueString":"nameless"}]`],
];
