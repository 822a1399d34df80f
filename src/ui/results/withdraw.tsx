import type { QuestionnaireResponse } from 'fhir/r4.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Saved } from './save-response.js';

interface WithdrawProps {
  readonly response: QuestionnaireResponse;
  onSave(changed: QuestionnaireResponse): Promise<Saved>;
}

/** Entered in error: cannot be taken back, so it is asked twice. */
export function Withdraw({ response, onSave }: WithdrawProps) {
  const [step, setStep] = useState<'closed' | 'asked' | 'sending'>('closed');
  const question = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (step === 'asked') question.current?.focus();
  }, [step]);
  if (response.status === 'entered-in-error') return null;
  if (step === 'closed') {
    return (
      <button type="button" class="button quiet" onClick={() => setStep('asked')}>
        Withdraw: entered in error
      </button>
    );
  }
  const withdraw = async () => {
    setStep('sending');
    await onSave({ ...response, status: 'entered-in-error' });
    setStep('closed');
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
        <button type="button" class="button" disabled={step === 'sending'} onClick={withdraw}>
          Yes, withdraw it
        </button>
        <button type="button" class="button" disabled={step === 'sending'} onClick={() => setStep('closed')}>
          No, keep it
        </button>
      </div>
    </section>
  );
}
