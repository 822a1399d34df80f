import { useRef } from 'preact/hooks';
import { isWaiting } from '../parts/task.js';
import { Acknowledge } from './acknowledge.js';
import type { Alert } from './load-alert.js';

interface AlertStateProps {
  /** null until it is read. */
  readonly alert: Alert | null;
  /** Flags that ask somebody to act are shown beside: then there should be an alert. */
  readonly isExpected: boolean;
  reload(): Promise<unknown>;
}

/** Whether somebody has seen to the red flags, or the button to say so; never nothing where nobody knows. */
export function AlertState({ alert, isExpected, reload }: AlertStateProps) {
  if (!alert) return <p role="status">Looking whether somebody has seen to this…</p>;
  if (alert.state === 'read') return <Acknowledge task={alert.task} onDone={reload} />;
  if (alert.state === 'unread') return <Unread reload={reload} />;
  if (!isExpected) return null;
  return (
    <p>
      <strong>No alert was found for this, so nobody is reminded of it.</strong> See to it yourself.
    </p>
  );
}

/** Where no red flag is shown that it could stand beside: an alert that is still open, or that nobody could read. */
export function OpenAlert({
  alert,
  why,
  reload,
}: Pick<AlertStateProps, 'alert' | 'reload'> & { readonly why: string }) {
  const wasOpen = useRef(false);
  const isOpen = alert !== null && needsLook(alert);
  if (isOpen) wasOpen.current = true;
  // Once acknowledged it stays, with the focus on it, until the page is left.
  if (!wasOpen.current) return null;
  const isRead = alert?.state === 'read';
  const open = isRead ? 'An alert is still open' : 'There may be an open alert';
  return (
    <section class={`notice ${isOpen ? 'danger' : 'good'}`} aria-labelledby="waiting">
      <h2 id="waiting">{isOpen ? open : 'No alert is open'}</h2>
      {isOpen && isRead && <p>{why}</p>}
      <AlertState alert={alert} isExpected={false} reload={reload} />
    </section>
  );
}

function needsLook(alert: Alert): boolean {
  return alert.state === 'unread' || (alert.state === 'read' && isWaiting(alert.task));
}

function Unread({ reload }: Pick<AlertStateProps, 'reload'>) {
  return (
    <div class="acknowledge">
      <button type="button" class="button" onClick={reload}>
        Try again
      </button>
      <span role="status">Whether somebody has seen to this could not be read.</span>
    </div>
  );
}
