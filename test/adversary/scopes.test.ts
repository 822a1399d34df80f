/** Genuine tokens whose claims try to say more than their issuer meant: what is not understood gives nothing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import { createLedger, NOT_YOURS } from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { send } from '../support/contract-http.js';
import { START_TIMEOUT } from '../support/contract-service.js';
import type { Claims } from '../support/token-issuer.js';

const ledger = createLedger('scopes');
let world: World;

beforeAll(async () => {
  world = await startWorld();
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

/** Claims of any shape, as an issuer that is careless, or was talked into something, would sign them. */
type Odd = Record<string, unknown>;
const headersOf = async (claims: Odd) => ({
  authorization: `Bearer ${await world.issuer.mint(claims as Claims)}`,
});
const plain = async () => {
  await ledger.stillAnswers(
    `${world.service.fhir}/QuestionnaireResponse/${world.names.own}`,
    await headersOf({ scope: 'patient/*.cruds', patient: 'p1' }),
  );
};

/** Everything that a token could reach of the patient p2, or of all patients. */
async function reachesNobody(name: string, claims: Odd): Promise<void> {
  const headers = await headersOf(claims);
  const { fhir } = world.service;
  const { other } = world.names;
  for (const path of [
    `QuestionnaireResponse/${other}`,
    `Observation/${other}.nice-ng65`,
    'Patient/p2',
    `Task/${other}.task`,
    `Provenance/${other}.v1`,
    `QuestionnaireResponse/${other}/$explain`,
    '$delivery-status',
  ]) {
    ledger.refused(`${name}: ${path}`, await send(`${fhir}/${path}`, { headers }), NOT_YOURS);
  }
  const body = { resourceType: 'QuestionnaireResponse', subject: { reference: 'Patient/p2' } };
  ledger.refused(
    `${name}: writing`,
    await send(`${fhir}/QuestionnaireResponse`, { headers, body }),
    NOT_YOURS,
  );
}

const RESOURCES = 'patient/*.cruds';
const ALL = 'user/*.cruds';

/** Reach nothing, not even p1. */
const NOTHING: Record<string, Odd> = {
  'no scope': {},
  'an empty scope': { scope: '' },
  'a list of scopes': { scope: [ALL, 'system/*.cruds'] },
  'an object of scopes': { scope: { 0: ALL } },
  'scopes under another name': { scp: ALL, scopes: ALL, permissions: [ALL] },
  'another case': { scope: 'USER/*.CRUDS User/*.cruds user/*.Cruds user/*.READ system/*.Read' },
  'letters out of order': { scope: 'system/*.sdurc system/*.srduc user/*.rc' },
  'letters twice': { scope: 'system/*.rr system/*.ccrruuddss user/*.rsrs' },
  'a letter too many': { scope: 'system/*.crudsx system/*.crudsp user/*.rsz' },
  'no letters': { scope: 'system/*. system/*.? user/*' },
  'words of no version': { scope: 'system/*.all system/*.admin system/*.readwrite user/*.**' },
  'version 1 with a query': { scope: 'system/*.read?category=survey user/*.*?x=y' },
  'a level of no kind': {
    scope: 'admin/*.cruds root/*.cruds */*.cruds /*.cruds patients/*.cruds launch/*.cruds',
  },
  'types of no kind': { scope: 'system/**.cruds system/.cruds system/questionnaireresponse.cruds user/?.rs' },
  'a type that climbs': { scope: 'system/../*.cruds user/Questionnaire/../*.cruds' },
  'types in a list': { scope: 'system/Patient,QuestionnaireResponse,Observation,Task,Provenance.cruds' },
  'a comma between scopes': { scope: 'system/*.read,system/*.write' },
  'an encoded star': { scope: 'system/%2A.cruds user/%2a.cruds' },
  'a full-width star': { scope: 'system/\uff0a.cruds user/\u2217.cruds' },
  'a zero-width space within': { scope: 'sys\u200btem/*.cruds user/*\u200b.cruds' },
  'a NUL within': { scope: 'system/*.cruds\u0000 user\u0000/*.cruds' },
  'a query of what cannot be held': {
    scope:
      'system/QuestionnaireResponse.cruds?_security=x user/Patient.rs?name=a user/Observation.rs?code:not=x',
  },
  'a query of __proto__': {
    scope: 'system/*.cruds?__proto__=x user/*.cruds?constructor=x user/*.rs?toString=x',
  },
  'an empty query': { scope: 'system/*.cruds? user/*.rs?& user/*.rs?=' },
  'a patient-level scope and no patient': { scope: RESOURCES },
  'an empty patient': { scope: RESOURCES, patient: '' },
  'a patient that is a list': { scope: RESOURCES, patient: ['p2'] },
  'a patient that is an object': { scope: RESOURCES, patient: { id: 'p2' } },
  'a patient that is a number': { scope: RESOURCES, patient: 2 },
  'a patient that is a reference': { scope: RESOURCES, patient: 'Patient/p2' },
  'a patient that is a URL': { scope: RESOURCES, patient: 'https://ehr.example.org/Patient/p2' },
  'patients with a comma': { scope: RESOURCES, patient: 'p1,p2' },
  'patients with a space': { scope: RESOURCES, patient: 'p1 p2' },
  'a patient that climbs': { scope: RESOURCES, patient: '../Patient/p2' },
  'a patient of dots': { scope: RESOURCES, patient: '..' },
  'a patient with a query': { scope: RESOURCES, patient: 'p2?x=y' },
  'a patient with an encoded slash': { scope: RESOURCES, patient: 'p1%2Fp2' },
  'a patient with a line': { scope: RESOURCES, patient: 'p2\n' },
  'a patient of every kind': { scope: RESOURCES, patient: '*' },
  'a patient of 65 letters': { scope: RESOURCES, patient: 'p'.repeat(65) },
  'a patient within another claim': {
    scope: RESOURCES,
    launch: { patient: 'p2' },
    context: { patient: 'p2' },
  },
  'a patient in capitals': { scope: RESOURCES, Patient: 'p2', PATIENT: 'p2' },
};

/** Reach p1 and nobody else. */
const ONE: Record<string, Odd> = {
  'the scope of one': { scope: RESOURCES, patient: 'p1' },
  'scopes given twice': { scope: `${RESOURCES} ${RESOURCES}`, patient: 'p1' },
  'a patient with the scope of staff': { scope: ALL, fhirUser: 'Patient/p1' },
  'a patient with the scope of a system': { scope: 'system/*.cruds', fhirUser: 'Patient/p1' },
  'a patient, by a URL': { scope: ALL, fhirUser: 'https://ehr.example.org/fhir/Patient/p1' },
  'a patient with another in the context of nobody': { scope: ALL, fhirUser: 'Patient/p1', patient: ['p2'] },
  'a relative with the scope of staff': { scope: ALL, fhirUser: 'RelatedPerson/r1', patient: 'p1' },
  'a person with the scope of staff': { scope: ALL, fhirUser: 'Person/x', patient: 'p1' },
  'staff in the context of one': { scope: RESOURCES, fhirUser: 'Practitioner/d1', patient: 'p1' },
};

/** A patient, spelt so that it might not be taken for one; with the scope of staff. */
const PERSONS = [
  'patient/p1',
  'PATIENT/p1',
  'Patient/p1/',
  'Patient/p1/_history/1',
  'Patient/p1?x=Practitioner/d1',
  'Patient/p1#Practitioner',
  ' Patient/p1',
  'Patient/p1 ',
  'Patient|p1',
  'Patient:p1',
  'Patient/',
  'Patient',
  'p1',
  'urn:uuid:5a6b1c8e-0000-4000-8000-000000000000',
  'https://ehr.example.org/fhir/Patient/p1/',
  'Group/g1',
  'Device/d1',
  '__proto__',
  ['Patient/p1'],
  { reference: 'Patient/p1' },
  null,
  1,
];

describe('claims that say nothing', () => {
  test.each(Object.entries(NOTHING))('%s: 403', async (name, claims) => {
    await reachesNobody(name, claims);
    const headers = await headersOf(claims);
    const url = `${world.service.fhir}/QuestionnaireResponse`;
    ledger.refused(`${name}: own`, await send(`${url}/${world.names.own}`, { headers }), NOT_YOURS);
    ledger.refused(`${name}: search`, await send(url, { headers }), NOT_YOURS);
  });

  test.each(PERSONS)('a user %j, with the scope of staff: 403', async (fhirUser) => {
    await reachesNobody(`fhirUser ${JSON.stringify(fhirUser)}`, { scope: ALL, fhirUser });
  });

  test('nothing was written, and others are answered', async () => {
    const before = await world.state();
    await reachesNobody('once more', { scope: [ALL] });
    expect(await world.state()).toBe(before);
    await plain();
  });
});

describe('claims that say one patient', () => {
  test.each(Object.entries(ONE))('%s: nobody else', async (name, claims) => {
    await reachesNobody(name, claims);
    const headers = await headersOf(claims);
    const found = await send<Bundle>(`${world.service.fhir}/QuestionnaireResponse`, { headers });
    const subjects = found.body.entry?.map(
      ({ resource }) => JSON.stringify(resource).match(/Patient\/\w+/)?.[0],
    );
    ledger.harmless(`${name}: search`, [found.status, new Set(subjects)], [200, new Set(['Patient/p1'])]);
    await plain();
  });
});
