import type { Trouble } from './state.js';
import { faultText, reasonText } from './texts.js';
import { questionText, type View } from './view.js';

interface ErrorsProps extends View {
  /** Goes to what is wrong. */
  onGo(linkId: string): void;
}

/** Everything that is wrong, first on the screen, with the way to it. Takes the focus when it appears. */
export function Errors({ onGo, ...view }: ErrorsProps) {
  const { texts, state } = view;
  if (state.troubles.length === 0) return null;
  return (
    <section class="errors notice danger" role="alert" tabIndex={-1} aria-labelledby="errors-title">
      <h2 id="errors-title">{texts.errors}</h2>
      <ul>
        {state.troubles.map((trouble, index) => (
          <li key={`${trouble.linkId}-${index}`}>
            <ErrorLine {...view} trouble={trouble} onGo={onGo} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ErrorLine({ trouble, onGo, ...view }: ErrorsProps & { readonly trouble: Trouble }) {
  const { linkId } = trouble;
  const { form, screen } = view.state;
  const text = troubleText(trouble, view);
  const question = form.questions.find((one) => one.linkId === linkId);
  if (!question || question.readOnly || question.hidden) return <>{text}</>;
  const isHere = screen.name === 'question';
  return (
    <button type="button" class="link" onClick={() => onGo(question.linkId)}>
      {isHere ? (
        text
      ) : (
        <>
          {questionText(question, view.language)} {text}
        </>
      )}
    </button>
  );
}

/** What is wrong, in the page's words. */
export function troubleText({ linkId, fault, code }: Trouble, { texts, state }: View): string {
  const question = state.form.questions.find((one) => one.linkId === linkId);
  if (question?.type === 'quantity' && fault?.code === 'code-not-in-options') return texts.chooseUnit;
  if (fault) return faultText(fault, texts);
  return reasonText(code, texts);
}
