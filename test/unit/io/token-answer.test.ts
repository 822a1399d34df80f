/** What a token endpoint may answer (RFC 6749 §5.1). */
import { describe, expect, test } from '@jest/globals';
import { readTokenAnswer } from '../../../src/io/token-request.js';

const NOW = new Date('2026-05-04T08:00:00.000Z');
const LEAST = { access_token: 'at', token_type: 'Bearer' };
const endOf = (answer: object) => readTokenAnswer(answer, NOW)?.tokens.expiresAt.toISOString();

test('all of it', () => {
  const answer = {
    ...LEAST,
    expires_in: 300,
    scope: 'openid',
    refresh_token: 'rt',
    id_token: 'it',
    patient: 'p1',
  };
  expect(readTokenAnswer(answer, NOW)).toEqual({
    tokens: { accessToken: 'at', expiresAt: new Date('2026-05-04T08:05:00.000Z'), refreshToken: 'rt' },
    scope: 'openid',
    idToken: 'it',
    context: answer,
  });
});

test.each([
  [{}, '2026-05-04T09:00:00.000Z'],
  [{ expires_in: '300' }, '2026-05-04T08:05:00.000Z'],
  [{ expires_in: 0 }, '2026-05-04T09:00:00.000Z'],
  [{ expires_in: -5 }, '2026-05-04T09:00:00.000Z'],
  [{ expires_in: 'soon' }, '2026-05-04T09:00:00.000Z'],
  [{ expires_in: 1e12 }, '2026-05-05T08:00:00.000Z'],
])('%j ends %s', (said, end) => {
  expect(endOf({ ...LEAST, ...said })).toBe(end);
});

describe('no token', () => {
  test.each<[string, unknown]>([
    ['nothing', null],
    ['no access token', { token_type: 'Bearer' }],
    ['an empty one', { ...LEAST, access_token: '' }],
    ['one that is no text', { ...LEAST, access_token: 7 }],
    ['one that would break a header', { ...LEAST, access_token: 'a\r\nX: y' }],
    ['another kind', { ...LEAST, token_type: 'DPoP' }],
    ['no kind', { access_token: 'at' }],
  ])('%s', (_name, body) => {
    expect(readTokenAnswer(body, NOW)).toBeNull();
  });

  test('but the kind in whatever letters', () => {
    expect(readTokenAnswer({ ...LEAST, token_type: 'bearer' }, NOW)?.tokens.accessToken).toBe('at');
  });
});
