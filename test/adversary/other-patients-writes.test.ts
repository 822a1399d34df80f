/** A patient, and a clinician in the context of one, read, change and send what is another patient's. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { createLedger, NOT_YOURS, type Refusal } from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { type Sent, send } from '../support/contract-http.js';
import { CLINIC, toResponse } from '../support/contract-responses.js';
import { START_TIMEOUT } from '../support/contract-service.js';

const ledger = createLedger('other-patients-writes');
const BAD = (code: string): Refusal => [400, code];
let world: World;
const callers = new Map<string, Record<string, string>>();
const CLAIMS = {
  'the patient': { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Patient/p1' },
  'the clinician': { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Practitioner/d1' },
};
const WHO = Object.keys(CLAIMS);

beforeAll(async () => {
  world = await startWorld();
  for (const [name, claims] of Object.entries(CLAIMS)) {
    callers.set(name, { authorization: `Bearer ${await world.issuer.mint(claims)}` });
  }
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

type Attack = [name: string, path: string, sent?: Sent, refusal?: Refusal];

/** Each is refused, and nothing is there afterwards that was not before. */
async function attackAll(who: string, attacks: Attack[]): Promise<void> {
  const before = await world.state();
  for (const [name, path, sent = {}, refusal = NOT_YOURS] of attacks) {
    const headers = { ...callers.get(who), ...sent.headers };
    const url = `${world.service.fhir}/${path.replace(/\{(\w+)\}/g, (_all, one: string) => `${world.names[one]}`)}`;
    ledger.refused(`${who}: ${name}`, await send(url, { ...sent, headers }), refusal);
  }
  expect(await world.state()).toBe(before);
  await ledger.stillAnswers(`${world.service.fhir}/Patient/p1`, callers.get(who));
}

const CALM = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };
/** A response that would be taken, but for whom it is about. */
const about = (subject: unknown, more: object = {}) =>
  ({ ...toResponse(CALM, 'attack', { subject } as Partial<QuestionnaireResponse>), ...more }) as object;
const p2 = { reference: 'Patient/p2' };
const p1 = { reference: 'Patient/p1' };

/** Every way to say p2 that anybody might read as p1 or as p2. */
const subjects = (embedded: string): Record<string, unknown> => ({
  'by a reference': p2,
  'by a URL of the FHIR server': { reference: `${embedded}/Patient/p2` },
  'by a URL of the facade': { reference: `${world.service.fhir}/Patient/p2` },
  'by a URL of elsewhere': { reference: 'https://ehr.example.org/fhir/Patient/p1' },
  'by a URL that climbs': { reference: `${embedded}/Patient/p1/../p2` },
  'by a path that climbs': { reference: 'Patient/p1/../p2' },
  'by a version': { reference: 'Patient/p2/_history/1' },
  'by an identifier alone': { identifier: { system: 'urn:x', value: 'p2' } },
  'by an identifier and p1 in display': { identifier: { value: 'p2' }, display: 'Patient/p1' },
  'in small letters': { reference: 'patient/p1' },
  'in capitals': { reference: 'PATIENT/P1' },
  'with a space': { reference: 'Patient/p1 ' },
  'with a line': { reference: 'Patient/p1\n' },
  'with a slash': { reference: 'Patient/p1/' },
  'with a question mark': { reference: 'Patient/p1?x=p2' },
  'with a hash': { reference: 'Patient/p1#p2' },
  'as contained': { reference: '#p' },
  'as a group': { reference: 'Group/p1' },
  'as a list': [p1, p2],
  'as a text': 'Patient/p1',
  'as a number': 1,
  'as null': null,
  'as an empty object': {},
  'as a reference that is a list': { reference: ['Patient/p1'] },
  'as a reference that is an object': { reference: { toString: 'Patient/p1' } },
  'of nobody': undefined,
});

describe.each(WHO)('%s', (who) => {
  test('asks by an identifier that two of another’s have, put there by somebody else', async () => {
    for (const id of ['twin-1', 'twin-2']) {
      const body = { ...about(p2, { identifier: { system: CLINIC, value: 'twin' } }), id };
      await send(`${world.service.embeddedUrl}/QuestionnaireResponse/${id}`, { method: 'PUT', body });
    }
    const headers = { 'if-none-exist': `identifier=${CLINIC}|twin` };
    await attackAll(who, [['twins', 'QuestionnaireResponse', { body: about(p1), headers }]]);
  });

  test('reads what is another’s', async () => {
    const ids = ['{other}', '{none}', 'r0', 'none', '{other}.nice-ng65'];
    const reads = [
      ...ids.flatMap((id) => [
        `QuestionnaireResponse/${id}`,
        `QuestionnaireResponse/${id}/_history`,
        `QuestionnaireResponse/${id}/_history/1`,
        `QuestionnaireResponse/${id}/_history/2`,
        `QuestionnaireResponse/${id}/$explain`,
        `QuestionnaireResponse/${id}/$extract`,
        `QuestionnaireResponse/${id}/$advice`,
        `QuestionnaireResponse/${id}/$delivery-status`,
        `Observation/${id}`,
        `Task/${id}.task`,
        `Provenance/${id}.v1`,
      ]),
      'Patient/p2',
      'Patient/p9',
      'Task/invite-p2',
      'Observation/lab-p2',
      'Observation/{other}.red-flag-urgency',
      '$delivery-status',
      '$delivery-status?status=written',
      '$delivery-status?_count=1&_after=u-1-1',
    ];
    await attackAll(who, [
      ...reads.map((path): Attack => [path, path]),
      ...['$explain', '$extract', '$advice'].map(
        (one): Attack => [`POST ${one}`, `QuestionnaireResponse/{other}/${one}`, { method: 'POST' }],
      ),
    ]);
  }, 60_000);

  test('sends what is another’s', async () => {
    const bodies = Object.entries(subjects(world.service.embeddedUrl));
    const operations = ['', '/$validate', '/$explain', '/$extract', '/$delivery-plan'];
    await attackAll(
      who,
      bodies.flatMap(([name, subject]) =>
        operations.flatMap((operation): Attack[] => {
          const body = about(subject, { contained: [{ resourceType: 'Patient', id: 'p' }] });
          const parameter = [{ name: 'resource', resource: body }];
          const path = `QuestionnaireResponse${operation}`;
          return [
            [`subject ${name} ${operation}`, path, { body }],
            [
              `subject ${name} in Parameters ${operation}`,
              path,
              { body: { resourceType: 'Parameters', parameter } },
            ],
          ];
        }),
      ),
    );
  }, 120_000);

  test('hides whose it is', async () => {
    const doubled = JSON.stringify(about(p1)).replace(
      '"subject":',
      '"subject":{"reference":"Patient/p2"},"subject":',
    );
    const wrapped = (...parameter: object[]) => ({ body: { resourceType: 'Parameters', parameter } });
    const mine = { name: 'resource', resource: about(p1) };
    const theirs = { name: 'questionnaire-response', resource: about(p2) };
    const escaped = JSON.stringify(about(p2)).replace('"subject"', '"sub\\u006aect"');
    const proto = JSON.stringify(about(undefined)).replace(
      '{',
      '{"__proto__":{"subject":{"reference":"Patient/p1"}},',
    );
    await attackAll(who, [
      ['two subjects', 'QuestionnaireResponse', { body: doubled }, BAD('not-json')],
      ['an escaped name', 'QuestionnaireResponse', { body: escaped }],
      ['a subject of the prototype', 'QuestionnaireResponse', { body: proto }],
      [
        'a subject of the constructor',
        'QuestionnaireResponse',
        { body: about(undefined, { constructor: { subject: p1 } }) },
      ],
      ['theirs behind mine', 'QuestionnaireResponse/$explain', wrapped(mine, theirs)],
      ['mine behind theirs', 'QuestionnaireResponse/$explain', wrapped(theirs, mine)],
      [
        'mine twice',
        'QuestionnaireResponse/$validate',
        wrapped(mine, { ...mine, resource: about(p2) }),
        BAD('unknown-parameter'),
      ],
      ['a list of two', 'QuestionnaireResponse', { body: [about(p1), about(p2)] }],
      [
        'a Bundle',
        'QuestionnaireResponse',
        { body: { resourceType: 'Bundle', entry: [{ resource: about(p2) }] } },
      ],
      [
        'a Bundle with a subject',
        'QuestionnaireResponse',
        { body: { resourceType: 'Bundle', subject: p2, entry: [] } },
      ],
      ['nothing', 'QuestionnaireResponse', { method: 'POST' }],
      ['null', 'QuestionnaireResponse', { body: 'null' }],
      ['their subject in capitals', 'QuestionnaireResponse', { body: about(undefined, { Subject: p1 }) }],
    ]);
  });

  test('changes what is another’s', async () => {
    const put = (body: object, version = '1'): Sent => ({
      method: 'PUT',
      body,
      headers: { 'if-match': `W/"${version}"` },
    });
    const amended = { status: 'amended', identifier: undefined };
    await attackAll(who, [
      ['theirs', 'QuestionnaireResponse/{other}', put(about(p2, amended))],
      ['theirs, made mine', 'QuestionnaireResponse/{other}', put(about(p1, amended))],
      [
        'theirs, withdrawn',
        'QuestionnaireResponse/{other}',
        put({ resourceType: 'QuestionnaireResponse', status: 'entered-in-error', subject: p1 }),
      ],
      [
        'theirs, under my id in the body',
        'QuestionnaireResponse/{other}',
        put(about(p1, { ...amended, id: world.names.own })),
      ],
      ['mine, made theirs', 'QuestionnaireResponse/{own}', put(about(p2, amended))],
      [
        'mine, made theirs by a URL',
        'QuestionnaireResponse/{own}',
        put(about({ reference: `${world.service.embeddedUrl}/Patient/p2` }, amended)),
      ],
      ['mine, made nobody’s', 'QuestionnaireResponse/{own}', put(about(undefined, amended))],
      [
        'mine, made theirs by an identifier',
        'QuestionnaireResponse/{own}',
        put(about({ identifier: { value: 'p2' } }, amended)),
      ],
      ['what is not there', 'QuestionnaireResponse/{none}', put(about(p1, amended))],
      ['a stale one of theirs', 'QuestionnaireResponse/{other}', put(about(p1, amended), '7')],
      ['their alert', 'Task/{other}.task', put({ resourceType: 'Task', status: 'completed' })],
      ['their invitation', 'Task/invite-p2', put({ resourceType: 'Task', status: 'cancelled' })],
      ['no Task', 'Task/{none}.task', put({ resourceType: 'Task', status: 'completed' })],
      ['their delivery', 'QuestionnaireResponse/{other}/$deliver', { method: 'POST' }],
      [
        'their delivery again',
        'QuestionnaireResponse/{other}/$deliver',
        { body: { resourceType: 'Parameters', parameter: [{ name: 'resend', valueBoolean: true }] } },
      ],
      [
        'their delivery given up',
        'QuestionnaireResponse/{other}/$drop',
        { body: { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: 'x' }] } },
      ],
      ['an invitation of theirs', 'Patient/p2/$invite', { method: 'POST' }],
      ['an invitation of nobody', 'Patient/p9/$invite', { method: 'POST' }],
    ]);
  });

  test('asks by an identifier of theirs', async () => {
    const condition = (text: string, prefer: string): Sent => ({
      body: about(p1, { identifier: { system: CLINIC, value: 'attack' } }),
      headers: { 'if-none-exist': text, prefer },
    });
    const conditions = [
      `identifier=${CLINIC}|other`,
      'identifier=other',
      `?identifier=${CLINIC}%7Cother`,
      `identifier=other,attack`,
    ];
    const prefers = [
      '',
      'return=minimal',
      'return=representation',
      'return=OperationOutcome',
      'respond-async',
    ];
    await attackAll(who, [
      ...conditions.flatMap((text) =>
        prefers.map(
          (prefer): Attack => [`${text}, ${prefer}`, 'QuestionnaireResponse', condition(text, prefer)],
        ),
      ),
      [
        'and more',
        'QuestionnaireResponse',
        condition('identifier=x&subject=Patient/p2', ''),
        BAD('unknown-parameter'),
      ],
      [
        'something else',
        'QuestionnaireResponse',
        condition('subject=Patient/p2', ''),
        BAD('unknown-parameter'),
      ],
      [
        'their key',
        'QuestionnaireResponse',
        { body: about(p1, { identifier: { system: CLINIC, value: 'other' } }) },
        [409, 'identifier-in-use'],
      ],
      [
        'their key, withdrawn',
        'QuestionnaireResponse',
        { body: about(p1, { identifier: { system: CLINIC, value: 'other' }, status: 'entered-in-error' }) },
        [409, 'identifier-in-use'],
      ],
    ]);
  }, 60_000);
});

test('a patient signs as somebody else, and asks for what patients may not', async () => {
  const people = [
    'Patient/p2',
    'Practitioner/d1',
    'RelatedPerson/r1',
    'Organization/o',
    'Device/d',
    'patient/p1',
    'Patient/p1/',
    'Patient/p1 ',
    'https://ehr.example.org/Patient/p1',
  ];
  const signed = people.flatMap((reference) => [{ reference }, { reference, identifier: { value: 'x' } }]);
  const others = [
    ...signed,
    { identifier: { value: 'd1' } },
    { display: 'Dr. Strange' },
    {},
    [],
    'Patient/p1',
    null,
    { reference: ['Patient/p1'] },
  ];
  await attackAll('the patient', [
    ...['author', 'source'].flatMap((name) =>
      others.map(
        (one): Attack => [
          `${name} ${JSON.stringify(one)}`,
          'QuestionnaireResponse',
          { body: about(p1, { [name]: one }) },
        ],
      ),
    ),
    ...['$explain', '$extract', '$delivery-plan'].flatMap((one): Attack[] => [
      [one, `QuestionnaireResponse/${one}`, { body: about(p1) }],
    ]),
    ['their own, explained', 'QuestionnaireResponse/{own}/$explain'],
    ['their own, extracted', 'QuestionnaireResponse/{own}/$extract'],
    ['their own verdict', 'Observation/{own}.nice-ng65'],
    ['their own panel', 'Observation/{own}.axspa-screening-panel'],
    ['their own fact', 'Observation/{own}.low-back-pain'],
    ['their own alert', 'Task/{own}.task'],
    [
      'their own alert, done',
      'Task/{own}.task',
      { method: 'PUT', body: { resourceType: 'Task', status: 'completed' } },
    ],
    ['their own Provenance', 'Provenance/{own}.v1'],
    ['their own laboratory', 'Observation/lab-p1'],
    ['an invitation for themselves', 'Patient/p1/$invite', { method: 'POST' }],
  ]);
});
