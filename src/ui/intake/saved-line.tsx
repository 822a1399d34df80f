import { faultyNow, isUnsaved, refusalOf } from './draft.js';
import { questionScreen } from './screen.js';
import { isAmendment, wasSent } from './state.js';
import { reasonText } from './texts.js';
import { questionText, type View } from './view.js';

/** Above all else: what the service does not take, why, and the way there. To go on may be for nothing. */
export function RefusedNotice({ state, texts, language, dispatch }: View) {
  const { saving, screen } = state;
  const refused = faultyNow(state).flatMap((question) => {
    const code = refusalOf(state, question.linkId);
    return code === null ? [] : [{ question, text: reasonText(code, texts) }];
  });
  if (refused.length === 0 && saving.trouble !== 'refused') return null;
  const isHere = (linkId: string) => screen.name === 'question' && screen.linkId === linkId;
  // From the list it leads back to the list; else the questions go on from there.
  const go = (linkId: string) =>
    screen.name === 'check'
      ? dispatch({ type: 'change', linkId })
      : dispatch({ type: 'went', screen: questionScreen(linkId) });
  return (
    <div role="status" class="notice warn">
      <p>{texts.notTaken}</p>
      {refused.length === 0 && <p>{reasonText(saving.issues[0]?.code ?? '', texts)}</p>}
      {refused.map(({ question, text }) => (
        <p key={question.linkId}>
          {questionText(question, language)} <strong>{text}</strong>{' '}
          {!isHere(question.linkId) && (
            <button type="button" class="link" data-action="change" onClick={() => go(question.linkId)}>
              {texts.change}
            </button>
          )}
        </p>
      ))}
    </div>
  );
}

/** Quietly: whether the answers are saved. Only trouble is announced. */
export function SavedLine({ state, texts }: View) {
  const { saving, screen } = state;
  const isOpen = isUnsaved(state);
  const isSaved = saving.known !== null && !isOpen && !saving.trouble && !saving.wanted && !saving.lost;
  // Of the question in front of the person it would come and go with every letter.
  const isFaulty = faultyNow(state).some(
    ({ linkId }) => screen.name !== 'question' || screen.linkId !== linkId,
  );
  return (
    <>
      <p role="status" class="status">
        {saving.trouble === 'away' && texts.notSaved}
        {isAmendment(state) && isOpen && (wasSent(saving.known) ? texts.notSentYet : texts.sendAtEnd)}
      </p>
      {isFaulty && !isAmendment(state) && <p class="status">{texts.notYetRight}</p>}
      {isSaved && !isAmendment(state) && <p class="status saved">{texts.saved}</p>}
    </>
  );
}
