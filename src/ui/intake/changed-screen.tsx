import { enabledQuestions } from '../engine/enablement.js';
import { readResponse } from '../engine/response.js';
import { once } from './once.js';
import type { Standing } from './saving.js';
import { Title } from './title.js';
import type { View } from './view.js';

/** Somebody else wrote answers meanwhile: the person says which ones are right. */
export function ChangedScreen({ theirs, ...view }: View & { readonly theirs: Standing }) {
  const { texts, state, dispatch } = view;
  const { form, answers } = state;
  const read = readResponse(form, theirs.response);
  const isSent = theirs.response.status !== 'in-progress';
  const count = (given: typeof answers) =>
    enabledQuestions(form, given).filter(({ linkId }) => given.get(linkId)?.length).length;
  return (
    <>
      <Title host={view.host}>{isSent ? texts.sentElsewhere : texts.changedElsewhere}</Title>
      <p>{texts.changedLead}</p>
      <ul>
        {'answers' in read && <li>{texts.theirsAnswered(count(read.answers))}</li>}
        <li>{texts.mineAnswered(count(answers))}</li>
      </ul>
      <div class="actions">
        {'answers' in read && (
          <button
            type="button"
            class="button"
            data-action="use-theirs"
            onClick={(event) => once(event) && dispatch({ type: 'use-theirs' })}
          >
            {texts.useTheirs}
          </button>
        )}
        <button
          type="button"
          class="button"
          data-action="keep-mine"
          onClick={(event) => once(event) && dispatch({ type: 'keep-mine' })}
        >
          {texts.keepMine}
        </button>
      </div>
    </>
  );
}
