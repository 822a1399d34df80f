import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { useMemo } from 'preact/hooks';
import { loadQuestionnaire } from '../engine/load.js';
import { readResponse } from '../engine/response.js';
import { pageUrl } from '../parts/service.js';
import { AnswerSheet } from './answer-sheet.js';
import type { Explanation } from './explanation.js';
import type { Extras } from './load-extras.js';
import type { Result } from './load-result.js';
import { type OpenQuestion, rankOpenQuestions, worthText } from './ranking.js';
import type { Saved } from './save-response.js';
import type { Wording } from './wording.js';

export interface OpenQuestionsProps {
  readonly result: Result;
  readonly explanation: Explanation;
  readonly questionnaire: Questionnaire | null;
  readonly extras: Extras | null;
  readonly wording: Wording;
  onSave(changed: QuestionnaireResponse): Promise<Saved>;
}

/** What to ask now: questions without a known answer, ranked by what they would settle. */
export function OpenQuestions(props: OpenQuestionsProps) {
  const { result, explanation, questionnaire, wording } = props;
  const open = useMemo(
    () =>
      rankOpenQuestions(
        explanation,
        wording.questions.map(({ linkId }) => linkId),
      ),
    [explanation, wording],
  );
  const answerable = useMemo(() => readAnswerable(questionnaire, result.response), [questionnaire, result]);
  return (
    <section class="card ask" aria-labelledby="ask">
      <h2 id="ask">What to ask now</h2>
      {open.length === 0 && <p>Nothing is open: no further answer would change a verdict.</p>}
      {open.length > 0 && answerable && <AnswerSheet {...props} {...answerable} open={open} />}
      {open.length > 0 && !answerable && <OnlyListed {...props} open={open} />}
    </section>
  );
}

/** null where the page could not write the answers back as they are: then they are not touched here. */
function readAnswerable(questionnaire: Questionnaire | null, response: QuestionnaireResponse) {
  if (!questionnaire) return null;
  const loaded = loadQuestionnaire(questionnaire);
  if (!('form' in loaded)) return null;
  const read = readResponse(loaded.form, response);
  return 'answers' in read ? { form: loaded.form, stored: read.answers } : null;
}

function OnlyListed({
  result,
  open,
  wording,
}: OpenQuestionsProps & { readonly open: readonly OpenQuestion[] }) {
  const { id, subject } = result.response;
  return (
    <>
      <ol>
        {open.map((one) => (
          <li key={one.linkId}>
            {wording.question(one.linkId)} <span class="soft">{worthText(one)}</span>
          </li>
        ))}
      </ol>
      <p>
        They cannot be answered on this page.{' '}
        <a href={pageUrl('screen', { response: id, subject: subject?.reference })}>Change answers</a>
      </p>
    </>
  );
}
