import type { QuestionnaireResponse } from 'fhir/r4.js';
import { useMemo, useState } from 'preact/hooks';
import { Actions } from './actions.js';
import { AllAnswers } from './all-answers.js';
import { DeliveryState } from './delivery-state.js';
import type { Extras } from './load-extras.js';
import type { Loaded, Result } from './load-result.js';
import { type Notice, NoticeBox, noticeAfter } from './notice-box.js';
import { OpenQuestions } from './open-questions.js';
import { PainOverTime } from './pain-over-time.js';
import { PatientLine } from './patient-line.js';
import { PrintSheet } from './print-sheet.js';
import { Provenance } from './provenance.js';
import { RedFlagBanner } from './red-flag-banner.js';
import { type Saved, saveResponse } from './save-response.js';
import { Summary } from './summary.js';
import { Verdicts } from './verdicts.js';
import { Withdraw } from './withdraw.js';
import { createWording } from './wording.js';

interface ResultViewProps {
  readonly result: Result;
  readonly extras: Extras | null;
  reload(): Promise<Loaded>;
}

/** Red flags over all; then verdicts, and beside them what can be done. */
export function ResultView({ result, extras, reload }: ResultViewProps) {
  const { response, explanation, questionnaire, findings, etag } = result;
  const wording = useMemo(() => createWording(questionnaire, findings), [questionnaire, findings]);
  const [notice, setNotice] = useState<Notice | null>(null);
  const save = async (changed: QuestionnaireResponse): Promise<Saved> => {
    const saved = await saveResponse(changed, etag);
    const isOver = saved.state === 'saved' || saved.state === 'overtaken';
    const next = isOver ? await reload() : null;
    setNotice(noticeAfter(saved, result, next));
    return saved;
  };
  const isValid = response.status !== 'entered-in-error' && explanation !== null;
  const shared = { result, extras, wording };
  return (
    <>
      <div class="on-screen">
        <PatientLine result={result} />
        {notice && <NoticeBox notice={notice} />}
        {result.unexplained !== '' && <p class="notice warn">{result.unexplained}</p>}
        {isValid && <RedFlagBanner {...shared} explanation={explanation} reload={reload} />}
        {isValid && <Summary explanation={explanation} />}
        <div class="columns">
          {isValid && <Verdicts explanation={explanation} wording={wording} />}
          <div class="side">
            <Actions {...shared} />
            {isValid && (
              <OpenQuestions
                {...shared}
                explanation={explanation}
                questionnaire={questionnaire}
                onSave={save}
              />
            )}
            <DeliveryState id={response.id ?? ''} extras={extras} reload={reload} />
            <PainOverTime extras={extras} currentId={response.id ?? ''} />
            <Provenance {...shared} />
            <Withdraw response={response} onSave={save} />
          </div>
          <AllAnswers response={response} wording={wording} />
        </div>
      </div>
      <PrintSheet {...shared} />
    </>
  );
}
