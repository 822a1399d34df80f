/**
 * Links to a next page that the service never gave. Whoever makes one up asks the FHIR server what they like; whether
 * something was found must not show, or every answer of another patient could be guessed, one question at a time.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import { createLedger, NOT_KNOWN, NOT_YOURS } from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { send } from '../support/contract-http.js';
import { START_TIMEOUT } from '../support/contract-service.js';

const ledger = createLedger('other-patients-pages');
let world: World;
const callers = new Map<string, Record<string, string>>();

const CLAIMS = {
  'the patient': { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Patient/p1' },
  'the clinician': { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Practitioner/d1' },
  'another patient': { scope: 'patient/*.cruds', patient: 'p2', fhirUser: 'Patient/p2' },
  'who sees one kind': {
    scope: 'user/*.rs?code=x user/QuestionnaireResponse.rs?status=amended',
    fhirUser: 'Practitioner/d1',
  },
  'who sees all': { scope: 'user/*.cruds', fhirUser: 'Practitioner/d1' },
};

beforeAll(async () => {
  world = await startWorld();
  for (const name of ['own', 'own', 'other', 'other']) await world.fresh(name);
  for (const [name, claims] of Object.entries(CLAIMS)) {
    callers.set(name, { authorization: `Bearer ${await world.issuer.mint(claims)}` });
  }
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

const ask = (who: string, path: string) => {
  const headers = callers.get(who) ?? {};
  return send<Bundle>(`${world.service.fhir}/${path}`, { headers });
};
const pageOf = (link: string) => Buffer.from(link).toString('base64url');
const below = (url = '') => url.slice(url.indexOf('/fhir/') + '/fhir/'.length);
const nextOf = ({ link = [] }: Bundle) => below(link.find(({ relation }) => relation === 'next')?.url);

/** Questions about the patient p2, as the FHIR server would answer them; `{other}` is theirs. */
const QUESTIONS = [
  'QuestionnaireResponse?subject=Patient/p2&_count=1',
  'QuestionnaireResponse?subject=Patient/p2,Patient/p1&_count=1',
  'QuestionnaireResponse?patient=Patient/p2,Patient/p1&_count=1',
  'QuestionnaireResponse?patient=Patient/p1&_has:Provenance:target:_id={other}.v1&_count=1',
  'QuestionnaireResponse?identifier=other&_count=1',
  'QuestionnaireResponse?_id={own},{other}&_count=1',
  'QuestionnaireResponse?_count=1',
  'QuestionnaireResponse?subject=Patient/p1&_count=1',
  'QuestionnaireResponse?',
];

describe('a link that was made up', () => {
  const WHO = ['the patient', 'the clinician', 'who sees one kind'];

  test.each(WHO)('by %s: 400, whatever it asks', async (who) => {
    for (const question of QUESTIONS) {
      const path = question.replace('{other}', `${world.names.other}`).replace('{own}', `${world.names.own}`);
      ledger.refused(
        `${who}: ${question}`,
        await ask(who, `QuestionnaireResponse?_page=${pageOf(path)}`),
        NOT_KNOWN,
      );
    }
    await ledger.stillAnswers(`${world.service.fhir}/metadata`);
  });

  test.each(['the patient', 'the clinician'])('by %s, of another type: 400', async (who) => {
    for (const [type, link] of [
      ['Observation', 'Observation?subject=Patient/p2&code=nice-ng65&_count=1'],
      ['Observation', 'Observation?subject=Patient/p2&_include=Observation:subject&_count=1'],
      ['Observation', 'Observation?_has:Provenance:target:_id={other}.v1&_count=1'],
      ['Patient', 'Patient?name=Okafor,Winterbottom&_count=1'],
      ['Patient', 'Patient?_revinclude=Observation:subject&_count=1'],
      ['Task', 'Task?subject=Patient/p2&_count=1'],
      ['QuestionnaireResponse', 'Observation?subject=Patient/p2&_count=1'],
      ['QuestionnaireResponse', 'Patient?_count=1'],
      ['QuestionnaireResponse', '?_getpages=x&_type=Patient&_count=1'],
      ['QuestionnaireResponse', '?_type=QuestionnaireResponse&_count=1'],
      ['QuestionnaireResponse', 'metadata?'],
      ['QuestionnaireResponse', '/Patient/p2?'],
      ['QuestionnaireResponse', '../Patient/p2?'],
      ['QuestionnaireResponse', 'QuestionnaireResponse/../Patient/p2?'],
      ['QuestionnaireResponse', 'http://169.254.169.254/latest?'],
      ['QuestionnaireResponse', '//169.254.169.254/?'],
      ['QuestionnaireResponse', '?_getpages=x@169.254.169.254'],
    ]) {
      const answer = await ask(who, `${type}?_page=${pageOf(`${link}`)}`);
      ledger.refused(`${who}: ${type} by ${link}`, answer, NOT_KNOWN);
    }
    for (const page of ['', '%00', 'x', '..', pageOf(''), '{}', '__proto__']) {
      ledger.refused(`${who}: ${page}`, await ask(who, `QuestionnaireResponse?_page=${page}`), NOT_KNOWN);
    }
    await ledger.stillAnswers(`${world.service.fhir}/metadata`);
  });
});

describe('a link that was given', () => {
  const first = 'QuestionnaireResponse?_count=1';

  test.each(['the patient', 'the clinician', 'another patient', 'who sees all'])(
    'leads %s to all of theirs, and to nobody else’s',
    async (who) => {
      const seen: (string | undefined)[] = [];
      let path = first;
      for (let pages = 0; path !== '' && pages < 20; pages += 1) {
        const { status, body } = await ask(who, path);
        expect(status).toBe(200);
        seen.push(...(body.entry ?? []).map(({ resource }) => resource?.id));
        path = nextOf(body);
      }
      const wanted = await ask(who, 'QuestionnaireResponse?_count=100');
      expect(seen.toSorted()).toEqual(wanted.body.entry?.map(({ resource }) => resource?.id).toSorted());
      expect(seen.length).toBeGreaterThan(2);
    },
  );

  test('to somebody else, or changed by a letter: refused', async () => {
    const link = nextOf((await ask('the patient', first)).body);
    const given = new URLSearchParams(link.split('?')[1]);
    const page = given.get('_page') ?? '';
    ledger.refused('to another patient', await ask('another patient', link), NOT_KNOWN);
    ledger.refused('to who sees one kind', await ask('who sees one kind', link), NOT_KNOWN);
    ledger.refused(
      'of all, to the patient',
      await ask('the patient', nextOf((await ask('who sees all', first)).body)),
      NOT_KNOWN,
    );
    ledger.refused(
      'for another type',
      await ask('the patient', link.replace('QuestionnaireResponse', 'Observation')),
      NOT_KNOWN,
    );
    const another = pageOf(Buffer.from(page, 'base64url').toString().replace('p1', 'p2'));
    const forged = (name: string, value: string) => {
      const query = new URLSearchParams(given);
      query.set(name, value);
      return `QuestionnaireResponse?${query}`;
    };
    ledger.refused('of another search', await ask('the patient', forged('_page', another)), NOT_KNOWN);
    ledger.refused('and more', await ask('the patient', `${link}&_count=100`), NOT_KNOWN);
    ledger.refused('and another patient', await ask('the patient', `${link}&patient=p2`), NOT_YOURS);
    for (const [name, value] of given) {
      ledger.refused(
        `${name} changed`,
        await ask('the patient', forged(name, `${value.slice(0, -2)}AA`)),
        NOT_KNOWN,
      );
      ledger.refused(`${name} emptied`, await ask('the patient', forged(name, '')), NOT_KNOWN);
    }
    await ledger.stillAnswers(`${world.service.fhir}/metadata`);
  });
});
