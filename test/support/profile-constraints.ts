/**
 * The constraints of the profiles, once more: FHIRPath is for validators, and none is installed here. A predicate
 * says what the text of its constraint says; it gets the value of the element that the constraint stands on.
 */
import type { CodeableConcept, Coding, Observation, ObservationComponent, Provenance } from 'fhir/r4.js';

export type Predicate = (value: unknown) => boolean;

const UCUM = 'http://unitsofmeasure.org';
const VERDICTS = 'https://w3id.org/axspa-screening/CodeSystem/verdicts';
const LEVELS = ['emergency', 'same-day', 'urgent-days'];
const RESULTS = ['verdict', 'score-maximum', 'threshold', 'decision', 'verdict-without-tests'];

const codes = (...concepts: (CodeableConcept | undefined)[]) =>
  concepts.flatMap((concept) => concept?.coding ?? []).map(({ code = '' }) => code);
const hasValue = (part: object) => Object.keys(part).some((name) => /^value[A-Z]/.test(name));
const said = ({ valueCodeableConcept }: Observation | ObservationComponent) => codes(valueCodeableConcept);
const part = ({ component = [] }: Observation, code: string) =>
  component.filter((one) => codes(one.code).includes(code));
const verdict = (observation: Observation) => part(observation, 'verdict').flatMap(said);
const interpreted = ({ interpretation = [] }: Observation) => codes(...interpretation);
const isOneOf =
  (...wanted: string[]) =>
  (concept: CodeableConcept) =>
    codes(concept).some((code) => wanted.includes(code));

/** Each predicate is called with what its element holds: the profile is the witness for the type. */
const on =
  <T>(predicate: (value: T) => boolean): Predicate =>
  (value) =>
    predicate(value as T);

export const CONSTRAINTS: Readonly<Record<string, Predicate>> = {
  'axspa-1': on((dateTime: string) => dateTime.length >= 10),
  'axspa-2': on(
    (one: Observation) => hasValue(one) || Boolean(one.dataAbsentReason ?? one.component ?? one.hasMember),
  ),
  'axspa-3': on(({ component = [] }: Observation) =>
    component.every((one) => hasValue(one) !== Boolean(one.dataAbsentReason)),
  ),
  'axspa-4': on(({ status }: Observation) => ['final', 'amended', 'entered-in-error'].includes(status)),
  'axspa-5': on((one: Observation) => hasValue(one) !== Boolean(one.dataAbsentReason)),
  'axspa-6': on(
    ({ status, component }: Observation) =>
      ['final', 'amended', 'entered-in-error'].includes(status) ||
      (status === 'preliminary' && component !== undefined),
  ),
  'axspa-7': on((one: Observation) => {
    if (!one.component) return said(one).every((code) => code === 'none-reported');
    const levels = one.component.flatMap(said);
    return said(one).includes(LEVELS.find((level) => levels.includes(level)) ?? 'urgent-days');
  }),
  'axspa-8': on((one: Observation) => {
    const [level = ''] = said(one).filter((code) => LEVELS.includes(code));
    if (!level) return one.interpretation === undefined;
    return interpreted(one).includes(level === 'urgent-days' ? 'A' : 'AA');
  }),
  'axspa-9': on(isOneOf(...LEVELS)),
  'axspa-10': on(
    (one: Observation) => Boolean(one.dataAbsentReason) === verdict(one).includes('not-applicable'),
  ),
  'axspa-11': on((one: Observation) => hasValue(one) === part(one, 'score-maximum').length > 0),
  'axspa-12': on((one: Observation) => {
    const told = verdict(one);
    if (told.includes('not-applicable')) return one.interpretation === undefined;
    const [code] = ['met', 'not-met', 'indeterminate'].filter((each) => told.includes(each));
    return interpreted(one).includes({ met: 'POS', 'not-met': 'NEG' }[code ?? ''] ?? 'IND');
  }),
  'axspa-13': on(isOneOf('met', 'not-met', 'indeterminate', 'not-applicable')),
  'axspa-14': on(isOneOf('refer', 'test-hla-b27', 'not-met', 'gate-not-met', 'indeterminate')),
  'axspa-15': on(({ component = [] }: Observation) =>
    component
      .filter((one) => hasValue(one) && !codes(one.code).some((code) => RESULTS.includes(code)))
      .every((one) =>
        one.valueCodeableConcept?.coding?.some(
          ({ system, code }) => system === VERDICTS && (code === 'met' || code === 'not-met'),
        ),
      ),
  ),
  'axspa-16': on(({ code }: Coding) => code !== 'axspa-screening-panel'),
  'axspa-17': on(({ code = '' }: Coding) => FACTS.includes(code)),
  'axspa-18': on((one: Observation) => {
    if (!hasValue(one)) return true;
    const { valueQuantity: age, valueInteger: rating, valueCodeableConcept: concept } = one;
    const [code = ''] = codes(one.code).filter((each) => FACTS.includes(each));
    if (code === 'onset-age') return age?.system === UCUM && age.code === 'a';
    if (code === 'pain-intensity') return rating !== undefined && rating >= 0 && rating <= 10;
    return Boolean(
      concept?.coding?.some((each) => each.system === VERDICTS && /^(present|absent)$/.test(each.code ?? '')),
    );
  }),
  'axspa-19': on(({ target }: Provenance) =>
    target.some(({ reference }) => reference?.includes('QuestionnaireResponse/')),
  ),
  'axspa-20': on(({ target, entity = [] }: Provenance) =>
    [...target, ...entity.map(({ what }) => what)].every(
      ({ reference = '' }) => !reference.includes('/_history/'),
    ),
  ),
  'axspa-21': on((hash: string) => /^[0-9a-f]{64}$/.test(hash)),
  'axspa-22': on((canonical: string) => /^[^|]+[|][^|]+$/.test(canonical)),
};

/** contract.md §4, in its order. */
export const FACTS: readonly string[] = [
  'chronic-pain',
  'insidious-onset',
  'morning-stiffness',
  'morning-stiffness-over-30-min',
  'improves-with-exercise',
  'no-improvement-with-rest',
  'night-pain',
  'night-pain-eased-by-rising',
  'wakes-second-half',
  'wakes-second-half-only',
  'alternating-buttock-pain',
  'buttock-pain',
  'low-back-pain',
  'nsaid-good-response',
  'nsaid-any-improvement',
  'peripheral-arthritis',
  'enthesitis',
  'dactylitis',
  'uveitis',
  'psoriasis',
  'inflammatory-bowel-disease',
  'family-spa-first-degree',
  'family-spa-any-degree',
  'hla-b27-positive',
  'crp-esr-raised',
  'sacroiliitis-on-imaging',
  'onset-age',
  'pain-intensity',
];
