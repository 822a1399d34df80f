import type { QuestionnaireResponse } from 'fhir/r4.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { asWithdrawn } from './amend-response.js';
import { type Extras, loadClinician } from './load-extras.js';
import type { Result } from './load-result.js';
import type { Saved } from './save-response.js';

interface WithdrawProps {
  readonly result: Result;
  readonly extras: Extras | null;
  /** Whether it was asked once; what is shown stays as it is meanwhile. */
  readonly isAsking: boolean;
  onAsk(isAsking: boolean): void;
  onSave(changed: QuestionnaireResponse, what: 'withdrawal'): Promise<Saved>;
}

/** Entered in error: cannot be taken back, so it is asked twice. */
export function Withdraw({ result, extras, isAsking, onAsk, onSave }: WithdrawProps) {
  const { response } = result;
  const [isSending, setSending] = useState(false);
  const question = useRef<HTMLHeadingElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const [isKept, setKept] = useState(false);
  useEffect(() => {
    if (isAsking) question.current?.focus();
    // The button that was pressed is gone: whoever goes on by keyboard goes on from where it began.
    else if (isKept) opener.current?.focus();
  }, [isAsking, isKept]);
  if (response.status === 'entered-in-error') return null;
  if (!isAsking) {
    return (
      <button ref={opener} type="button" class="button quiet" onClick={() => onAsk(true)}>
        Withdraw: entered in error
      </button>
    );
  }
  const keep = () => {
    setKept(true);
    onAsk(false);
  };
  const withdraw = async () => {
    setSending(true);
    const clinician = extras ? extras.clinician : await loadClinician();
    await onSave(asWithdrawn(response, clinician), 'withdrawal');
    setSending(false);
    onAsk(false);
  };
  return (
    <section class="notice danger" aria-labelledby="withdraw">
      <h2 id="withdraw" ref={question} tabIndex={-1}>
        Withdraw this screening for good?
      </h2>
      <p>
        For the wrong patient, or answers that nobody gave. Its results are marked as entered in error in the
        record. This cannot be taken back.
      </p>
      <div class="buttons">
        <button type="button" class="button" disabled={isSending} onClick={withdraw}>
          Yes, withdraw it
        </button>
        <button type="button" class="button" disabled={isSending} onClick={keep}>
          No, keep it
        </button>
      </div>
    </section>
  );
}
