/** Questionnaires out of nothing, for the properties. */
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemEnableWhen,
} from 'fhir/r4.js';
import type { Terminology } from '../../src/fhir/form.js';
import type { Draw } from './property-draw.js';
import {
  CODES,
  CONTAINED,
  limit,
  QUESTION_TYPES,
  questionOf,
  VALUE_SETS,
  WHOLE,
} from './property-questions.js';

/** One item, and what answers it. */
export interface Node {
  readonly item: QuestionnaireItem;
  readonly parent: Node | null;
  readonly children: Node[];
  readonly pool: readonly Answer[];
  readonly alone: readonly Answer[];
  /** Answers of a question, instances of a group. */
  readonly least: number;
  readonly most: number;
}

export interface Made {
  readonly questionnaire: Questionnaire;
  readonly roots: readonly Node[];
  /** In document order. */
  readonly nodes: readonly Node[];
}

export const URL = 'https://made-up.example.org/Questionnaire/made-up';

export const TERMINOLOGY: Terminology = {
  valueSet: (url) => VALUE_SETS.find((one) => one.url === url.split('|')[0]),
  codeSystem: (url) =>
    url === CODES
      ? {
          resourceType: 'CodeSystem',
          url,
          status: 'active',
          content: 'complete',
          concept: WHOLE.map((code) => ({ code })),
        }
      : undefined,
};

const DEEPEST = 3;
const OPERATORS = ['=', '!=', '>', '<', '>=', '<='] as const;

export function makeQuestionnaire(draw: Draw): Made {
  const nodes: Node[] = [];
  const makeItems = (parent: Node | null, depth: number): Node[] =>
    Array.from({ length: draw.integer(1, depth === 0 ? 5 : 3) }, () => {
      const node = makeNode(`q${nodes.length}`, parent, draw, depth);
      nodes.push(node);
      const { type } = node.item;
      const nests = type === 'group' || (type !== 'display' && depth < DEEPEST && draw.chance(25));
      if (nests) {
        node.children.push(...makeItems(node, depth + 1));
        node.item.item = node.children.map(({ item }) => item);
        // What is required has something in it, which may be blank.
        if (type === 'group' && node.children.every(({ item }) => item.type === 'group' && item.repeats))
          node.item.required = false;
      }
      return node;
    });
  const roots = makeItems(null, 0);
  for (const node of nodes) if (draw.chance(40)) addConditions(node, nodes, draw);
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    url: URL,
    version: '1',
    status: 'active',
    contained: CONTAINED,
    item: roots.map(({ item }) => item),
  };
  return { questionnaire, roots, nodes };
}

function makeNode(linkId: string, parent: Node | null, draw: Draw, depth: number): Node {
  const kind = draw.integer(0, 99);
  if (kind >= 92) return { ...bare({ linkId, type: 'display', text: 'Read this.' }, parent), most: 1 };
  const isRequired = draw.chance(35);
  const repeats = draw.chance(35);
  const fewest = repeats && draw.chance(30) ? 2 : 0;
  // What must be there twice is required (R4 extension-questionnaire-minOccurs).
  const required = isRequired || fewest > 0;
  const most = repeats ? (draw.chance(30) ? 3 : Number.POSITIVE_INFINITY) : 1;
  const occurs = [
    ...(fewest > 0 ? [limit('questionnaire-minOccurs', { valueInteger: fewest })] : []),
    ...(most === 3 ? [limit('questionnaire-maxOccurs', { valueInteger: most })] : []),
  ];
  const counts = { least: Math.max(required ? 1 : 0, fewest), most };
  if (kind >= 65 && depth < DEEPEST) {
    return { ...bare(itemOf(linkId, 'group', { required, repeats }, occurs), parent), ...counts };
  }
  const type = draw.pick(QUESTION_TYPES);
  const { item, pool, alone } = questionOf(type, draw);
  const whole = itemOf(linkId, type, { ...item, required, repeats }, occurs);
  return { ...bare(whole, parent), pool, alone, ...counts };
}

function bare(item: QuestionnaireItem, parent: Node | null): Node {
  return { item, parent, children: [], pool: [], alone: [], least: 0, most: 1 };
}

function itemOf(
  linkId: string,
  type: QuestionnaireItem['type'],
  more: Partial<QuestionnaireItem>,
  occurs: NonNullable<QuestionnaireItem['extension']>,
): QuestionnaireItem {
  const extension = [...(more.extension ?? []), ...occurs];
  return { linkId, text: `Question ${linkId}`, type, ...more, ...(extension.length > 0 && { extension }) };
}

/** One to three conditions on questions anywhere, before or after; never in a circle. */
function addConditions(node: Node, nodes: readonly Node[], draw: Draw): void {
  const questions = nodes.filter((one) => one.pool.length > 0 && !dependsOn(one, node, nodes));
  if (questions.length === 0) return;
  const conditions = Array.from({ length: draw.integer(1, 3) }, () =>
    conditionOn(draw.pick(questions), draw),
  );
  node.item.enableWhen = conditions;
  if (conditions.length > 1 || draw.chance(30)) node.item.enableBehavior = draw.pick(['all', 'any']);
}

/** Whether an item, or what is around it, asks for the other, directly or not. */
function dependsOn(node: Node, other: Node, nodes: readonly Node[]): boolean {
  if (node === other) return true;
  const asked = (node.item.enableWhen ?? []).map(({ question }) =>
    nodes.find(({ item }) => item.linkId === question),
  );
  return [node.parent, ...asked].some((one) => one && dependsOn(one, other, nodes));
}

function conditionOn({ item, pool, alone }: Node, draw: Draw): QuestionnaireItemEnableWhen {
  const question = item.linkId;
  const [name, value] = Object.entries(draw.pick([...pool, ...alone]))[0] ?? [];
  const cannotBeCompared = name === 'valueUri' || name === 'valueAttachment';
  if (cannotBeCompared || draw.chance(30)) {
    return { question, operator: 'exists', answerBoolean: !draw.chance(50) };
  }
  const hasOrder = !['valueBoolean', 'valueCoding', 'valueReference'].includes(name ?? '');
  const operator = draw.pick(hasOrder ? OPERATORS : OPERATORS.slice(0, 2));
  return { question, operator, [`${name}`.replace('value', 'answer')]: value };
}
