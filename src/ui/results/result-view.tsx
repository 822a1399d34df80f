import { useMemo, useState } from 'preact/hooks';
import { Actions } from './actions.js';
import { AllAnswers } from './all-answers.js';
import { DeliveryState } from './delivery-state.js';
import { type Edits, NO_EDITS } from './edits.js';
import { FreshnessLine } from './freshness-line.js';
import type { Result } from './load-result.js';
import { changedNotice, editLines } from './notice.js';
import { NoticeBox } from './notice-box.js';
import { OpenQuestions } from './open-questions.js';
import { PainOverTime } from './pain-over-time.js';
import { PatientLine } from './patient-line.js';
import { PrintSheet } from './print-sheet.js';
import { Provenance } from './provenance.js';
import { Summary } from './summary.js';
import { TopBanner } from './top-banner.js';
import { UnsavedEdits } from './unsaved-edits.js';
import type { Shown } from './use-result.js';
import { useSaving } from './use-saving.js';
import { isOther, useWatch } from './use-watch.js';
import { Verdicts } from './verdicts.js';
import { Withdraw } from './withdraw.js';
import { createWording, type Wording } from './wording.js';

interface ResultViewProps extends Shown {
  readonly result: Result;
  /** Answers that are not saved yet: they outlive whatever is shown. */
  readonly edits: Edits;
  onEdits(change: (edits: Edits) => Edits): void;
}

/** Red flags over all; then verdicts, and beside them what can be done. */
export function ResultView(props: ResultViewProps) {
  const { result, edits, onEdits } = props;
  const { questionnaire, findings, response, explanation } = result;
  const wording = useMemo(() => createWording(questionnaire, findings), [questionnaire, findings]);
  const { notice, save, isAsking, setAsking, ...fresh } = useChanges(props, wording);
  const extras = props.extras?.versionId === response.meta?.versionId ? props.extras : null;
  const alert = props.extras?.alert ?? null;
  const valid = response.status === 'entered-in-error' ? null : explanation;
  const shared = { result, extras, wording };
  const answers = <AllAnswers response={response} wording={wording} isOpen={explanation === null} />;
  return (
    <>
      <div class="on-screen">
        <PatientLine {...shared} />
        <FreshnessLine {...fresh} />
        {notice && <NoticeBox notice={notice} />}
        <TopBanner {...shared} alert={alert} reload={props.reload} />
        {valid && <Summary explanation={valid} wording={wording} />}
        {!valid && <UnsavedEdits edits={edits} wording={wording} onGiveUp={() => onEdits(() => NO_EDITS)} />}
        <div class="columns">
          {valid ? <Verdicts explanation={valid} wording={wording} /> : answers}
          <div class="side">
            <Actions {...shared} />
            {valid && (
              <OpenQuestions {...shared} explanation={valid} edits={edits} onEdits={onEdits} onSave={save} />
            )}
            <DeliveryState id={response.id ?? ''} extras={extras} reload={props.reload} />
            <PainOverTime extras={extras} currentId={response.id ?? ''} />
            <Provenance {...shared} />
            <Withdraw {...shared} isAsking={isAsking} onAsk={setAsking} onSave={save} />
          </div>
          {valid && answers}
        </div>
      </div>
      <PrintSheet {...shared} />
    </>
  );
}

/** What changes the page: what is saved on it, and what others save. */
function useChanges({ result, extras, edits, old, reload, refresh }: ResultViewProps, wording: Wording) {
  const [isAsking, setAsking] = useState(false);
  const { notice, setNotice, save, settled } = useSaving({ result, edits, wording, reload });
  const freshness = useWatch({
    result,
    extras,
    isBusy: edits.size > 0 || isAsking,
    reload,
    refresh,
    settled,
    onChanged: (before, next) => setNotice(changedNotice(before, next)),
  });
  const onLoad = async () => {
    const next = await reload();
    freshness.lookAgain();
    if (next.state !== 'done' || !isOther(result, next.result)) return;
    const { lines, ...changed } = changedNotice(result, next);
    setNotice({ ...changed, lines: [...lines, ...editLines(next.result, edits, wording)], isQuiet: false });
  };
  return { ...freshness, notice, save, isAsking, setAsking, old, onLoad };
}
