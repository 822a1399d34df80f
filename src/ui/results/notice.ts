import { failureText } from '../parts/fhir-search.js';
import { refusalIn } from '../parts/refusal.js';
import { readAnswerable } from './answerable.js';
import { changesBetween } from './changes.js';
import { type Edits, givenWords, sortEdits } from './edits.js';
import type { Loaded, Result } from './load-result.js';
import type { Saved } from './save-response.js';
import type { Wording } from './wording.js';

/** What came of something that the clinician did, or somebody else. */
export interface Notice {
  readonly tone: 'good' | 'warn' | 'danger';
  readonly title: string;
  readonly lines: readonly string[];
  /** It came by itself: the focus stays where it is. */
  readonly isQuiet?: boolean;
}

/** Something that was sent, and what was read afterwards. */
export interface Attempt {
  readonly what: 'answers' | 'withdrawal';
  readonly saved: Saved;
  readonly before: Result;
  /** null when nothing was read anew. */
  readonly next: Loaded | null;
  /** What was answered on the page, saved or not. */
  readonly edits: Edits;
  readonly wording: Wording;
}

/** What to say of an attempt. Nothing that was not saved goes unsaid. */
export function noticeAfter(attempt: Attempt): Notice {
  const { what, saved, before, next } = attempt;
  const not = what === 'withdrawal' ? 'Not withdrawn' : 'Not saved';
  if (saved.state === 'overtaken') return overtakenNotice(attempt);
  if (saved.state === 'unreachable') {
    const done = what === 'withdrawal' ? 'withdrawn' : 'saved';
    const line = `The service did not answer, so nobody knows whether it was ${done}. Try again.`;
    return { tone: 'danger', title: `Not sure whether this was ${done}`, lines: [line] };
  }
  if (saved.state === 'refused') {
    const lines = refusalIn(saved) ? [failureText(saved)] : saved.issues.map(({ text }) => text);
    return { tone: 'danger', title: not, lines };
  }
  const done = what === 'withdrawal' ? 'Withdrawn' : 'Saved';
  const title = saved.isQueued ? `${done} here. It is still on its way to the record.` : done;
  if (next?.state !== 'done') return { tone: 'warn', title, lines: [OLD_SHOWN] };
  return { tone: 'good', title, lines: changeLines(before, next) };
}

const OLD_SHOWN = 'The new version could not be read, so this is still the one before. Load it again.';

/** Somebody else has changed it, and nothing was sent from here: what there is to know before reading on. */
export function changedNotice(before: Result, next: Loaded): Notice {
  const isWithdrawn = next.state === 'done' && next.result.response.status === 'entered-in-error';
  const title = isWithdrawn ? 'This screening was withdrawn just now' : 'This screening was changed just now';
  const lines = changeLines(before, next);
  return { tone: 'warn', title, lines: ['You see the new version.', ...lines], isQuiet: true };
}

function overtakenNotice({ what, next, edits, wording }: Attempt): Notice {
  const title = `${what === 'withdrawal' ? 'Not withdrawn' : 'Not saved'}: this screening has changed in the meantime`;
  const notice = (lines: readonly string[]): Notice => ({ tone: 'warn', title, lines });
  if (next?.state !== 'done') return notice([OLD_SHOWN]);
  const { response } = next.result;
  const isWithdrawn = response.status === 'entered-in-error';
  const left = editLines(next.result, edits, wording);
  if (what === 'withdrawal' && isWithdrawn) {
    return { tone: 'warn', title: 'It is withdrawn already', lines: left };
  }
  if (what === 'withdrawal') {
    return notice(['You see the new version. If it is still wrong, withdraw it again.', ...left]);
  }
  if (isWithdrawn) return notice(['It was withdrawn.', ...left]);
  return notice(
    left.length > 0 ? left : ['What you answered is what is stored now: nothing is left to save.'],
  );
}

/** What became of each answer that is not saved; nothing where there is none. */
export function editLines(result: Result, edits: Edits, wording: Wording): string[] {
  const answerable = readAnswerable(result);
  if (!answerable)
    return edits.size > 0 ? ['Your answers cannot be saved any more: they are listed below.'] : [];
  const { kept, overtaken } = sortEdits(edits, answerable.stored);
  const again = 'You see the new version. Look at what is marked “not saved yet” below, and save it again.';
  const lost = [...overtaken].map(([linkId, { given }]) => {
    const stored = givenWords(linkId, answerable.stored.get(linkId) ?? [], wording);
    const question = wording.shortQuestion(linkId);
    return `${question} You answered ${givenWords(linkId, given, wording)}. Stored now: ${stored}.`;
  });
  return [...(kept.size > 0 ? [again] : []), ...lost];
}

function changeLines({ explanation: before }: Result, next: Loaded | null): string[] {
  if (next?.state !== 'done' || !before || !next.result.explanation) return [];
  if (next.result.response.status === 'entered-in-error') return [];
  const changes = changesBetween(before, next.result.explanation);
  if (changes.length === 0) return ['Scored again. No verdict changed.'];
  return changes.map(({ title, before: was, after }) => `${title}: ${was} → ${after}`);
}
