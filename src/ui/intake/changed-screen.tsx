import type { Answers } from '../engine/answers.js';
import { drawnQuestions } from '../engine/enablement.js';
import { readResponse } from '../engine/response.js';
import { adviceOf, isUrgent, warningsOn } from './advice-table.js';
import { AdviceText } from './advice-text.js';
import { answerTexts } from './answer-text.js';
import { once } from './once.js';
import type { Standing } from './saving.js';
import { wasSent } from './state.js';
import { Title } from './title.js';
import { foreignLanguage, questionText, type View } from './view.js';

/** Somebody else wrote answers meanwhile: the person sees what differs, and says which ones are right. */
export function ChangedScreen({ theirs, ...view }: View & { readonly theirs: Standing }) {
  const { texts, state, dispatch } = view;
  const read = readResponse(state.form, theirs.response);
  const isSent = wasSent(theirs.response);
  return (
    <>
      <Title host={view.host}>{isSent ? texts.sentElsewhere : texts.changedElsewhere}</Title>
      <p>{texts.changedLead}</p>
      {'answers' in read && <Theirs {...view} theirs={read.answers} />}
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

/** What they call for, and each question that is answered in another way there. */
function Theirs({ theirs, ...view }: View & { readonly theirs: Answers }) {
  const { texts, state, language } = view;
  const { form, answers, advising } = state;
  const codes = adviceOf(warningsOn(advising.table, theirs)).filter(isUrgent);
  const [there, here] = [textsOf(theirs, view), textsOf(answers, view)];
  const differing = form.questions.filter(({ linkId }) => there.get(linkId) !== here.get(linkId));
  return (
    <>
      {codes.length > 0 && <p>{texts.theirAdvice}</p>}
      <AdviceText {...view} codes={codes} />
      <dl class="answers" lang={foreignLanguage(form, language)}>
        {differing.map((question) => (
          <div key={question.linkId} class="answer" data-link-id={question.linkId}>
            <dt>{questionText(question, language)}</dt>
            <dd>
              {texts.there}: <span class="told">{there.get(question.linkId) ?? texts.notAnswered}</span>
              {texts.here}: <span class="told">{here.get(question.linkId) ?? texts.notAnswered}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** linkId → what was answered, of the questions that are asked then and have an answer. */
function textsOf(answers: Answers, view: View): ReadonlyMap<string, string> {
  const { form } = view.state;
  return new Map(
    drawnQuestions(form, answers).flatMap((question): [string, string][] => {
      const told = answerTexts(question, answers.get(question.linkId) ?? [], view).join(', ');
      return told ? [[question.linkId, told]] : [];
    }),
  );
}
