import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../src/scoring/condition.js';
import type { CriteriaSet } from '../../../src/scoring/criteria-set.js';
import { verdictOf } from '../../../src/scoring/evaluate.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import { type Question, settledBy } from '../../../src/scoring/settled-by.js';
import { workedCases } from '../../support/scoring-cases.js';
import { dropDisabled, questionOf, questions, type Response, toAnswers } from '../../support/scoring-questions.js';
import { createRandom, type Random } from '../../support/scoring-random.js';
import {
  completionOf,
  completionsOf,
  isOpen,
  randomResponse,
  withHoles,
  writtenResponses,
} from '../../support/scoring-responses.js';

const rules = createRuleSet('strict');
const { criteriaSets } = rules;

function setOf(id: string): CriteriaSet {
  const set = criteriaSets.find((candidate) => candidate.id === id);
  if (!set) throw new Error(`No set ${id}`);
  return set;
}

function settled(id: string, response: Response): string[][] {
  return settledBy({ set: setOf(id), rules, questions, answers: toAnswers(response) });
}

function verdict(set: CriteriaSet, response: Response) {
  return verdictOf(set, createView(rules, toAnswers(response)));
}

function isFinal(set: CriteriaSet, response: Response): boolean {
  return verdict(set, response).verdict !== 'indeterminate';
}

/** Answers that are neither blank nor unsure and still leave a finding of the set unknown; asked again. */
function unclear({ id }: CriteriaSet, response: Response): string[] {
  const reads = (ids: string) => ids.split(' ').includes(id);
  const own = [response['diagnosed-conditions'] ?? []].flat();
  const places = [response['pain-location'] ?? []].flat();
  const found: string[] = [];
  if (reads('nice-ng65') && response['buttock-pain'] === 'none' && places.includes('buttock')) {
    found.push('pain-location', 'buttock-pain');
  }
  const psoriasis = 'nice-ng65 asas-referral-2015 radar-2of3 asas-axspa-2009';
  if (reads(psoriasis) && own.includes('psoriatic-arthritis') && !own.includes('psoriasis')) {
    found.push('diagnosed-conditions');
  }
  if (reads('asas-axspa-2009') && ['raised', 'esr-raised'].includes(String(response['crp-esr-raised']))) {
    found.push('crp-esr-raised');
  }
  return found;
}

/** Every subset of a size, in questionnaire order. */
function subsetsOf<T>(items: readonly T[], size: number): T[][] {
  const found: T[][] = [];
  for (let bits = 0; bits < 2 ** items.length; bits += 1) {
    const chosen = items.filter((_, index) => (bits >> index) & 1);
    if (chosen.length === size) found.push(chosen);
  }
  return found;
}

/** Whether some answers to exactly these questions make the verdict final; tries each and every one. */
function canSettle(
  chosen: readonly Question[],
  answersTo: (question: Question) => readonly Answer[],
  set: CriteriaSet,
  response: Response,
): boolean {
  const tryFrom = (index: number, next: Response): boolean => {
    const question = chosen[index];
    if (!question) {
      const sent = dropDisabled(next);
      return chosen.every(({ linkId }) => linkId in sent) && isFinal(set, sent);
    }
    return answersTo(question).some((answer) => tryFrom(index + 1, { ...next, [question.linkId]: answer }));
  };
  return tryFrom(0, response);
}

/** How many completions the brute force would try at worst. */
function costOf(open: readonly Question[], response: Response): number {
  return open.reduce((product, question) => product * (1 + completionsOf(question, response[question.linkId]).length), 1);
}

function bruteForce(set: CriteriaSet, response: Response): string[][] {
  if (isFinal(set, response)) return [];
  const again = unclear(set, response);
  const open = questions.filter(({ linkId }) => again.includes(linkId) || isOpen(response[linkId]));
  const answersTo = (question: Question) =>
    completionsOf(question, again.includes(question.linkId) && process.env.FREE ? undefined : response[question.linkId]);
  for (let size = 1; size <= open.length; size += 1) {
    const found = subsetsOf(open, size).filter((chosen) => canSettle(chosen, answersTo, set, response));
    if (found.length > 0) return sorted(found, set, response);
  }
  return [];
}

/** Sets in questionnaire order; the HLA-B27 test first when it is what NG65 asks for. At most 20. */
function sorted(found: readonly Question[][], set: CriteriaSet, response: Response): string[][] {
  const place = (question: Question | undefined) => questions.findIndex(({ linkId }) => linkId === question?.linkId);
  const order = [...found].sort((left, right) => {
    const differ = left.findIndex((question, index) => question !== right[index]);
    return place(left[differ]) - place(right[differ]);
  });
  const linkIds = order.map((chosen) => chosen.map(({ linkId }) => linkId));
  const testFirst = verdict(set, response).decision?.decision === 'test-hla-b27';
  const isTest = (ids: readonly string[]) => ids.join() === 'hla-b27';
  return (testFirst ? [...linkIds.filter(isTest), ...linkIds.filter((ids) => !isTest(ids))] : linkIds).slice(0, 20);
}

describe('probe', () => {
  test('brute', () => {
    const random = createRandom(7);
    const diffs = new Map<string, unknown[]>();
    let tried = 0, skipped=0, open=0;
    const starts = [
      ...writtenResponses().flatMap((r)=>[0,1,2].map(()=>fewHoles(r,random))),
      ...Array.from({length:1500},()=>fewHoles(randomResponse(random,{blank:0.03,unsure:0.03}),random)),
    ];
    const t0=Date.now();
    for (const response of starts) for (const set of criteriaSets) {
      if (isFinal(set,response)) { continue; }
      open++;
      const again = unclear(set, response);
      const relevant = questions.filter(({ linkId }) => again.includes(linkId) || isOpen(response[linkId]));
      if (costOf(relevant,response)>3000) { skipped++; continue; }
      tried++;
      const mine = bruteForce(set,response);
      const theirs = settledBy({set,rules,questions,answers:toAnswers(response)});
      if (JSON.stringify(mine)!==JSON.stringify(theirs)) {
        const sig=set.id+' brute='+JSON.stringify(mine)+' src='+JSON.stringify(theirs);
        const list=diffs.get(sig)??[]; list.push(response); diffs.set(sig,list);
      }
    }
    console.info({tried,skipped,open,ms:Date.now()-t0}, [...diffs].map(([k,v])=>k+' x'+v.length+' '+JSON.stringify(v[0])).join('\n'));
  });
});
function fewHoles(response: Response, random: Random): Response {
  const scored = questions.map(({linkId})=>linkId);
  // fill everything, then open few
  let full: Record<string, Answer> = { ...response };
  for (const q of questions) if (q.isEnabled(new Map(Object.entries(full))) && (full[q.linkId]===undefined)) full[q.linkId]=completionOf(q,undefined,random);
  full = { ...dropDisabled(full) };
  const some = random.some(scored.filter(l=>l in full), 0.12);
  return withOpen(full, some, random);
}
function withOpen(full: Response, linkIds: string[], random: Random): Response {
  const keep = Object.fromEntries(Object.entries(full).filter(([l])=>!linkIds.includes(l)));
  const opened = withHoles(Object.fromEntries(Object.entries(full).filter(([l])=>linkIds.includes(l))),1,random);
  const merged: Record<string, Answer> = {};
  for (const {linkId} of questions) { const a = keep[linkId] ?? opened[linkId]; if (a!==undefined) merged[linkId]=a; }
  return dropDisabled(merged);
}
void questionOf; void workedCases; void settled;
