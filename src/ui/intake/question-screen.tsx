import { useRef } from 'preact/hooks';
import { drawnQuestions, helpOf, introOf } from '../engine/enablement.js';
import type { Group } from '../engine/form.js';
import { textOf } from '../engine/text.js';
import { Control } from './control.js';
import { Errors, troubleText } from './errors.js';
import { once } from './once.js';
import { RefusedNotice, SavedLine } from './saved-line.js';
import { Title } from './title.js';
import { foreignLanguage, questionText, type View } from './view.js';

interface QuestionScreenProps extends View {
  readonly linkId: string;
}

/** One question, with everything that belongs to it. Enter goes on. */
export function QuestionScreen({ linkId, ...view }: QuestionScreenProps) {
  const { state, texts, dispatch } = view;
  const asked = useRef<HTMLFieldSetElement>(null);
  const isWaiting = state.leavingTo !== null;
  const focusAnswer = () => asked.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        dispatch({ type: 'next' });
      }}
    >
      <RefusedNotice {...view} />
      <Progress {...view} linkId={linkId} />
      <Errors {...view} onGo={focusAnswer} />
      <Asked {...view} linkId={linkId} asked={asked} />
      <div class="actions steps">
        <button
          type="submit"
          class="button primary"
          data-action="next"
          aria-disabled={isWaiting}
          onClick={once}
        >
          {texts.next}
        </button>
        <button
          type="button"
          class="button"
          data-action="back"
          onClick={(event) => once(event) && dispatch({ type: 'back' })}
        >
          {texts.back}
        </button>
      </div>
      {isWaiting && (
        <p role="status" class="waiting">
          {texts.oneMoment}
        </p>
      )}
      <SavedLine {...view} />
    </form>
  );
}

/** How far: of the questions that are asked as it is answered now. */
function Progress({ linkId, state, texts }: QuestionScreenProps) {
  const questions = drawnQuestions(state.form, state.answers);
  const place = questions.findIndex((question) => question.linkId === linkId) + 1;
  return (
    <div class="progress">
      <span id="progress">{texts.progress(place, questions.length)}</span>
      <progress aria-labelledby="progress" value={place} max={questions.length} />
    </div>
  );
}

interface AskedProps extends QuestionScreenProps {
  readonly asked: { current: HTMLFieldSetElement | null };
}

function Asked({ asked, linkId, ...view }: AskedProps) {
  const { state, texts, language } = view;
  const { form, answers } = state;
  const question = form.questions.find((one) => one.linkId === linkId);
  if (!question) return null;
  const intro = introOf(form, answers, linkId);
  const help = helpOf(form, answers, linkId);
  const wrong = state.troubles.filter((trouble) => trouble.linkId === linkId);
  const described = [...help.map((item) => `help-${item.linkId}`), ...(wrong.length > 0 ? ['wrong'] : [])];
  return (
    <div lang={foreignLanguage(form, language)}>
      <GroupNames group={question.group} language={language} />
      {intro.map((item) => (
        <p key={item.linkId}>{textOf(item, 'text', language)}</p>
      ))}
      <fieldset ref={asked} data-link-id={linkId} aria-describedby={described.join(' ') || undefined}>
        <legend>
          <Title host={view.host} id="question">
            {textOf(question.item, 'prefix', language)} {questionText(question, language)}
          </Title>
        </legend>
        {help.map((item) => (
          <p key={item.linkId} id={`help-${item.linkId}`} class="help">
            {textOf(item, 'text', language)}
          </p>
        ))}
        {state.prefilled.has(linkId) && <p class="prefilled">{texts.prefilled}</p>}
        {wrong.length > 0 && (
          <p id="wrong" class="wrong">
            <strong>{texts.error}: </strong>
            {wrong.map((trouble) => troubleText(trouble, view))}
          </p>
        )}
        <Control {...view} question={question} isWrong={wrong.length > 0} />
      </fieldset>
    </div>
  );
}

/** "Your health › Your family": the groups around a question, outermost first. */
function GroupNames({ group, language }: { readonly group: Group | null; readonly language: string }) {
  const names: string[] = [];
  for (let one = group; one; one = one.group) names.unshift(textOf(one.item, 'text', language));
  const shown = names.filter(Boolean);
  return shown.length > 0 ? <p class="group">{shown.join(' › ')}</p> : null;
}
