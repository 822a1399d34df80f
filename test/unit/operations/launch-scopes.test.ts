/** What is asked for, and what is too little. */
import { describe, expect, test } from '@jest/globals';
import { readScopes } from '../../../src/fhir/scopes.js';
import type { Access } from '../../../src/operations/access.js';
import { requireLeast, scopesToAsk } from '../../../src/operations/launch-scopes.js';
import type { AuthorizationServer, Ehr } from '../../../src/operations/smart-port.js';

const EHR: Ehr = { iss: 'https://ehr.example/fhir', clientId: 'axspa', scope: null, name: null };
const SERVER: AuthorizationServer = {
  issuer: 'https://ehr.example',
  authorizationEndpoint: 'https://ehr.example/authorize',
  tokenEndpoint: 'https://ehr.example/token',
  revocationEndpoint: null,
  jwksUri: null,
  capabilities: [],
  signingAlgorithms: null,
  isNamedInAnswers: false,
};
const ask = (server: Partial<AuthorizationServer>, isStandalone = false) =>
  scopesToAsk(EHR, { ...SERVER, ...server }, isStandalone);

describe('asked for', () => {
  test('version 2', () => {
    expect(ask({ capabilities: ['permission-v2', 'permission-offline', 'permission-online'] })).toBe(
      'launch openid fhirUser online_access ' +
        'patient/Patient.rs patient/QuestionnaireResponse.crus patient/Observation.crus patient/Provenance.crus ' +
        'patient/Task.crus patient/DocumentReference.crs ' +
        'user/Patient.rs user/QuestionnaireResponse.crus user/Observation.crus user/Provenance.crus ' +
        'user/Task.crus user/DocumentReference.crs',
    );
  });

  test('version 1, and one patient alone where the server does not say who signs in', () => {
    expect(ask({ issuer: null, capabilities: ['permission-offline'] }, true)).toBe(
      'launch/patient offline_access ' +
        'patient/Patient.read patient/QuestionnaireResponse.read patient/QuestionnaireResponse.write ' +
        'patient/Observation.read patient/Observation.write patient/Provenance.read patient/Provenance.write ' +
        'patient/Task.read patient/Task.write patient/DocumentReference.read patient/DocumentReference.write',
    );
  });

  test('no more than can be had', () => {
    expect(ask({})).not.toContain('access');
  });

  test('what the configuration says, to the letter', () => {
    expect(scopesToAsk({ ...EHR, scope: 'launch user/*.rs' }, SERVER, true)).toBe('launch user/*.rs');
  });

  test('nothing that we could not read ourselves', () => {
    const resources = (text: string) => text.split(' ').filter((one) => /^(patient|user)\//.test(one));
    for (const capabilities of [[], ['permission-v2']]) {
      const asked = resources(ask({ capabilities }));
      expect(readScopes(asked.join(' '))).toHaveLength(asked.length);
    }
  });
});

describe('granted', () => {
  const access = (scope: string, isPatient: boolean): Access => ({
    grants: readScopes(scope),
    patient: 'Patient/p1',
    person: null,
    isPatient,
    who: 'axspa',
    client: 'axspa',
  });
  const missing = (scope: string, isPatient: boolean): string | null => {
    try {
      requireLeast(access(scope, isPatient));
      return null;
    } catch (error) {
      return error instanceof Error && 'issues' in error ? JSON.stringify(error.issues) : 'a bug';
    }
  };

  test.each([
    ['user/*.cruds', false],
    ['user/Patient.r user/QuestionnaireResponse.rs user/Observation.rs', false],
    ['user/Patient.read user/QuestionnaireResponse.read user/Observation.read', false],
    ['patient/*.rs', false],
    ['patient/Patient.r patient/QuestionnaireResponse.cru', true],
    ['patient/*.write patient/*.read', true],
  ])('%s is enough (patient: %p)', (scope, isPatient) => {
    expect(missing(scope, isPatient)).toBeNull();
  });

  test.each([
    ['user/QuestionnaireResponse.rs user/Observation.rs', false, 'user/Patient.r.'],
    [
      'user/Patient.r user/QuestionnaireResponse.r user/Observation.rs',
      false,
      'user/QuestionnaireResponse.s.',
    ],
    ['patient/Patient.r patient/QuestionnaireResponse.cr', true, 'patient/QuestionnaireResponse.u.'],
    ['patient/QuestionnaireResponse.cru', true, 'patient/Patient.r.'],
    ['', true, 'patient/Patient.r, patient/QuestionnaireResponse.cru.'],
    ['', false, 'user/Patient.r, user/QuestionnaireResponse.rs, user/Observation.rs.'],
  ])('%p is not (patient: %p): %s', (scope, isPatient, named) => {
    expect(missing(scope, isPatient)).toContain(
      `"code":"scope-missing","text":"The EHR did not grant what is needed: ${named}"`,
    );
  });

  test('a patient’s own scopes reach nobody without a patient', () => {
    expect(() => requireLeast({ ...access('patient/*.cruds', true), patient: null })).toThrow(
      'scope-missing',
    );
  });
});
