/** What the page knows of red flags without a connection, against what `$advice` says of the same answers. */
import { beforeAll, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type AdviceTable, adviceTable } from '../../../../src/operations/advice-table.js';
import { advisePatient } from '../../../../src/operations/advise-patient.js';
import type { Ports } from '../../../../src/operations/ports.js';
import { redFlagQuestions } from '../../../../src/scoring/rule-set.js';
import type { Answers } from '../../../../src/ui/engine/answers.js';
import { type Form, loadQuestionnaire } from '../../../../src/ui/engine/load.js';
import { toResponse } from '../../../../src/ui/engine/response.js';
import { isUrgent } from '../../../../src/ui/intake/advice-table.js';
import { adviceFor, askAdvice, startAdvising } from '../../../../src/ui/intake/advising.js';
import { CANONICAL } from '../../../support/contract-responses.js';
import { authoredResources, questionnaireIn } from '../../../support/fhir-content.js';
import { createPorts } from '../../../support/http-app.js';
import { type Draw, holds, tellsRuns } from '../../../support/property-draw.js';

tellsRuns('advice table');

const BASE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  questionnaire: CANONICAL,
  status: 'in-progress',
};

let ports: Ports;
let table: AdviceTable;
let form: Form;

beforeAll(async () => {
  ports = await createPorts();
  // As it comes over the wire.
  table = JSON.parse(JSON.stringify(adviceTable(ports)));
  const loaded = loadQuestionnaire(questionnaireIn(authoredResources()));
  if ('faults' in loaded) throw new Error(loaded.faults.join(' '));
  form = loaded.form;
});

/** What `$advice` says of them. */
function toldOf(answers: Answers): string[] {
  const { parameter = [] } = advisePatient(toResponse(form, answers, BASE), ports);
  return parameter.flatMap(({ name, valueCode }) => (name === 'advice' && valueCode) || []);
}

/** What the page says of them before anybody has answered it. */
function knownOf(answers: Answers): readonly string[] {
  return adviceFor(startAdvising(table), answers);
}

function drawAnswers(draw: Draw): Answers {
  const questions = form.questions.filter(({ linkId }) => redFlagQuestions(ports.rules).includes(linkId));
  const ticks = draw.pick([15, 30, 60]);
  return new Map(
    questions.map(({ linkId, repeats, options }) => {
      const all = options.map(({ answer }) => answer);
      if (draw.chance(20)) return [linkId, []];
      return [linkId, repeats ? all.filter(() => draw.chance(ticks)) : [draw.pick(all)]];
    }),
  );
}

test('the page says of any answers what the service says, in the same order, and interrupts by it', () => {
  const seen: Record<string, number> = {};
  holds(1500, (draw) => {
    const answers = drawAnswers(draw);
    const told = toldOf(answers);
    const urgent = told.some(isUrgent);
    const given = [...answers].map(([linkId, some]) => [linkId, some.map((one) => one.valueCoding?.code)]);
    expect([given, knownOf(answers)]).toEqual([given, urgent ? told : ['get-help-at-once']]);
    expect(askAdvice(startAdvising(table), answers).interrupt).toEqual(urgent ? told : null);
    for (const code of told) seen[code] = (seen[code] ?? 0) + 1;
  });
  const often = Object.keys(seen).filter((code) => (seen[code] ?? 0) > 20);
  expect(often.sort()).toEqual([
    'cord-compression',
    'emergency',
    'eye',
    'get-help-at-once',
    'same-day',
    'spine-injury-with-axspa',
    'undecided',
    'urgent-days',
  ]);
});

test('and of every two options', () => {
  const options = redFlagQuestions(ports.rules).flatMap((linkId) => {
    const question = form.questions.find((one) => one.linkId === linkId);
    return (question?.options ?? []).map(({ answer }) => ({ linkId, answer, repeats: question?.repeats }));
  });
  const pairs = options.flatMap((one, place) =>
    options.slice(place + 1).map((other) => [one, other] as const),
  );
  for (const [one, other] of pairs) {
    const isOneQuestion = one.linkId === other.linkId;
    if (isOneQuestion && !one.repeats) continue;
    const answers: Answers = isOneQuestion
      ? new Map([[one.linkId, [one.answer, other.answer]]])
      : new Map([one, other].map(({ linkId, answer }) => [linkId, [answer]]));
    const urgent = toldOf(answers).filter(isUrgent);
    expect([...answers, ...knownOf(answers).filter(isUrgent)]).toEqual([...answers, ...urgent]);
  }
  expect(pairs.length).toBeGreaterThan(1000);
});
