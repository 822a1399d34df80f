import { isUnsaved } from './draft.js';
import { isAmendment } from './state.js';
import type { View } from './view.js';

/** Above all else: the service does not take the answers, and says why. To go on may be for nothing. */
export function RefusedNotice({ state: { saving }, texts }: View) {
  if (saving.trouble !== 'refused') return null;
  return (
    <p role="status" class="notice warn">
      {texts.notTaken} <span lang="en">{saving.issues[0]?.text ?? texts.notSaveable}</span>
    </p>
  );
}

/** Quietly: whether the answers are saved. Only trouble is announced. */
export function SavedLine({ state, texts }: View) {
  const { saving } = state;
  const isOpen = isUnsaved(state);
  const isSaved = saving.known !== null && !isOpen && !saving.trouble && !saving.wanted && !saving.lost;
  return (
    <>
      <p role="status" class="status">
        {saving.trouble === 'away' && texts.notSaved}
        {isAmendment(state) && isOpen && texts.notSentYet}
      </p>
      {isSaved && !isAmendment(state) && <p class="status saved">{texts.saved}</p>}
    </>
  );
}
