import type { Observation, QuestionnaireResponse } from 'fhir/r4.js';
import { DISCLAIMER, disagreementOf, noteOnRedFlags } from '../scoring/notes.js';
import type { Fact, Score } from '../scoring/score.js';
import { answersBehind } from '../scoring/score.js';
import { criteriaParts } from './criteria-observation.js';
import {
  absentConcept,
  codingOf,
  conceptOf,
  copied,
  type Display,
  interpretationOf,
  type Software,
  type Source,
  softwareReference,
  verdictComponent,
} from './observation-parts.js';
import {
  BASE,
  CRITERIA_SETS,
  FINDINGS,
  LOINC,
  OBSERVATION_CATEGORY,
  OBSERVATION_IDENTIFIER,
  SNOMED_CT,
  UCUM,
  VERDICTS,
} from './systems.js';

export const PANEL = 'axspa-screening-panel';
export const RED_FLAG_URGENCY = 'red-flag-urgency';

/** What the Observations are made with. */
export interface Maker {
  readonly display: Display;
  readonly software: Software;
}

/** Codes beside our own, only where clinical.md §8 marks them verified and the meaning is the same. */
const EQUIVALENTS: Readonly<Record<string, { system: string; code: string; display: string }>> = {
  'onset-age': {
    system: SNOMED_CT,
    code: '445518008',
    display: 'Age at onset of clinical finding (observable entity)',
  },
  'pain-intensity': {
    system: LOINC,
    code: '72514-3',
    display: 'Pain severity - 0-10 verbal numeric rating [Score] - Reported',
  },
};

const STATUS = {
  completed: 'final',
  stopped: 'final',
  amended: 'amended',
  'in-progress': 'preliminary',
  'entered-in-error': 'entered-in-error',
} as const satisfies Record<QuestionnaireResponse['status'], Observation['status']>;

/** Statuses whose answers are scored in full. */
const SCORED: readonly QuestionnaireResponse['status'][] = ['completed', 'amended', 'stopped'];

/**
 * Score → Observations (contract.md §3–§5, §9): the panel first, then red flags, criteria sets and facts.
 * A draft gives its red flags alone, and only when there are any.
 */
export function toObservations(source: Source, score: Score, maker: Maker): Observation[] {
  const { status } = source.response;
  const redFlags = redFlagObservation(source, score, maker);
  if (status === 'in-progress') return score.redFlags.flags.length > 0 ? [redFlags] : [];
  if (!SCORED.includes(status)) return [];
  const sets = score.evaluations.map((evaluation) => ({
    ...frame(source, CRITERIA_SETS, evaluation.set.id, maker),
    ...disclaimed(criteriaParts(evaluation, score, maker.display)),
  }));
  const facts = score.facts
    .filter(({ isAnswered }) => isAnswered)
    .map((fact) => ({
      ...frame(source, FINDINGS, fact.code, maker),
      ...factParts(fact, score, maker.display),
    }));
  const members = [redFlags, ...sets, ...facts];
  return [panel(source, score, members, maker), ...members];
}

/** What every Observation has (contract.md §5). */
function frame(source: Source, system: string, code: string, { display, software }: Maker): Observation {
  const { id, response, subject } = source;
  const profile =
    code === PANEL
      ? 'panel'
      : code === RED_FLAG_URGENCY
        ? 'red-flag'
        : system === FINDINGS
          ? 'finding'
          : 'criteria-set';
  const equivalent = EQUIVALENTS[code];
  return {
    resourceType: 'Observation',
    id: `${id}.${code}`,
    meta: { profile: [`${BASE}/StructureDefinition/${profile}-observation`] },
    identifier: [{ system: OBSERVATION_IDENTIFIER, value: `${id}.${code}` }],
    status: STATUS[response.status],
    category: [{ coding: [{ system: OBSERVATION_CATEGORY, code: 'survey', display: 'Survey' }] }],
    code: { coding: [codingOf(system, code, display), ...(equivalent ? [equivalent] : [])] },
    subject,
    ...copied('encounter', response.encounter),
    ...(response.authored && { effectiveDateTime: response.authored }),
    method: { text: `Rule set ${software.ruleSetVersion}, computed from the questionnaire response` },
    device: softwareReference(software),
    derivedFrom: [{ reference: `QuestionnaireResponse/${id}` }],
  };
}

/** Every output says that it is no diagnosis. */
function disclaimed(parts: Partial<Observation>): Partial<Observation> {
  const text = [parts.note?.[0]?.text, DISCLAIMER].filter(Boolean).join(' ');
  return { ...parts, note: [{ text }] };
}

function panel(source: Source, score: Score, members: readonly Observation[], maker: Maker): Observation {
  const text = [...score.warnings.map((warning) => warning.text), disagreementOf(score.evaluations)];
  return {
    ...frame(source, CRITERIA_SETS, PANEL, maker),
    ...disclaimed({ note: [{ text: text.filter(Boolean).join(' ') }] }),
    hasMember: members.map(({ id }) => ({ reference: `Observation/${id}` })),
  };
}

function redFlagObservation(source: Source, { redFlags }: Score, maker: Maker): Observation {
  const { urgency, flags, blank } = redFlags;
  const { display } = maker;
  const value: Partial<Observation> =
    urgency === null
      ? { dataAbsentReason: absentConcept(blank.length > 0 ? 'unknown' : 'asked-unknown') }
      : { valueCodeableConcept: conceptOf(VERDICTS, urgency, display) };
  const interpretation: Partial<Observation> =
    flags.length === 0 ? {} : { interpretation: interpretationOf(urgency === 'urgent-days' ? 'A' : 'AA') };
  const component: Partial<Observation> =
    flags.length === 0
      ? {}
      : { component: flags.map((flag) => verdictComponent(flag.code, flag.urgency, display)) };
  return {
    ...frame(source, FINDINGS, RED_FLAG_URGENCY, maker),
    ...value,
    ...interpretation,
    ...component,
    ...disclaimed({ note: [{ text: noteOnRedFlags(redFlags) }] }),
  };
}

function factParts(fact: Fact, { answers }: Score, display: Display): Partial<Observation> {
  const told = (linkIds: readonly string[]) =>
    answersBehind(linkIds, answers)
      .map(({ linkId, answer }) => `${linkId} = ${[answer].flat().join(', ')}`)
      .join('; ');
  if (fact.reason) {
    const note = { note: [{ text: `Not known; answered is: ${told(fact.reads)}.` }] };
    return { ...disclaimed(note), dataAbsentReason: absentConcept(fact.reason) };
  }
  const note = { note: [{ text: `From ${told(fact.linkIds)}.` }] };
  if (fact.value !== null) return { ...disclaimed(note), ...measureOf(fact.code, fact.value) };
  const value = conceptOf(VERDICTS, fact.finding === 'met' ? 'present' : 'absent', display);
  return { ...disclaimed(note), valueCodeableConcept: value };
}

/** Ages are UCUM years; the 0–10 rating has no unit. */
function measureOf(code: string, value: number): Partial<Observation> {
  if (code === 'pain-intensity') return { valueInteger: value };
  return { valueQuantity: { value, unit: 'a', system: UCUM, code: 'a' } };
}
