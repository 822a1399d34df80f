import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import { type Answers, withAnswers } from '../engine/answers.js';
import { checkQuestion } from '../engine/checks.js';
import type { Form } from '../engine/form.js';
import { toResponse } from '../engine/response.js';
import { asAmended } from './amend-response.js';
import type { Answerable } from './answerable.js';
import { type Edit, type Edits, sortEdits, withEdit, withoutEdits } from './edits.js';
import { loadClinician } from './load-extras.js';
import type { OpenQuestionsProps } from './open-questions.js';
import type { OpenQuestion } from './ranking.js';
import { savable, sheetRows } from './sheet-rows.js';

type SheetProps = OpenQuestionsProps & Answerable & { readonly open: readonly OpenQuestion[] };

/** Answers that are not saved yet, over those that are stored; what does not fit is kept, but not saved. */
export function useAnswers({ form, stored, edits, result, extras, open, onEdits, onSave }: SheetProps) {
  const [isSaving, setSaving] = useState(false);
  const sorted = sortEdits(edits, stored);
  const answers = withEdits(form, stored, sorted.kept);
  const rows = sheetRows(form, answers, open, sorted);
  const sent = savable(rows, sorted);
  const faulty = new Set([...sent].filter(isFaulty(form, answers)).map(([linkId]) => linkId));
  const answer = (linkId: string, given: Edit['given']) =>
    onEdits((all) => withEdit(all, stored, [linkId, given]));
  const giveUp = (linkId: string) =>
    onEdits((all) => new Map([...all].filter(([other]) => other !== linkId)));
  const save = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (sent.size === 0 || isSaving || faulty.size > 0) return;
    setSaving(true);
    const clinician = extras ? extras.clinician : await loadClinician();
    const saved = await onSave(toResponse(form, answers, asAmended(result.response, clinician)), 'answers');
    if (saved.state === 'saved') onEdits((all) => withoutEdits(all, sent));
    setSaving(false);
  };
  return { answers, rows, sent, overtaken: sorted.overtaken, faulty, isSaving, answer, giveUp, save };
}

function withEdits(form: Form, stored: Answers, edits: Edits): Answers {
  return [...edits].reduce(
    (all, [linkId, { given }]) => (given ? withAnswers(form, all, linkId, given) : all),
    stored,
  );
}

function isFaulty(form: Form, answers: Answers) {
  return ([linkId, { given }]: [string, Edit]) =>
    given === null || checkQuestion(form, answers, linkId).length > 0;
}
