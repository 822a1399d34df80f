import type { Observation, ObservationComponent, QuestionnaireResponse } from 'fhir/r4.js';

const BASE = 'https://w3id.org/axspa-screening';

/** Observation codes, as `system|code`. */
export const RED_FLAGS = `${BASE}/CodeSystem/findings|red-flag-urgency`;
export const PAIN = `${BASE}/CodeSystem/findings|pain-intensity`;

/** In contract order, which is also the order in which they are shown. */
export const SET_IDS = [
  'calin-1977',
  'asas-ibp-2009',
  'berlin-2006-8a',
  'berlin-2006-8b',
  'nice-ng65',
  'asas-referral-2015',
  'brandt-2007',
  'master',
  'radar-2of3',
  'cafaspa',
  'asas-axspa-2009',
] as const;

export const CRITERIA_SETS: readonly string[] = SET_IDS.map((id) => `${BASE}/CodeSystem/criteria-sets|${id}`);

/** Components that are not criteria. */
const NO_CRITERIA = ['gate', 'verdict', 'decision', 'score-maximum', 'threshold', 'verdict-without-tests'];

/** What one criteria set came to, from its Observation. */
export interface SetResult {
  readonly id: string;
  readonly title: string;
  /** Codes of CodeSystem `verdicts`. */
  readonly verdict: string;
  readonly decision: string | null;
  /** Criteria met, at least and at most; null when the set does not apply. */
  readonly min: number | null;
  readonly max: number | null;
  readonly of: number;
  /** null for a set that does not count. */
  readonly threshold: number | null;
}

export interface RedFlags {
  /** null where the answers do not decide it. */
  readonly urgency: string | null;
  /** Names of the flags that are present. */
  readonly flags: readonly string[];
}

/** One response, and what it came to. */
export interface Screening {
  readonly id: string;
  /** Id of the Patient; null when the response names none. */
  readonly patient: string | null;
  /** FHIR dateTime; null when it is not given. */
  readonly authored: string | null;
  readonly status: QuestionnaireResponse['status'];
  /** Whoever entered the answers, or changed them last, as a reference; null when it is not said. */
  readonly author: string | null;
  /** Whose answers they are, as a reference; null when it is not said. */
  readonly source: string | null;
  /** null: no Observation says. */
  readonly redFlags: RedFlags | null;
  /** 0–10; null when it was not asked, or not answered. */
  readonly pain: number | null;
  /** Empty for a draft, and for what was withdrawn. */
  readonly sets: readonly SetResult[];
}

/** What was withdrawn has no result that holds. */
export function toScreening(response: QuestionnaireResponse, all: readonly Observation[]): Screening {
  const { id = '', subject, authored = null, status, author, source } = response;
  const reference = `QuestionnaireResponse/${id}`;
  const holds = (one: Observation) =>
    one.status !== 'entered-in-error' && one.derivedFrom?.some((from) => from.reference === reference);
  const own = status === 'entered-in-error' ? [] : all.filter(holds);
  const find = (code: string) => own.find((one) => codeOf(one) === code);
  return {
    id,
    patient: patientId(subject?.reference),
    authored,
    status,
    author: author?.reference ?? null,
    source: source?.reference ?? null,
    redFlags: toRedFlags(find(RED_FLAGS)),
    pain: find(PAIN)?.valueInteger ?? null,
    sets: CRITERIA_SETS.flatMap((code) => toSetResult(find(code)) ?? []).map((set) =>
      isDiagnosed(response) ? { ...set, decision: null } : set,
    ),
  };
}

/** Somebody who has been told the diagnosis is not to be referred for it: the verdict stands, without advice. */
function isDiagnosed({ item = [] }: Pick<QuestionnaireResponse, 'item'>): boolean {
  return item.some(
    ({ linkId, answer = [], item: within }) =>
      (linkId === DIAGNOSED && answer.some(({ valueCoding }) => valueCoding?.code === OWN_DISEASE)) ||
      (within !== undefined && isDiagnosed({ item: within })),
  );
}

const DIAGNOSED = 'diagnosed-conditions';
const OWN_DISEASE = 'axial-spa';

/** null for what is no literal reference to a Patient. */
export function patientId(reference: string | undefined): string | null {
  return /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(reference ?? '')?.[1] ?? null;
}

/** null when there is no Observation: that is not "none reported". */
export function toRedFlags(observation: Observation | undefined): RedFlags | null {
  if (!observation) return null;
  const urgency = observation.valueCodeableConcept?.coding?.[0]?.code ?? null;
  const flags = (observation.component ?? []).flatMap(({ code }) => code.coding?.[0]?.display ?? []);
  return { urgency, flags };
}

function toSetResult(observation: Observation | undefined): SetResult | null {
  if (!observation) return null;
  const { code, component = [], valueQuantity } = observation;
  const [coding] = code.coding ?? [];
  const part = (name: string) => component.find((one) => nameOf(one) === name);
  const verdict = part('verdict')?.valueCodeableConcept?.coding?.[0]?.code;
  if (!coding?.code || !verdict) return null;
  return {
    id: coding.code,
    title: coding.display ?? coding.code,
    verdict,
    decision: part('decision')?.valueCodeableConcept?.coding?.[0]?.code ?? null,
    min: valueQuantity?.value ?? null,
    max: part('score-maximum')?.valueQuantity?.value ?? null,
    of: countOf(component),
    threshold: part('threshold')?.valueQuantity?.value ?? null,
  };
}

/** How many criteria are counted: a set that is made of arms counts neither those nor the imaging. */
function countOf(component: readonly ObservationComponent[]): number {
  const names = component.map(nameOf).filter((name) => !NO_CRITERIA.includes(name));
  const hasArms = names.includes('imaging-arm');
  const uncounted = ['imaging-arm', 'clinical-arm', 'sacroiliitis-on-imaging'];
  return names.filter((name) => !hasArms || !uncounted.includes(name)).length;
}

function nameOf({ code }: ObservationComponent): string {
  return code.coding?.[0]?.code ?? '';
}

function codeOf({ code }: Observation): string {
  return `${code.coding?.[0]?.system}|${code.coding?.[0]?.code}`;
}

/** Whose answers they are and who put them down, such as "patient, via clinician"; null when it is not said. */
export function byText({
  source,
  author,
  status,
}: Pick<Screening, 'source' | 'author' | 'status'>): string | null {
  const [whose, hand] = [authorWord(source), authorWord(author)];
  if (whose === null || whose === hand) return hand;
  if (hand === null) return whose;
  return status === 'amended' ? `${whose}, changed by ${hand}` : `${whose}, via ${hand}`;
}

/** A person, in a word; null when it is not said. */
export function authorWord(reference: string | null): string | null {
  const type = reference?.split('/').at(-2) ?? '';
  if (type === 'Patient') return 'patient';
  if (type.startsWith('Practitioner')) return 'clinician';
  if (type === 'RelatedPerson') return 'relative';
  return reference === null ? null : 'somebody else';
}

const STATUSES: Readonly<Record<QuestionnaireResponse['status'], string>> = {
  'in-progress': 'Draft',
  completed: 'Complete',
  amended: 'Amended',
  stopped: 'Stopped early',
  'entered-in-error': 'Withdrawn',
};

export function statusWord(status: QuestionnaireResponse['status']): string {
  return STATUSES[status];
}

/** Whether criteria sets are expected of it. */
export function isScored(status: QuestionnaireResponse['status']): boolean {
  return status !== 'in-progress' && status !== 'entered-in-error';
}
