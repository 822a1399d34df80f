/** Cases for Questionnaires that are made up: every kind of fault of the properties, in all its variants. */
import type { CodeSystem, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import { type Draw, holds } from '../support/property-draw.js';
import { type FaultKind, plant, VARIANTS, type Variant } from '../support/property-faults.js';
import { URL as CANONICAL } from '../support/property-form.js';
import { CODES, VALUE_SETS, WHOLE } from '../support/property-questions.js';
import { makePair, type Pair } from '../support/property-response.js';
import type { Case } from './case.js';

const VALID = 150;
/** Cases of each kind, but every variant once at least. */
const OF_A_KIND = 24;
/** A limit of ours: FHIR has none. */
const NOT_SEEN: readonly FaultKind[] = ['nesting-too-deep'];

/** The code system of the value sets, with everything that is a code somewhere. */
const codes: CodeSystem = {
  resourceType: 'CodeSystem',
  url: CODES,
  status: 'active',
  content: 'complete',
  concept: [...WHOLE, 'none', 'kg'].map((code) => ({ code })),
};
export const madeContent = [...VALUE_SETS, codes];

export function madeCases(): Case[] {
  return [...validCases(), ...faultyCases()];
}

function validCases(): Case[] {
  const cases: Case[] = [];
  holds(VALID, (draw) => {
    const { made, response } = makePair(draw);
    cases.push(caseOf(`made-${cases.length}`, made.questionnaire, response));
  });
  return cases;
}

/** Each fault with the same response without it. */
function faultyCases(): Case[] {
  const cases: Case[] = [];
  const planned = plan();
  holds(planned.length, (draw) => {
    const next = planned[cases.length / 2];
    if (!next) throw new Error('a property runs as often as it is told to');
    const { kind, variant, name } = next;
    const pair = finishedPair(draw);
    const planted = plant(variant, pair, draw.integer(0, pair.spots.length - 1));
    const right = caseOf(`${name}-right`, planted.questionnaire, planted.right);
    const wrong = caseOf(`${name}-wrong`, planted.questionnaire, planted.wrong);
    cases.push(right, { ...wrong, code: kind, kind: told(variant), before: right.id });
  });
  return cases;
}

function plan() {
  const kinds = (Object.keys(VARIANTS) as FaultKind[]).filter((kind) => !NOT_SEEN.includes(kind));
  return kinds.flatMap((kind) => {
    const variants = VARIANTS[kind];
    const times = Math.max(1, Math.ceil(OF_A_KIND / variants.length));
    return variants.flatMap((variant, index) =>
      Array.from({ length: times }, (_, time) => ({ kind, variant, name: `${kind}-${index}-${time}` })),
    );
  });
}

/** Conditions on these make the validator fail: it would say nothing of the fault. */
const NOT_COMPARED = ['reference', 'choice', 'open-choice'];

/** Complete, so that answers can be missing; and of what the validator can judge, so that it can be right or wrong. */
function finishedPair(draw: Draw): Pair {
  const pair = makePair(draw, ['completed', 'amended']);
  const { nodes } = pair.made;
  const typeOf = (linkId: string) => nodes.find(({ item }) => item.linkId === linkId)?.item.type ?? '';
  const isBeyondIt = nodes.some(
    ({ item }) =>
      item.extension?.some(({ url }) => url.endsWith('Occurs')) ||
      item.enableWhen?.some(({ question }) => NOT_COMPARED.includes(typeOf(question))),
  );
  return isBeyondIt ? finishedPair(draw) : pair;
}

/** Each has a Questionnaire of its own, under a URL of its own. */
function caseOf(id: string, questionnaire: Questionnaire, response: object): Case {
  const url = `${CANONICAL}-${id}`;
  return {
    id,
    code: null,
    kind: 'made',
    questionnaire: tidied({ ...structuredClone(questionnaire), url }),
    text: JSON.stringify({ ...response, questionnaire: `${url}|1` }),
    before: null,
  };
}

/** What must be there twice is required, and no value set lies in it unused: R4 asks for both, and we ask the same. */
function tidied(questionnaire: Questionnaire): Questionnaire {
  const visit = (item: QuestionnaireItem): void => {
    if (item.extension?.some(({ url }) => url.endsWith('/questionnaire-minOccurs'))) item.required = true;
    item.item?.forEach(visit);
  };
  questionnaire.item?.forEach(visit);
  const text = JSON.stringify(questionnaire.item ?? []);
  const { contained = [], ...rest } = questionnaire;
  const used = contained.filter(({ id }) => text.includes(`"#${id}"`));
  return used.length > 0 ? { ...rest, contained: used } : rest;
}

/** What is asked and what is answered, in short. */
function told({ defined, wrong }: Variant): string {
  const asked = defined.map(({ type, extension = [] }) =>
    [type, ...extension.map(({ url }) => url.split('/').at(-1))].join(' '),
  );
  return `${asked.join(', ') || 'nothing'} ← ${JSON.stringify(wrong).slice(0, 160)}`;
}
