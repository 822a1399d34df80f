/** A patient, and a clinician in the context of one patient, look for another patient's data in every search. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import {
  type Answered,
  createLedger,
  NO_SUCH,
  NOT_KNOWN,
  NOT_YOURS,
  type Refusal,
} from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { send } from '../support/contract-http.js';
import { START_TIMEOUT } from '../support/contract-service.js';

const ledger = createLedger('other-patients-search');
let world: World;
/** Headers of the two. */
let callers: [name: string, headers: Record<string, string>][];

beforeAll(async () => {
  world = await startWorld();
  // More than one of a kind, so that there is a next page to be told of.
  await world.fresh('other');
  await world.fresh('other');
  const claims = {
    'the patient': { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Patient/p1' },
    'the clinician': { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Practitioner/d1' },
  };
  callers = await Promise.all(
    Object.entries(claims).map(
      async ([name, one]): Promise<[string, Record<string, string>]> => [
        name,
        { authorization: `Bearer ${await world.issuer.mint(one)}` },
      ],
    ),
  );
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

const fill = (text: string) =>
  text.replace(/\{([\w-]+)\}/g, (_all, name: string) =>
    name === 'embedded' ? world.service.embeddedUrl : `${world.names[name]}`,
  );

/** Sends it as both; `judge` says what is wrong. */
async function asBoth(path: string, judge: (name: string, answer: Answered) => void): Promise<void> {
  for (const [who, headers] of callers) {
    judge(`${who}: ${path}`, await send(`${world.service.fhir}/${fill(path)}`, { headers }));
  }
  await ledger.stillAnswers(`${world.service.fhir}/Patient`, callers[0]?.[1]);
}

const refusing = (refusal: Refusal) => (name: string, answer: Answered) =>
  ledger.refused(name, answer, refusal);

/** Answered, with nothing of another patient, and without a word of how much there is of them. */
function showsOwn(name: string, answer: Answered): void {
  const { entry = [], total, link = [] } = JSON.parse(answer.text) as Bundle;
  const whose = entry.map(
    ({ resource }) => JSON.stringify(resource).match(/Patient\/\w+|"Patient","id":"\w+/)?.[0],
  );
  const strangers = whose.filter((one) => one !== undefined && !/p1$/.test(one));
  const next = link.filter(({ relation }) => relation !== 'self').length;
  ledger.harmless(
    name,
    [answer.status, strangers, JSON.stringify(entry).includes('Okafor')],
    [200, [], false],
  );
  expect([name, total === undefined || total === entry.length]).toEqual([name, true]);
  expect([name, next]).toEqual([name, 0]);
}

const PATIENT_TYPES = ['QuestionnaireResponse', 'Observation', 'Task'];
const NAMES = [
  'Patient/p2',
  'p2',
  '{embedded}/Patient/p2',
  'Patient%2Fp2',
  'Patient/p1,Patient/p2',
  'p2,p1',
  ',p2',
  'Patient/p1%2CPatient/p2',
  'p1%5C,p2',
  'Patient/p1&{name}=Patient/p2',
  'Patient/p2&{name}=Patient/p1',
  'p2%00',
  'Patient/p2/_history/1',
  'Patient/p9',
  '',
  '*',
  'Patient/',
  'patient/p2',
  'Patient//p2',
  '%50atient/p2',
  'p2%20',
];

describe('somebody else is named', () => {
  test.each(PATIENT_TYPES.flatMap((type) => ['patient', 'subject'].map((name) => [type, name] as const)))(
    '%s?%s=: 403',
    async (type, name) => {
      for (const value of NAMES) {
        await asBoth(`${type}?${name}=${value.replaceAll('{name}', name)}`, refusing(NOT_YOURS));
      }
    },
    60_000,
  );

  test('Patient?_id=: 403', async () => {
    for (const value of ['p2', 'p1,p2', 'p9', 'Patient/p2', 'p1&_id=p2', 'p%32', '']) {
      await asBoth(`Patient?_id=${value}`, refusing(NOT_YOURS));
    }
  });

  /** Under a name that is none here, or with a modifier: never passed over, never passed on. */
  const UNKNOWN = [
    'subject:Patient=p2',
    'patient:Patient=p2',
    'subject:identifier=x|p2',
    'patient:missing=false',
    'subject:not=Patient/p1',
    'patient.name=Okafor',
    'subject.name=Okafor',
    'subject:Patient.name=Okafor',
    'patient._id=p2',
    'subject.identifier=x|p2',
    'subject.link=Patient/p1',
    'PATIENT=Patient/p2',
    'Subject=Patient/p2',
    'patient%20=p2',
    'patient%00=p2',
    'patient[]=p2',
    'patient[0]=p2',
    '+patient=p2',
    '_has:Observation:subject:code=nice-ng65',
    '_has:QuestionnaireResponse:patient:status=completed',
    '_filter=subject%20eq%20Patient/p2',
    '_query=everything',
    '_list=p2',
    '_content=Okafor',
    '_text=Okafor',
    '_tag=p2',
    '_security=p2',
    '_profile=p2',
    '_source=p2',
    '_lastUpdated=gt2000',
    '_revinclude=Observation:subject',
    '_revinclude=Provenance:target',
    '_revinclude=*',
    '_revinclude:iterate=*',
    '_include:iterate=Observation:subject',
    '_include:recurse=*',
    '_contained=both',
    '_elements=subject',
    '_score=true',
    '_type=Patient,Observation',
    '_getpages=x',
    '_getpagesoffset=0',
    '_cursor=x',
    '_offset=0',
    'page=2',
    '__proto__=x',
    'constructor=x',
    '__proto__[patient]=p1',
    'toString=x',
    '$where=1',
  ];
  test.each(['QuestionnaireResponse', 'Observation', 'Task', 'Patient'])(
    '%s, in a way that is not served: 400',
    async (type) => {
      for (const query of UNKNOWN) await asBoth(`${type}?${query}`, refusing(NOT_KNOWN));
      for (const include of [
        '*',
        'Observation:*',
        'Observation:subject',
        'Task:focus',
        'Observation:has-member:Patient',
      ]) {
        await asBoth(`${type}?_include=${include}`, refusing(NOT_KNOWN));
      }
    },
    120_000,
  );
});

describe('somebody else is searched for by what is theirs', () => {
  const QUERIES = [
    'QuestionnaireResponse?_id={other}',
    'QuestionnaireResponse?_id={own},{other}',
    'QuestionnaireResponse?identifier={other-identifier}',
    'QuestionnaireResponse?identifier=other',
    'QuestionnaireResponse?identifier=https://clinic.example.org/screenings|',
    'QuestionnaireResponse?author=Patient/p2',
    'QuestionnaireResponse?questionnaire=https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening',
    'QuestionnaireResponse?patient=https://elsewhere.example.org/Patient/p1',
    'QuestionnaireResponse?patient=Group/p1',
    'QuestionnaireResponse?_summary=count&_id={other}',
    'QuestionnaireResponse?_total=accurate&_count=0&_id={other}',
    'Observation?_id={other}.nice-ng65',
    'Observation?_id={other}.red-flag-urgency',
    'Observation?derived-from=QuestionnaireResponse/{other}',
    'Observation?derived-from={other}',
    'Observation?identifier=https://w3id.org/axspa-screening/observation|{other}.nice-ng65',
    'Observation?_id={other}.axspa-screening-panel&_include=Observation:has-member',
    'Observation?_summary=count&derived-from=QuestionnaireResponse/{other}',
    'Observation?_total=accurate&_count=0&derived-from=QuestionnaireResponse/{other}',
    'Observation?code=nice-ng65&derived-from=QuestionnaireResponse/{other}&_count=1',
    'Task?_id={other}.task',
    'Task?focus=QuestionnaireResponse/{other}',
    'Task?_id=invite-p2',
    'Task?_summary=count&focus=QuestionnaireResponse/{other}',
    'Task?_total=accurate&_id={other}.task',
    'Patient?name=Okafor',
    'Patient?name=Okafor&_summary=count',
    'Patient?birthdate=1970-03-02',
    'Patient?_total=accurate&_count=0&name=Okafor',
    'Patient?_sort=name&_count=1',
    'Patient?identifier=|',
  ];
  test.each(QUERIES)('%s: nothing of theirs', async (path) => {
    await asBoth(path, showsOwn);
  });

  test('a patient finds neither their alerts nor their verdicts, however they ask', async () => {
    const [, headers] = callers[0] ?? [];
    for (const path of [
      'Task',
      'Task?focus=QuestionnaireResponse/{own}',
      'Task?priority=stat',
      'Observation',
      'Observation?_include=Observation:has-member',
      'Observation?code=axspa-screening-panel&_include=Observation:has-member',
      'Observation?derived-from=QuestionnaireResponse/{own}',
      'Provenance?target=QuestionnaireResponse/{own}',
    ]) {
      const { status, text } = await send(`${world.service.fhir}/${fill(path)}`, headers ? { headers } : {});
      const { entry = [], total } = JSON.parse(text) as Bundle;
      const found = entry.map(({ resource }) => resource?.id?.replace(`${world.names.own}`, '{own}'));
      const others = found.filter((id) => id !== 'invite-p1' && id !== '{own}.red-flag-urgency');
      const isTold = total !== undefined && total !== entry.length;
      ledger.harmless(path, [status, others, isTold], [200, [], false]);
    }
  });

  test('by a form, in the address and in both: no other way in', async () => {
    const forms: [path: string, body: string, refusal: Refusal | null][] = [
      ['QuestionnaireResponse/_search', 'patient=p2', NOT_YOURS],
      ['QuestionnaireResponse/_search', 'subject=Patient/p2&subject=Patient/p1', NOT_YOURS],
      ['QuestionnaireResponse/_search?patient=p1', 'patient=p2', NOT_YOURS],
      ['QuestionnaireResponse/_search?patient=p2', 'patient=p1', NOT_YOURS],
      ['QuestionnaireResponse/_search?patient=p2', '', NOT_YOURS],
      ['QuestionnaireResponse/_search', 'patient.name=Okafor', NOT_KNOWN],
      ['QuestionnaireResponse/_search', '_revinclude=*', NOT_KNOWN],
      ['QuestionnaireResponse/_search', '__proto__=x', NOT_KNOWN],
      ['QuestionnaireResponse/_search', `_page=${Buffer.from('Patient?').toString('base64url')}`, NOT_KNOWN],
      ['Patient/_search', '_id=p2', NOT_YOURS],
      ['Provenance/_search', 'target=QuestionnaireResponse/{other}', NOT_YOURS],
      ['Observation/_search', 'derived-from=QuestionnaireResponse/{other}', null],
      ['Patient/_search', 'name=Okafor', null],
      ['QuestionnaireResponse/_search', 'identifier={other-identifier}', null],
    ];
    for (const [path, body, refusal] of forms) {
      for (const [who, headers] of callers) {
        const type = { 'content-type': 'application/x-www-form-urlencoded' };
        const sent = { method: 'POST', body: fill(body), headers: { ...headers, ...type } };
        const answer = await send(`${world.service.fhir}/${path}`, sent);
        const name = `${who}: POST ${path} ${body}`;
        if (refusal) ledger.refused(name, answer, refusal);
        else showsOwn(name, answer);
      }
    }
  });

  test('how many there are is how many of one’s own', async () => {
    for (const query of [
      '_summary=count',
      '_total=accurate&_count=0',
      '_summary=count&status=completed,in-progress',
    ]) {
      await asBoth(`QuestionnaireResponse?${query}`, (name, { text }) => {
        ledger.harmless(name, (JSON.parse(text) as Bundle).total, 2);
      });
    }
  });

  test('a Provenance by a target of theirs, by none, or by one and the other: 403', async () => {
    for (const query of [
      '',
      '?_id={other}.v1',
      '?target=QuestionnaireResponse/{other}',
      '?target={other}',
      '?target=Observation/{other}.nice-ng65',
      '?target=QuestionnaireResponse/{own},QuestionnaireResponse/{other}',
      '?target=QuestionnaireResponse/{own}&target=QuestionnaireResponse/{other}',
      '?target=Patient/p2',
      '?target=Patient/p1',
      '?target=Task/{other}.task',
      '?target=QuestionnaireResponse/{none}',
      '?target=QuestionnaireResponse/{other}/_history/1',
      '?target=QuestionnaireResponse/{own}%5C,QuestionnaireResponse/{other}',
      '?target=QuestionnaireResponse/../Observation/{other}',
      '?target=',
      '?target:QuestionnaireResponse={other}',
    ]) {
      await asBoth(`Provenance${query}`, refusing(NOT_YOURS));
    }
    for (const path of [`{other}.v1`, `{none}.v1`, '..', 'x']) {
      const refusal = path === '..' ? NO_SUCH : NOT_YOURS;
      await asBoth(`Provenance/${path}`, refusing(refusal));
    }
  });
});
