import type { Task } from 'fhir/r4.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dateTimeText } from '../parts/dates.js';
import { putFhir } from '../parts/fhir-client.js';

interface AcknowledgeProps {
  readonly task: Task;
  onDone(): void;
}

const FINAL = ['completed', 'cancelled', 'entered-in-error'];

/** Whether nobody has seen to it yet. */
export function isWaiting({ status }: Task): boolean {
  return !FINAL.includes(status);
}

/** Says that somebody has seen to the red flags: completes the Task, and reminders stop. */
export function Acknowledge({ task, onDone }: AcknowledgeProps) {
  const [state, setState] = useState<'ready' | 'sending' | 'failed' | 'done'>('ready');
  const send = async () => {
    setState('sending');
    const { meta, id = '' } = task;
    const path = `Task/${encodeURIComponent(id)}`;
    const reply = await putFhir(path, { ...task, status: 'completed' }, `W/"${meta?.versionId ?? ''}"`);
    // With 412 somebody was faster: what is read then says how it stands.
    const isOvertaken = reply.state === 'refused' && reply.status === 412;
    setState(reply.state === 'done' ? 'done' : isOvertaken ? 'ready' : 'failed');
    if (reply.state === 'done' || isOvertaken) onDone();
  };
  if (!isWaiting(task) || state === 'done') return <Acknowledged task={task} isNew={state === 'done'} />;
  return (
    <div class="acknowledge">
      <button type="button" class="button" disabled={state === 'sending'} onClick={send}>
        Acknowledge
      </button>
      <span role="status">
        {state === 'failed'
          ? 'Not acknowledged: the service did not take it. Try again.'
          : 'Says that you have seen to this. Reminders stop.'}
      </span>
    </div>
  );
}

/** Takes the focus from the button that is gone. */
function Acknowledged({ task, isNew }: { readonly task: Task; readonly isNew: boolean }) {
  const text = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isNew) text.current?.focus();
  }, [isNew]);
  const when = isWaiting(task) ? undefined : task.lastModified;
  return (
    <p ref={text} tabIndex={-1}>
      <strong>Acknowledged{when && ` ${dateTimeText(when)}`}.</strong>
    </p>
  );
}
