/** SMART App Launch 2.2, "Scopes for requesting FHIR Resources": what grants, and what only looks as if it did. */
import { describe, expect, test } from '@jest/globals';
import { readScopes } from '../../../src/fhir/scopes.js';

/** One line a grant: level, type, letters, query. */
const told = (text: string) =>
  readScopes(text).map(
    ({ level, type, permissions, query }) =>
      `${level} ${type} ${permissions.join('')}${query === null ? '' : ` ${[...query].flat().join(' ')}`}`,
  );

const LETTERS = ['c', 'r', 'u', 'd', 's'];
/** The 31 ways to choose letters without changing their order. */
const IN_ORDER = Array.from({ length: 31 }, (_, at) =>
  LETTERS.filter((_letter, bit) => (at + 1) & (1 << bit)),
);

describe('version 2', () => {
  test.each(IN_ORDER.map((letters) => letters.join('')))('%s', (letters) => {
    expect(told(`user/Observation.${letters}`)).toEqual([`user Observation ${letters}`]);
  });

  test.each(['patient', 'user', 'system'])('%s', (level) => {
    expect(told(`${level}/Patient.r`)).toEqual([`${level} Patient r`]);
  });

  test('letters in another order, twice, or others grant nothing', () => {
    const pairs = LETTERS.flatMap((one, at) => LETTERS.slice(0, at + 1).map((two) => one + two));
    expect(pairs).toHaveLength(15);
    const wrong = [...pairs, 'srudc', 'crudss', 'ccruds', 'crudsx', 'a', 'R', 'CRUDS', 'r,s', 'r+s'];
    for (const letters of wrong)
      expect([letters, told(`user/Observation.${letters}`)]).toEqual([letters, []]);
  });

  test('every type, by the star alone', () => {
    expect(told('patient/*.rs')).toEqual(['patient * rs']);
    for (const type of [
      '**',
      'Obs*',
      '*Observation',
      '',
      '?',
      'observation',
      'Observation1',
      'Obser-vation',
      'O',
    ]) {
      expect([type, told(`patient/${type}.rs`)]).toEqual([type, []]);
    }
  });

  test('a type of 64 letters, and none of 65', () => {
    const type = `A${'b'.repeat(63)}`;
    expect(told(`user/${type}.r`)).toEqual([`user ${type} r`]);
    expect(told(`user/${type}b.r`)).toEqual([]);
  });
});

describe('version 1', () => {
  test.each([
    ['read', 'rs'],
    ['write', 'cud'],
    ['*', 'cruds'],
  ])('%s is %s', (word, letters) => {
    expect(told(`user/Observation.${word}`)).toEqual([`user Observation ${letters}`]);
    expect(told(`patient/*.${word}`)).toEqual([`patient * ${letters}`]);
  });

  test('knows no query', () => {
    for (const word of ['read', 'write', '*']) {
      expect([word, told(`user/Observation.${word}?category=survey`)]).toEqual([word, []]);
    }
  });

  test.each([
    'Read',
    'READ',
    'reads',
    'readwrite',
    'read.write',
    'writer',
    '**',
    'rw',
    'search',
    'constructor',
  ])('%s grants nothing', (word) => {
    expect(told(`user/Observation.${word}`)).toEqual([]);
  });
});

describe('a query', () => {
  test('is kept, decoded, in its order', () => {
    expect(told('patient/Observation.rs?category=a%7Cb&code=c,d&code=e')).toEqual([
      'patient Observation rs category a|b code c,d code e',
    ]);
  });

  test('may hold what else a scope is made of', () => {
    expect(told('user/Observation.rs?code=user/*.cruds')).toEqual(['user Observation rs code user/*.cruds']);
    expect(told('user/Observation.rs?code=a?b')).toEqual(['user Observation rs code a?b']);
  });

  test('is kept for what is unknown, too: whoever holds it to resources decides', () => {
    expect(told('patient/Observation.rs?unknown=1')).toEqual(['patient Observation rs unknown 1']);
    expect(readScopes('patient/Observation.rs?&')[0]?.query?.size).toBe(0);
  });

  test('that is empty makes it no scope', () => {
    expect(told('patient/Observation.rs?')).toEqual([]);
  });

  test('none is null, not an empty one', () => {
    expect(readScopes('patient/Observation.rs')[0]?.query).toBeNull();
  });
});

describe('many', () => {
  test('each by itself, in order; what is no scope of resources is passed over', () => {
    expect(told(' openid fhirUser\tuser/Patient.r  launch/patient patient/Task.u\nprofile ')).toEqual([
      'user Patient r',
      'patient Task u',
    ]);
  });

  test('one wrong one does not spoil the others', () => {
    expect(told('user/Patient.sr user/Task.s')).toEqual(['user Task s']);
  });

  test.each([
    [
      '',
      ' ',
      'openid',
      'offline_access',
      '*',
      '*/*',
      'user',
      'user/',
      'user/*',
      'user/.r',
      '/Patient.r',
      '*.cruds',
    ],
    [
      'User/Patient.r',
      'PATIENT/*.read',
      'patients/*.read',
      'xuser/Patient.r',
      'userPatient.r',
      '*/Patient.r',
    ],
    [
      'user/Patient.r;',
      'user/Patient.r/',
      'user/Patient.r#x',
      'user/Patient',
      'user/Patient.',
      'user//Patient.r',
    ],
    ['user/Patient/p1.r', 'user/Patient .r', 'user-Patient.r', 'user/Patient:r', 'launch/Patient.r'],
  ])('%p and its like grant nothing', (...texts) => {
    for (const text of texts) expect([text, readScopes(text)]).toEqual([text, []]);
  });
});
