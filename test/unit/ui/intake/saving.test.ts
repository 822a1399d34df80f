import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import {
  nextRequest,
  replied,
  requested,
  type SaveReply,
  type Saving,
  sameAnswers,
  settled,
  startSaving,
  tryAgain,
  wantSaved,
} from '../../../../src/ui/intake/saving.js';

function body(age: number, status: QuestionnaireResponse['status'] = 'in-progress'): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    status,
    identifier: { system: 's', value: 'v' },
    item: [{ linkId: 'age', answer: [{ valueInteger: age }] }],
  };
}

const done = (response: QuestionnaireResponse, version: number, status = 200): SaveReply => ({
  state: 'done',
  status,
  body: { ...response, id: 'r1', meta: { versionId: String(version) } },
  etag: `W/"${version}"`,
});
const away: SaveReply = { state: 'unreachable' };
const refused = (status: number, code: string): SaveReply => ({
  state: 'refused',
  status,
  issues: [{ code, text: code, expressions: [] }],
});

/** Sends what is to be sent, and gives it the reply. */
function step(saving: Saving, reply: SaveReply): Saving {
  const request = nextRequest(saving);
  if (!request) throw new Error('nothing to send');
  return replied(requested(saving, request), request, reply);
}

const saved = (age: number) => step(wantSaved(startSaving(null), body(age)), done(body(age), 1, 201));

describe('one after another', () => {
  test('first POST, then PUT with the version that was read', () => {
    const first = wantSaved(startSaving(null), body(1));
    expect(nextRequest(first)).toEqual({ kind: 'create', body: body(1) });
    const second = wantSaved(saved(1), body(2));
    expect(nextRequest(second)).toEqual({
      kind: 'replace',
      id: 'r1',
      etag: 'W/"1"',
      body: { ...body(2), id: 'r1' },
    });
  });

  test('nothing is sent while something is on its way, and then only the latest', () => {
    const first = wantSaved(startSaving(null), body(1));
    const flying = requested(first, { kind: 'create', body: body(1) });
    const waiting = wantSaved(wantSaved(flying, body(2)), body(3));
    expect(nextRequest(waiting)).toBeNull();
    const landed = replied(waiting, { kind: 'create', body: body(1) }, done(body(1), 1, 201));
    expect(nextRequest(landed)).toMatchObject({ kind: 'replace', etag: 'W/"1"', body: body(3) });
  });

  test('saved: nothing more to send', () => {
    expect(nextRequest(saved(1))).toBeNull();
    expect(saved(1)).toMatchObject({ known: body(1), outcome: 'stored', trouble: null });
  });

  test('202 is queued', () => {
    const queued = step(wantSaved(startSaving(null), body(1)), done(body(1), 1, 202));
    expect(queued.outcome).toBe('queued');
  });
});

describe('no connection', () => {
  test('waits to be tried again', () => {
    const lost = step(wantSaved(startSaving(null), body(1)), away);
    expect(lost.trouble).toBe('away');
    expect(nextRequest(lost)).toBeNull();
    expect(nextRequest(tryAgain(lost))).toEqual({ kind: 'create', body: body(1) });
  });

  test('a lost POST is sent again as it was, though the answers went on', () => {
    const lost = wantSaved(step(wantSaved(startSaving(null), body(1)), away), body(2));
    expect(nextRequest(lost)).toEqual({ kind: 'create', body: body(1) });
    const again = step(lost, done(body(1), 1, 200));
    expect(again.theirs).toBeNull();
    expect(nextRequest(again)).toMatchObject({ kind: 'replace', body: body(2) });
  });

  test('a lost POST that is known with other answers is found by its identifier, and asked about', () => {
    const lost = tryAgain(step(wantSaved(startSaving(null), body(1)), away));
    const taken = step(lost, refused(409, 'identifier-in-use'));
    expect(nextRequest(taken)).toEqual({ kind: 'find', identifier: 's|v' });
    const bundle: SaveReply = {
      state: 'done',
      status: 200,
      etag: null,
      body: {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [{ resource: { ...body(9), id: 'r1', meta: { versionId: '4' } } }],
      },
    };
    expect(step(taken, bundle).theirs).toMatchObject({ etag: 'W/"4"' });
  });

  test('a lost PUT that arrived is recognised', () => {
    const lost = tryAgain(step(wantSaved(saved(1), body(2)), away));
    const stale = step(lost, refused(412, 'version-mismatch'));
    expect(nextRequest(stale)).toEqual({ kind: 'read', id: 'r1' });
    const read = step(stale, done(body(2), 2));
    expect(read).toMatchObject({ at: { id: 'r1', etag: 'W/"2"' }, theirs: null, wanted: null, lost: null });
  });

  test('a lost PUT that arrived, and more answers since: those are sent on top of it', () => {
    const lost = wantSaved(step(wantSaved(saved(1), body(2)), away), body(3));
    const read = step(step(lost, refused(412, 'version-mismatch')), done(body(2), 2));
    expect(nextRequest(read)).toMatchObject({ kind: 'replace', etag: 'W/"2"', body: body(3) });
  });

  test('the reading itself fails: it is read again', () => {
    const stale = step(wantSaved(saved(1), body(2)), refused(412, 'version-mismatch'));
    expect(nextRequest(tryAgain(step(stale, away)))).toEqual({ kind: 'read', id: 'r1' });
  });
});

describe('nobody is signed in any more', () => {
  const out = refused(401, 'token-invalid');

  test('what was to be saved waits, also through more answers, and goes on as it would have gone', () => {
    const waiting = step(wantSaved(saved(1), body(2)), out);
    expect([waiting.trouble, nextRequest(waiting)]).toEqual(['signedOut', null]);
    const more = wantSaved(waiting, body(3));
    expect([more.trouble, nextRequest(more)]).toEqual(['signedOut', null]);
    expect(nextRequest(tryAgain(more))).toEqual({
      kind: 'replace',
      id: 'r1',
      etag: 'W/"1"',
      body: { ...body(3), id: 'r1' },
    });
    expect(step(tryAgain(more), done(body(3), 2))).toMatchObject({
      trouble: null,
      known: body(3),
      wanted: null,
    });
  });

  test('a first version that is lost on the way is still looked for afterwards', () => {
    const lost = tryAgain(step(wantSaved(startSaving(null), body(1)), away));
    const waiting = step(wantSaved(lost, body(2)), out);
    expect(nextRequest(tryAgain(waiting))).toEqual({ kind: 'create', body: body(1) });
    const asking = step(tryAgain(step(wantSaved(saved(1), body(2)), refused(412, 'version-mismatch'))), out);
    expect(nextRequest(tryAgain(asking))).toEqual({ kind: 'read', id: 'r1' });
  });
});

describe('somebody else', () => {
  const conflict = () =>
    step(step(wantSaved(saved(1), body(2)), refused(412, 'version-mismatch')), done(body(7), 5));

  test('nothing is sent until the person has chosen', () => {
    expect(conflict().theirs).toMatchObject({ etag: 'W/"5"', response: body(7) });
    expect(nextRequest(conflict())).toBeNull();
    expect(nextRequest(wantSaved(conflict(), body(3)))).toBeNull();
  });

  test('chosen: the next write replaces what was read, and nothing older is sent', () => {
    const chosen = settled(conflict());
    expect(nextRequest(chosen)).toBeNull();
    expect(nextRequest(wantSaved(chosen, body(2)))).toMatchObject({ kind: 'replace', etag: 'W/"5"' });
  });

  test('only the version changed: no question', () => {
    const stale = step(wantSaved(saved(1), body(2)), refused(412, 'version-mismatch'));
    expect(nextRequest(step(stale, done(body(1), 8)))).toMatchObject({ etag: 'W/"8"', body: body(2) });
  });

  test('200 to a POST with other answers standing there is a conflict', () => {
    const lost = tryAgain(step(wantSaved(startSaving(null), body(1)), away));
    expect(step(lost, done(body(7), 2, 200)).theirs).toMatchObject({ etag: 'W/"2"' });
  });

  test('withdrawn meanwhile: nothing is sent any more', () => {
    const stale = step(wantSaved(saved(1), body(2)), refused(412, 'version-mismatch'));
    const read = step(stale, done(body(1, 'entered-in-error'), 3));
    expect(read.theirs?.response.status).toBe('entered-in-error');
    expect(nextRequest(read)).toBeNull();
  });
});

describe('stored is only said of what is known to be', () => {
  const final = () => wantSaved(saved(1), body(2, 'completed'));

  test('found there after a lost answer', () => {
    const lost = tryAgain(step(final(), away));
    const read = step(step(lost, refused(412, 'version-mismatch')), done(body(2, 'completed'), 2));
    expect(read).toMatchObject({ outcome: 'queued', wanted: null, lost: null });
  });

  test('a first version that was known already', () => {
    const lost = tryAgain(step(wantSaved(startSaving(null), body(1)), away));
    expect(step(lost, done(body(1), 1, 200)).outcome).toBe('queued');
  });

  test('written now', () => {
    expect(step(final(), done(body(2, 'completed'), 2)).outcome).toBe('stored');
  });
});

describe('what comes without an id or a version', () => {
  test('the ETag is missing: the version in the body counts', () => {
    const reply: SaveReply = { ...done(body(1), 4, 201), etag: null } as SaveReply;
    expect(step(wantSaved(startSaving(null), body(1)), reply).at).toEqual({ id: 'r1', etag: 'W/"4"' });
  });

  test('something answered that is not the service: nobody knows', () => {
    const reply = { state: 'done', status: 200, body: {}, etag: null } as unknown as SaveReply;
    const lost = step(wantSaved(saved(1), body(2)), reply);
    expect(lost).toMatchObject({ trouble: 'away', lost: body(2) });
  });
});

describe('gone', () => {
  test.each([404, 405, 410])(
    '%s: it is made anew, with the same identifier and without the old id',
    (status) => {
      const gone = step(wantSaved(saved(1), { ...body(2), id: 'r1' }), refused(status, 'resource-not-found'));
      expect(gone).toMatchObject({ at: null, known: null, trouble: null });
      expect(nextRequest(gone)).toEqual({ kind: 'create', body: body(2) });
      expect(step(gone, done(body(2), 1, 201))).toMatchObject({ known: body(2), outcome: 'stored' });
    },
  );

  test('seen only when it is read', () => {
    const stale = step(wantSaved(saved(1), body(2)), refused(412, 'version-mismatch'));
    expect(nextRequest(step(stale, refused(404, 'resource-not-found')))).toEqual({
      kind: 'create',
      body: body(2),
    });
  });

  test('in use, and not found yet: it is looked for again', () => {
    const lost = tryAgain(step(wantSaved(startSaving(null), body(1)), away));
    const none: SaveReply = {
      state: 'done',
      status: 200,
      etag: null,
      body: { resourceType: 'Bundle', type: 'searchset' },
    };
    const looked = step(step(lost, refused(409, 'identifier-in-use')), none);
    expect(looked.trouble).toBe('away');
    expect(nextRequest(tryAgain(looked))).toMatchObject({ kind: 'find' });
  });
});

describe('refused', () => {
  test('is told with its reasons, and not sent again by itself', () => {
    const no = step(wantSaved(startSaving(null), body(1)), refused(422, 'subject-not-found'));
    expect(no).toMatchObject({ trouble: 'refused', refused: body(1) });
    expect(no.issues[0]?.code).toBe('subject-not-found');
    expect(nextRequest(tryAgain(no))).toBeNull();
    expect(nextRequest(wantSaved(no, body(2)))).toEqual({ kind: 'create', body: body(2) });
  });

  test('of an older version counts for nothing when a newer one waits', () => {
    const flying = requested(wantSaved(saved(1), body(2)), {
      kind: 'replace',
      id: 'r1',
      etag: 'W/"1"',
      body: body(2),
    });
    const no = replied(
      wantSaved(flying, body(3)),
      { kind: 'replace', id: 'r1', etag: 'W/"1"', body: body(2) },
      refused(422, 'out-of-range'),
    );
    expect(no.trouble).toBeNull();
    expect(nextRequest(no)).toMatchObject({ body: body(3) });
  });
});

test('the same answers: whatever the order of names and whatever else stands there; not with another status', () => {
  const one = body(1);
  const other = {
    ...body(1),
    id: 'x',
    authored: '2026',
    item: [{ answer: [{ valueInteger: 1 }], linkId: 'age' }],
  };
  expect(sameAnswers(one, other)).toBe(true);
  expect(sameAnswers(one, body(2))).toBe(false);
  expect(sameAnswers(one, body(1, 'completed'))).toBe(false);
});
