import type { Task } from 'fhir/r4.js';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { dateTimeText } from '../parts/dates.js';
import type { Reply } from '../parts/fhir-client.js';
import { type Refusal, refusalIn } from '../parts/refusal.js';
import { loadSettings } from '../parts/settings.js';
import { completeTask, isWaiting, ownerOf } from '../parts/task.js';
import { stateOf } from './task-state.js';

interface AcknowledgeProps {
  readonly task: Task;
  /** Reads everything anew. */
  onDone(): Promise<unknown>;
}

/** What came of a press of the button; `of` says on which state of which Task. */
interface Attempt {
  readonly of: string;
  readonly outcome: 'sending' | 'done' | 'overtaken' | 'refused' | 'unreachable' | Refusal;
}

/** Says that somebody has seen to the red flags: completes the Task, and reminders stop. */
export function Acknowledge({ task, onDone }: AcknowledgeProps) {
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const isNamed = useIsNamed();
  const of = stateOf(task);
  // What was acknowledged is this Task as it stood then: one that was raised again waits again.
  const isDone = attempt?.of === of && attempt.outcome === 'done';
  const isSending = attempt?.outcome === 'sending';
  const button = useRef<HTMLButtonElement>(null);
  const send = async () => {
    if (isSending) return;
    setAttempt({ of, outcome: 'sending' });
    const reply = await completeTask(task);
    setAttempt({ of, outcome: outcomeOf(reply) });
    await onDone();
  };
  if (!isWaiting(task) || isDone) {
    const isByOther = attempt?.outcome === 'overtaken';
    // Also when somebody else takes the button away from under the keyboard.
    const hadFocus = button.current !== null && button.current === document.activeElement;
    return <Acknowledged {...{ task, isByOther }} takesFocus={isDone || isByOther || hadFocus} />;
  }
  const text = isSending ? 'Saving…' : textOf(attempt, of);
  const recorded = isNamed
    ? 'It is recorded that it was you.'
    : isNamed === false && 'Your name is not recorded: nobody is signed in.';
  return (
    <div class="acknowledge">
      <button ref={button} type="button" class="button" aria-disabled={isSending} onClick={send}>
        Acknowledge
      </button>
      <span role="status">
        {text} {recorded}
      </span>
    </div>
  );
}

/** Whether somebody is signed in, whom the record will name; null until that is known. */
function useIsNamed(): boolean | null {
  const [isNamed, setNamed] = useState<boolean | null>(null);
  useEffect(() => {
    loadSettings().then((settings) => settings && setNamed(Boolean(settings.session?.person)));
  }, []);
  return isNamed;
}

function outcomeOf(reply: Reply<Task>): Attempt['outcome'] {
  if (reply.state !== 'refused') return reply.state;
  return refusalIn(reply) ?? (reply.status === 412 ? 'overtaken' : 'refused');
}

const READY = 'Says that you have seen to this. Reminders stop.';

function textOf(attempt: Attempt | null, of: string): string {
  switch (attempt?.outcome) {
    case 'overtaken':
      return 'Not acknowledged: the alert has changed in the meantime. Look at it, and acknowledge it again.';
    case 'refused':
      return 'Not acknowledged: the service did not take it. Try again.';
    case 'signedOut':
      return 'Not acknowledged: you are not signed in, or your sign-in has run out.';
    case 'forbidden':
      return 'Not acknowledged: your sign-in does not allow this.';
    case 'unreachable':
      return 'The service did not answer, so nobody knows whether this was acknowledged. Try again.';
    case 'done':
      return attempt.of === of ? READY : 'The alert was raised again after you acknowledged it.';
    default:
      return READY;
  }
}

interface AcknowledgedProps {
  readonly task: Task;
  readonly isByOther: boolean;
  /** From the button that is gone. */
  readonly takesFocus: boolean;
}

function Acknowledged({ task, isByOther, takesFocus }: AcknowledgedProps) {
  const text = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    if (takesFocus) text.current?.focus();
  }, [takesFocus]);
  const when = isWaiting(task) ? undefined : task.lastModified;
  const by = isWaiting(task) ? undefined : ownerOf(task);
  return (
    <p ref={text} tabIndex={-1}>
      <strong>
        Acknowledged{when && ` ${dateTimeText(when)}`}
        {by && ` by ${by}`}.
      </strong>
      {isByOther && ' Somebody else was faster.'}
      {!by && ' By whom is not recorded: nobody was signed in.'}
    </p>
  );
}
