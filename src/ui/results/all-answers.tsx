import type { QuestionnaireResponse } from 'fhir/r4.js';
import { givenAnswers } from './given-answers.js';
import type { Wording } from './wording.js';

interface AllAnswersProps {
  readonly response: QuestionnaireResponse;
  readonly wording: Wording;
  /** There are no results to read first. */
  readonly isOpen: boolean;
}

/** Every question, as it was answered. */
export function AllAnswers({ response, wording, isOpen }: AllAnswersProps) {
  const given = givenAnswers(response, wording);
  const answered = given.filter(({ answers }) => answers.length > 0).length;
  return (
    <details class="card all-answers" open={isOpen || undefined}>
      <summary>
        <h2>
          All answers as given{' '}
          <span class="soft">
            ({answered} of {given.length})
          </span>
        </h2>
      </summary>
      <dl>
        {given.map(({ linkId, question, answers }) => (
          <div key={linkId}>
            <dt>{question}</dt>
            {answers.length === 0 && <dd class="soft">Not answered</dd>}
            {answers.map((answer) => (
              <dd key={answer}>{answer}</dd>
            ))}
          </div>
        ))}
      </dl>
    </details>
  );
}
