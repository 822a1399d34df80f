import { closingOf, drawnQuestions } from '../engine/enablement.js';
import type { Group, Question } from '../engine/form.js';
import { textOf } from '../engine/text.js';
import { isUrgent } from './advice-table.js';
import { AdviceText } from './advice-text.js';
import { adviceFor } from './advising.js';
import { answerTexts } from './answer-text.js';
import { Errors } from './errors.js';
import { once } from './once.js';
import { RefusedNotice, SavedLine } from './saved-line.js';
import { wasSent } from './state.js';
import { Title } from './title.js';
import { foreignLanguage, questionText, type View } from './view.js';

/** Everything that is asked, with what was answered, before it is sent. */
export function CheckScreen(view: View) {
  const { state, texts, language, dispatch } = view;
  const { form, answers, advising } = state;
  const codes = adviceFor(advising, answers);
  const change = (linkId: string) => dispatch({ type: 'change', linkId });
  return (
    <>
      <Errors {...view} onGo={change} />
      {state.troubles.length === 0 && <RefusedNotice {...view} />}
      <Title host={view.host}>{texts.check}</Title>
      <p>{wasSent(state.saving.known) ? texts.alreadySent : texts.checkLead}</p>
      <AdviceText {...view} codes={codes.filter((code) => isUrgent(code) || code === 'undecided')} />
      <div lang={foreignLanguage(form, language)}>
        {chaptersOf(drawnQuestions(form, answers)).map(({ group, questions }) => (
          <Chapter
            key={questions[0]?.linkId}
            {...view}
            group={group}
            questions={questions}
            onChange={change}
          />
        ))}
        {closingOf(form, answers).map((item) => (
          <p key={item.linkId}>{textOf(item, 'text', language)}</p>
        ))}
      </div>
      <Send {...view} />
      <SavedLine {...view} />
    </>
  );
}

function Send({ state, texts, dispatch }: View) {
  return (
    <div class="actions steps">
      <button
        type="button"
        class="button primary"
        data-action="send"
        onClick={(event) => once(event) && dispatch({ type: 'send' })}
      >
        {wasSent(state.saving.known) ? texts.sendAgain : texts.send}
      </button>
      <button type="button" class="button" data-action="back" onClick={() => dispatch({ type: 'back' })}>
        {texts.back}
      </button>
    </div>
  );
}

interface ChapterProps extends View {
  readonly group: Group | null;
  readonly questions: readonly Question[];
  onChange(linkId: string): void;
}

function Chapter({ group, questions, onChange, ...view }: ChapterProps) {
  const { language } = view;
  const title = group && textOf(group.item, 'text', language);
  return (
    <section class="chapter">
      {title && <h2>{title}</h2>}
      <dl class="answers">
        {questions.map((question) => (
          <Line key={question.linkId} {...view} question={question} onChange={onChange} />
        ))}
      </dl>
    </section>
  );
}

interface LineProps extends View {
  readonly question: Question;
  onChange(linkId: string): void;
}

function Line({ question, onChange, ...view }: LineProps) {
  const { state, texts, language } = view;
  const { linkId, readOnly } = question;
  const typed = state.entries.get(linkId);
  const told = answerTexts(question, state.answers.get(linkId) ?? [], view);
  // What is no answer yet is shown as it was typed: it must not look as if it were gone.
  const shown = typed?.fault ? [...told, typed.text] : told;
  return (
    <div class="answer" data-link-id={linkId}>
      <dt>{questionText(question, language)}</dt>
      <dd>
        {shown.length === 0 && <span class="soft">{texts.notAnswered}</span>}
        {shown.map((text) => (
          <span key={text} class="told">
            {text}
          </span>
        ))}
        {state.prefilled.has(linkId) && <span class="prefilled">{texts.prefilled}</span>}
      </dd>
      {!readOnly && (
        <dd class="change">
          <button type="button" class="link" data-action="change" onClick={() => onChange(linkId)}>
            {texts.change}
            <span class="visually-hidden">: {questionText(question, language)}</span>
          </button>
        </dd>
      )}
    </div>
  );
}

/** Questions that follow each other in one group. */
function chaptersOf(questions: readonly Question[]): { group: Group | null; questions: Question[] }[] {
  const chapters: { group: Group | null; questions: Question[] }[] = [];
  for (const question of questions) {
    const last = chapters.at(-1);
    if (last && last.group === question.group) last.questions.push(question);
    else chapters.push({ group: question.group, questions: [question] });
  }
  return chapters;
}
