/** contract.md §1, §4, §5, §9: every Observation and the Provenance, to the letter. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import {
  canonical,
  observationsOf,
  putPatient,
  read,
  resourcesOf,
  responseId,
  send,
  sha256,
  shortCode,
  valuesOf,
} from '../support/contract-http.js';
import { absent, component, first, told, UCUM, verdict } from '../support/contract-observations.js';
import {
  type Answers,
  AUTHORED,
  BASE,
  CANONICAL,
  CLINIC,
  system,
  toResponse,
  worked,
} from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';
import { evaluateSet, SET_IDS } from '../support/contract-sets.js';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const VERSION = /^\d+\.\d+\.\d+$/;

const ENCOUNTER = { identifier: { system: 'https://clinic.example.org/visits', value: 'visit 7' } };
const D1 = toResponse({ ...worked('D1'), 'pain-intensity': 0 }, 'D1, all of it', {
  encounter: ENCOUNTER,
  author: { reference: 'Patient/p1' },
});
const RID = responseId(CLINIC, 'D1, all of it');

let service: Service;
let observations: Observation[] = [];
let provenance: Provenance[] = [];

const codeOf = (observation: Observation) => first(observation.code)[1] ?? '';
const byCode = (code: string): Observation => {
  const found = observations.find((observation) => shortCode(observation) === code);
  if (!found) throw new Error(`no Observation ${code}`);
  return found;
};

/** Sends a response of its own and gives what it became, by code. */
async function become(name: string, answers: Answers, more: Partial<QuestionnaireResponse> = {}) {
  const reply = await send(`${service.fhir}/QuestionnaireResponse`, {
    body: toResponse(answers, name, more),
  });
  if (reply.status !== 201) throw new Error(`${name}: ${reply.status} ${reply.text}`);
  const all = await observationsOf(service.fhir, responseId(CLINIC, name));
  return new Map(all.map((observation) => [shortCode(observation), observation]));
}

beforeAll(async () => {
  service = await startService();
  await putPatient(service.embeddedUrl, 'p1');
  const reply = await send(`${service.fhir}/QuestionnaireResponse`, { body: D1 });
  if (reply.status !== 201) throw new Error(`D1: ${reply.status} ${reply.text}`);
  observations = await observationsOf(service.fhir, RID);
  const found = await read<Bundle>(`${service.fhir}/Provenance?target=Observation/${RID}.red-flag-urgency`);
  provenance = resourcesOf<Provenance>(found, 'Provenance');
}, START_TIMEOUT);

afterAll(() => service?.kill(), 30_000);

describe('every Observation of D1', () => {
  /** One row per rule of §5; each is checked on all of them, and a failure names the Observation. */
  const RULES: [string, (observation: Observation) => unknown, (observation: Observation) => unknown][] = [
    ['id', (o) => o.id, (o) => `${RID}.${codeOf(o)}`],
    [
      'identifier',
      (o) => o.identifier,
      (o) => [{ system: `${BASE}/observation`, value: `${RID}.${codeOf(o)}` }],
    ],
    ['status', (o) => o.status, () => 'final'],
    ['one category', (o) => o.category?.map(first), () => [[CATEGORY, 'survey']]],
    ['subject', (o) => o.subject, () => ({ reference: 'Patient/p1' })],
    ['encounter', (o) => o.encounter, () => ENCOUNTER],
    ['effectiveDateTime, verbatim', (o) => o.effectiveDateTime, () => AUTHORED],
    ['derivedFrom', (o) => o.derivedFrom, () => [{ reference: `QuestionnaireResponse/${RID}` }]],
    [
      'no referenceRange, performer, issued',
      (o) => [o.referenceRange, o.performer, o.issued],
      () => [undefined, undefined, undefined],
    ],
    ['one note with text', (o) => [o.note?.length, (o.note?.[0]?.text ?? '').trim() !== ''], () => [1, true]],
    [
      'method is text only',
      (o) => [Object.keys(o.method ?? {}), o.method?.text],
      () => [
        ['text'],
        expect.stringMatching(/^Rule set \d+\.\d+\.\d+, computed from the questionnaire response$/),
      ],
    ],
    [
      'device is logical',
      (o) => o.device,
      () => ({
        identifier: {
          system: `${BASE}/software`,
          value: expect.stringMatching(/^axspa-screening\|\d+\.\d+\.\d+$/),
        },
        display: expect.any(String),
      }),
    ],
    [
      'never a value with dataAbsentReason (obs-6)',
      (o) => [o, ...(o.component ?? [])].filter((p) => hasValue(p) && p.dataAbsentReason).length,
      () => 0,
    ],
    [
      'a component has a value or says why not (us-core)',
      (o) => (o.component ?? []).filter((p) => !hasValue(p) && !p.dataAbsentReason).map((p) => p.code),
      () => [],
    ],
    [
      'something to read (us-core-2)',
      (o) => hasValue(o) || [o.dataAbsentReason, o.component, o.hasMember].some((part) => part !== undefined),
      () => true,
    ],
    [
      "no component with the Observation's own code (obs-7)",
      (o) => (o.component ?? []).filter((p) => first(p.code).join() === first(o.code).join()),
      () => [],
    ],
    ['one profile, ours', (o) => o.meta?.profile, (o) => [`${BASE}/StructureDefinition/${profileOf(o)}`]],
    [
      'quantities are UCUM',
      (o) => valuesOf('valueQuantity', o),
      (o) =>
        valuesOf('valueQuantity', o).map(() =>
          expect.objectContaining({
            system: UCUM,
            code: codeOf(o) === 'onset-age' ? 'a' : '{score}',
            value: expect.any(Number),
          }),
        ),
    ],
  ];

  const hasValue = (part: object) => Object.keys(part).some((key) => key.startsWith('value'));

  function profileOf(observation: Observation): string {
    const code = codeOf(observation);
    if (code === 'axspa-screening-panel') return 'panel-observation';
    if (code === 'red-flag-urgency') return 'red-flag-observation';
    return SET_IDS.some((id) => id === code) ? 'criteria-set-observation' : 'finding-observation';
  }

  test('there are 41: the panel, the red flags, 11 sets, 26 findings and the two numbers', () => {
    expect(observations).toHaveLength(41);
  });

  test.each(RULES)('%s', (_name, actual, expected) => {
    for (const observation of observations) {
      expect([observation.id, actual(observation)]).toEqual([observation.id, expected(observation)]);
    }
  });

  test('the id is made from the response key', () => {
    expect(RID).toMatch(/^r[0-9a-f]{31}$/);
    expect(new Set(observations.map(({ id }) => id)).size).toBe(observations.length);
  });

  test('code.coding[0] is ours', () => {
    for (const observation of observations) {
      const code = codeOf(observation);
      const isSet = code === 'axspa-screening-panel' || SET_IDS.some((id) => id === code);
      expect(first(observation.code)).toEqual([system(isSet ? 'criteria-sets' : 'findings'), code]);
    }
  });

  test('interpretation: POS, NEG or IND on the sets, none on the rest', () => {
    for (const observation of observations) {
      const { verdict: own } = SET_IDS.includes(codeOf(observation) as (typeof SET_IDS)[number])
        ? evaluateSet(codeOf(observation) as (typeof SET_IDS)[number], worked('D1'))
        : { verdict: '' };
      const code = { met: 'POS', 'not-met': 'NEG', indeterminate: 'IND' }[own];
      expect([observation.id, observation.interpretation?.map(first)]).toEqual([
        observation.id,
        code === undefined ? undefined : [[INTERPRETATION, code]],
      ]);
    }
  });

  test('no LOINC or SNOMED except on pain-intensity and onset-age', () => {
    const coded = observations
      .filter((observation) => /loinc\.org|snomed\.info/.test(JSON.stringify(observation)))
      .map(codeOf);
    expect(coded.sort()).toEqual(['onset-age', 'pain-intensity']);
  });

  test('pain-intensity: 0 is an answer; also LOINC 72514-3', () => {
    const observation = byCode('pain-intensity');
    expect(observation.valueInteger).toBe(0);
    expect(observation.code.coding).toContainEqual(
      expect.objectContaining({ system: LOINC, code: '72514-3' }),
    );
  });

  test('onset-age: years; also SNOMED CT 445518008', () => {
    const observation = byCode('onset-age');
    expect(observation.valueQuantity).toMatchObject({ value: 28, system: UCUM, code: 'a' });
    expect(observation.code.coding).toContainEqual(
      expect.objectContaining({ system: SNOMED, code: '445518008' }),
    );
  });

  test('the panel has every other Observation as a member, and no value', () => {
    const panel = byCode('axspa-screening-panel');
    const others = observations.filter((observation) => observation !== panel);
    expect((panel.hasMember ?? []).map((member) => member.reference).sort()).toEqual(
      others.map(({ id }) => `Observation/${id}`).sort(),
    );
    expect(hasValue(panel)).toBe(false);
  });

  test('the FHIR server holds the same', async () => {
    const written = await observationsOf(service.embeddedUrl, RID);
    expect(written.map(({ id }) => id).sort()).toEqual(observations.map(({ id }) => id).sort());
  });
});

describe('the Provenance of D1', () => {
  const only = (): Provenance => {
    expect(provenance).toHaveLength(1);
    if (!provenance[0]) throw new Error('no Provenance');
    return provenance[0];
  };

  test('id, recorded', () => {
    expect(only().id).toBe(`${RID}.v1`);
    expect(only().recorded).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  });

  test('target: all', () => {
    const targets = only().target.map((target) => target.reference);
    const response = `QuestionnaireResponse/${RID}`;
    expect(targets.filter((target) => target !== response).sort()).toEqual(
      observations.map(({ id }) => `Observation/${id}`).sort(),
    );
  });

  test('entity: the response with the hash of its content, and the questionnaire', () => {
    const entity = only().entity ?? [];
    expect(entity.map(({ role }) => role)).toEqual(['source', 'source']);
    expect(entity[0]?.what).toMatchObject({
      reference: `QuestionnaireResponse/${RID}`,
      identifier: { system: `${BASE}/content-hash`, value: sha256(canonical(D1)) },
    });
    expect(entity[1]?.what).toEqual({ identifier: { system: 'urn:ietf:rfc:3986', value: CANONICAL } });
  });

  test('agents: the software assembles, the author of the response is the author', () => {
    const [software, author, ...more] = only().agent;
    expect(more).toEqual([]);
    expect(first(software?.type)[1]).toBe('assembler');
    expect(software?.who.reference).toBeUndefined();
    expect(software?.who.identifier).toEqual(byCode('red-flag-urgency').device?.identifier);
    expect(software?.who.identifier?.value?.split('|')[1]).toMatch(VERSION);
    expect(first(author?.type)[1]).toBe('author');
    expect(author?.who.reference).toBe('Patient/p1');
  });

  test('without an author the source is the author; without both there is one agent', async () => {
    const agents: Record<string, (string | undefined)[]> = {};
    for (const [name, more] of Object.entries({
      source: { source: { reference: 'Patient/p1' } },
      none: {},
    })) {
      const id = responseId(CLINIC, `agents ${name}`);
      await become(`agents ${name}`, worked('U1'), more);
      const found = await read<Bundle>(
        `${service.fhir}/Provenance?target=Observation/${id}.red-flag-urgency`,
      );
      const agent = resourcesOf<Provenance>(found, 'Provenance')[0]?.agent;
      agents[name] = (agent ?? []).slice(1).map(({ who }) => who.reference);
    }
    expect(agents).toEqual({ source: ['Patient/p1'], none: [] });
  });

  test('no absolute and no versioned reference, here or in an Observation', () => {
    const references = valuesOf('reference', [provenance, observations]);
    expect(references.length).toBeGreaterThan(observations.length);
    for (const reference of references) {
      expect(reference).toMatch(/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/);
    }
  });
});

describe('dataAbsentReason', () => {
  const answers: Answers = {
    ...worked('U1'),
    'pain-location': ['low-back'],
    'pain-duration': 'under-3-months',
    'exercise-effect': 'varies',
    'morning-stiffness': 'present-unsure-how-long',
    'nsaid-response': 'not-taken',
    'hla-b27': 'not-tested',
    'crp-esr-raised': 'unknown',
    'si-imaging': 'not-done',
    'diagnosed-conditions': ['psoriatic-arthritis'],
  };
  let became: Map<string, Observation>;
  beforeAll(async () => {
    became = await become('reasons', answers);
  });

  test.each([
    ['improves-with-exercise', 'asked-unknown'],
    ['morning-stiffness-over-30-min', 'asked-unknown'],
    ['crp-esr-raised', 'asked-unknown'],
    ['nsaid-good-response', 'not-performed'],
    ['hla-b27-positive', 'not-performed'],
    ['sacroiliitis-on-imaging', 'not-performed'],
    ['buttock-pain', 'unknown'],
    ['psoriasis', 'unknown'],
    ['asas-ibp-2009', 'not-applicable'],
  ])('%s: %s', (code, reason) => {
    expect(told(became.get(code))).toEqual(absent(reason));
  });

  test('a blank question gives no fact', () => {
    for (const code of ['insidious-onset', 'night-pain', 'enthesitis', 'onset-age', 'pain-intensity']) {
      expect([code, became.get(code)]).toEqual([code, undefined]);
    }
  });

  test('the criteria of a set that is not applicable stay', () => {
    const set = became.get('nice-ng65');
    const parts = (set?.component ?? []).map((part) => part.code.coding?.[0]?.code);
    expect(parts.slice(0, 9)).toContain('onset-before-35');
    expect(parts.slice(9)).toEqual(['gate', 'verdict', 'threshold', 'decision']);
    expect(set && told(component(set, 'gate'))).toEqual(verdict('not-met'));
    expect(set && told(component(set, 'onset-before-35'))).toEqual(absent('unknown'));
    expect(set && told(component(set, 'wakes-second-half'))).toEqual(absent('unknown'));
  });

  test('red flags undecided: a "not sure" that raises no flag → asked-unknown', async () => {
    const safety = { ...worked('U1'), 'eye-symptoms-now': 'unknown' };
    const flags = (await become('undecided', safety)).get('red-flag-urgency');
    expect(told(flags)).toEqual(absent('asked-unknown'));
    expect(flags?.note?.[0]?.text).toContain('safety questions not fully answered');
    expect(flags?.interpretation).toBeUndefined();
  });
});

describe('gate unknown', () => {
  const withoutDuration = (name: string): Answers => {
    const { 'pain-duration': _blank, ...rest } = worked(name);
    return rest;
  };

  test.each(['D1', 'D2', 'D5', 'D6', 'S4'])('%s without a duration: never met, never refer', async (name) => {
    const answers = withoutDuration(name);
    const became = await become(`gate unknown ${name}`, answers);
    for (const id of SET_IDS) {
      const expected = evaluateSet(id, answers);
      const set = became.get(id);
      if (!set) throw new Error(`no ${id}`);
      expect([id, ...told(component(set, 'verdict'))]).toEqual([id, ...verdict(expected.verdict)]);
      if (expected.decision) expect(told(component(set, 'decision'))).toEqual(verdict(expected.decision));
      if (expected.gate?.finding === 'unknown') {
        expect(told(component(set, 'gate'))).toEqual(absent('unknown'));
        expect([id, expected.verdict]).not.toEqual([id, 'met']);
      }
    }
  });

  test('the note says what it would be', async () => {
    const became = await become('gate unknown, note', withoutDuration('D1'));
    expect(became.get('asas-ibp-2009')?.note?.[0]?.text).toContain('gate unknown; would be');
  });
});
