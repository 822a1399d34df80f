/** Responses that are right for a made-up Questionnaire, by a plan that is pruned until it holds together. */
import type {
  QuestionnaireResponseItemAnswer as Answer,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import type { Draw } from './property-draw.js';
import { conditionHolds } from './property-enablement.js';
import { type Made, makeQuestionnaire, type Node, URL } from './property-form.js';

/** What may stand in one place: an instance of a group, a question with its answers, a display. */
interface Plan {
  readonly node: Node;
  readonly within: Container;
  readonly answers: readonly PlannedAnswer[];
  /** The one container of a group. */
  readonly inside: Container | null;
  isThere: boolean;
}
interface PlannedAnswer {
  readonly value: Answer;
  readonly inside: Container;
}
/** The response, an instance of a group, or an answer with items under it. */
interface Container {
  readonly node: Node | null;
  readonly owner: Plan | null;
  plans: Plan[];
}

/** A place in the finished response into which more can be put. */
export interface Spot {
  readonly node: Node | null;
  readonly at: string;
  /** Of the element that holds the items. */
  readonly holder: { item?: QuestionnaireResponseItem[] | undefined };
}

export interface Pair {
  readonly made: Made;
  readonly response: QuestionnaireResponse;
  readonly spots: readonly Spot[];
  /** linkIds that have an answer, each as often as it stands there. */
  readonly answered: readonly string[];
}

const STATUSES = ['completed', 'amended', 'in-progress', 'stopped'] as const;
type Status = (typeof STATUSES)[number];

export function makePair(draw: Draw, statuses: readonly Status[] = STATUSES): Pair {
  const made = makeQuestionnaire(draw);
  const status = draw.pick(statuses);
  const isComplete = status === 'completed' || status === 'amended';
  const root: Container = { node: null, owner: null, plans: [] };
  root.plans = planItems(made.roots, root, { draw, isComplete });
  settle(root, made);
  const spots: Spot[] = [];
  const answered: string[] = [];
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    questionnaire: `${URL}|1`,
    status,
  };
  writeItems(root, 'QuestionnaireResponse', response, { draw, spots, answered });
  return { made, response, spots, answered };
}

interface Planning {
  readonly draw: Draw;
  readonly isComplete: boolean;
}

function planItems(nodes: readonly Node[], within: Container, planning: Planning): Plan[] {
  return nodes.flatMap((node) => {
    const { draw, isComplete } = planning;
    const least = isComplete ? node.least : 0;
    if (node.item.type === 'group') {
      const instances = node.item.repeats ? draw.integer(least, Math.min(node.most, least + 2)) : 1;
      return Array.from({ length: instances }, () => {
        const inside: Container = { node, owner: null, plans: [] };
        const plan: Plan = { node, within, answers: [], inside, isThere: true };
        Object.assign(inside, { owner: plan });
        inside.plans = planItems(node.children, inside, planning);
        return plan;
      });
    }
    const plan: Plan = {
      node,
      within,
      answers: planAnswers(node, least, planning),
      inside: null,
      isThere: true,
    };
    for (const { inside } of plan.answers) Object.assign(inside, { owner: plan });
    return [plan];
  });
}

function planAnswers(node: Node, least: number, planning: Planning): PlannedAnswer[] {
  const { draw } = planning;
  const { pool, alone, most, children } = node;
  if (pool.length === 0) return [];
  const count = Math.max(least, draw.integer(0, Math.min(most, 3)));
  const single = alone.length > 0 && count === 1 && draw.chance(30);
  return Array.from({ length: count }, () => {
    const inside: Container = { node, owner: null, plans: [] };
    inside.plans = planItems(children, inside, planning);
    return { value: draw.pick(single ? alone : pool), inside };
  });
}

/** Takes out what is not enabled, and puts back what then is, until nothing changes. */
function settle(root: Container, { nodes }: Made): void {
  for (let round = 0; round < nodes.length + 2; round += 1) {
    let changed = false;
    for (const plan of plansIn(root)) {
      const isThere = (plan.within.owner?.isThere ?? true) && isAsked(plan, nodes);
      changed ||= isThere !== plan.isThere;
      plan.isThere = isThere;
    }
    if (!changed) return;
  }
  throw new Error('the made-up conditions go in a circle');
}

function plansIn({ plans }: Container): Plan[] {
  return plans.flatMap((plan) => [plan, ...containersOf(plan).flatMap(plansIn)]);
}

function containersOf({ inside, answers }: Plan): Container[] {
  return inside ? [inside] : answers.map((answer) => answer.inside);
}

function isAsked({ node, within }: Plan, nodes: readonly Node[]): boolean {
  const { enableWhen = [], enableBehavior } = node.item;
  if (enableWhen.length === 0) return true;
  const each = enableWhen.map((condition) => {
    const question = nodes.find(({ item }) => item.linkId === condition.question);
    return conditionHolds(condition, question ? answersSeen(within, question) : []);
  });
  return enableBehavior === 'any' ? each.includes(true) : !each.includes(false);
}

/** The answers to a question in the smallest stretch that is around both. */
function answersSeen(from: Container, question: Node): Answer[] {
  let container = from;
  while (container.node && !isAround(container.node, question) && container.owner)
    container = container.owner.within;
  return plansIn(container)
    .filter(({ node, isThere }) => node === question && isThere)
    .flatMap(({ answers }) => answers.map(({ value }) => value));
}

function isAround(node: Node, question: Node): boolean {
  for (let one = question.parent; one; one = one.parent) if (one === node) return true;
  return false;
}

interface Writing {
  readonly draw: Draw;
  readonly spots: Spot[];
  readonly answered: string[];
}

function writeItems({ node, plans }: Container, at: string, holder: Spot['holder'], writing: Writing): void {
  writing.spots.push({ node, at, holder });
  const items: QuestionnaireResponseItem[] = [];
  for (const plan of plans) {
    const item = writePlan(plan, `${at}.item[${items.length}]`, writing);
    if (item) items.push(item);
  }
  if (items.length > 0) holder.item = items;
}

/** May stand there empty: one more of a repeating group would ask what is required in it. */
function isPlain({ item }: Node): boolean {
  return item.type !== 'group' || !item.repeats;
}

/** What is not asked, or blank, may be left out or stand there empty. */
function writePlan(plan: Plan, at: string, writing: Writing): QuestionnaireResponseItem | null {
  const { node, isThere, inside, answers } = plan;
  const { linkId, text, required, repeats } = node.item;
  const item: QuestionnaireResponseItem = { linkId, ...(text && writing.draw.chance(20) && { text }) };
  const echo = writing.draw.chance(15) ? item : null;
  if (!isThere) return repeats ? null : echo;
  if (inside) {
    const marks = [writing.spots.length, writing.answered.length] as const;
    writeItems(inside, at, item, writing);
    // A required group has something in it: what is not answered may stand there empty.
    const first = node.children.find(isPlain);
    if (required && !item.item && first) item.item = [{ linkId: first.item.linkId }];
    if (item.item || required || repeats || echo) return item;
    writing.spots.length = marks[0];
    writing.answered.length = marks[1];
    return null;
  }
  if (answers.length === 0) return echo;
  writing.answered.push(linkId);
  item.answer = answers.map(({ value, inside: under }, index) => {
    const answer: Answer = structuredClone(value);
    writeItems(under, `${at}.answer[${index}]`, answer, writing);
    return answer;
  });
  return item;
}
