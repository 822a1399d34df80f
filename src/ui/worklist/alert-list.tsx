import type { Patient } from 'fhir/r4.js';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { clinicianUrl } from '../parts/author.js';
import { agoText, dateTimeText } from '../parts/dates.js';
import { UrgencyMark } from '../parts/urgency.js';
import type { Alert } from './alert.js';
import { PersonFacts, personName } from './person.js';
import type { View } from './store.js';

interface AlertListProps {
  readonly view: View;
  /** → whether it was taken */
  onAcknowledge(alert: Alert, name: string): Promise<boolean>;
}

/** Red flags that nobody has seen to. Says "nobody" only when it was really asked. */
export function AlertList({ view, onAcknowledge }: AlertListProps) {
  const { top, patients, busy } = view;
  const section = useKeptFocus();
  if (!top) return <p role="status">Loading the worklist …</p>;
  const list = top.alerts.list;
  const take = async (alert: Alert) => {
    const taken = await onAcknowledge(alert, personName(patients, alert.patient));
    // The button is gone: whoever goes on by keyboard goes on from here.
    if (taken) document.getElementById('now')?.focus();
  };
  return (
    <section ref={section} class={list.length > 0 ? 'now has-alerts' : 'now'} aria-labelledby="now">
      <h2 id="now" tabIndex={-1}>
        Needs action now{list.length > 0 && ` (${list.length}${top.alerts.isCut ? ' or more' : ''})`}
      </h2>
      {top.isStale && (
        <p class="notice danger" role="alert">
          The urgent alerts could not be read. There may be {list.length > 0 ? 'more than these' : 'some'}.
        </p>
      )}
      {list.length === 0 && !top.isStale && <p>No open alert.</p>}
      {list.length > 0 && (
        <ul class="alerts">
          {list.map((alert) => (
            <AlertItem
              key={alert.response}
              alert={alert}
              patients={patients}
              isBusy={busy.includes(alert.response)}
              onTake={() => take(alert)}
            />
          ))}
        </ul>
      )}
      {top.alerts.isCut && (
        <p>Every emergency is here. There are more of the same day: they follow when these are done.</p>
      )}
    </section>
  );
}

/** Where an alert goes that had the focus, also as somebody else has seen to it, the keyboard goes on from the heading. */
function useKeptFocus() {
  const section = useRef<HTMLElement>(null);
  const isInside = () => section.current?.contains(document.activeElement) ?? false;
  const wasInside = isInside();
  useLayoutEffect(() => {
    if (wasInside && !isInside()) document.getElementById('now')?.focus();
  });
  return section;
}

const WITHDRAWN =
  'Withdrawn since: answers entered in error. Acknowledge when you have made sure that nobody is in danger.';

interface AlertItemProps {
  readonly alert: Alert;
  readonly patients: ReadonlyMap<string, Patient>;
  readonly isBusy: boolean;
  onTake(): void;
}

function AlertItem({ alert, patients, isBusy, onTake }: AlertItemProps) {
  const { urgency, patient, flags, response, isWithdrawn } = alert;
  const since = alert.answered ?? alert.raised;
  const name = personName(patients, patient);
  return (
    <li class="alert">
      <div class="alert-level">
        <UrgencyMark urgency={urgency} />
      </div>
      <div class="alert-who">
        <strong>{name}</strong> <PersonFacts patient={patients.get(patient ?? '')} at={since} />
        <p>{isWithdrawn ? WITHDRAWN : flags.join(' · ') || alert.task.description}</p>
      </div>
      {since && (
        <p class="alert-when">
          {alert.answered ? 'Answered ' : 'Raised '}
          <time dateTime={since}>{agoText(since)}</time>
          <span class="exact">{dateTimeText(since)}</span>
        </p>
      )}
      <div class="alert-actions">
        <a class="button primary" href={clinicianUrl(`results/${response}`)}>
          Open<span class="visually-hidden"> the results of {name}</span>
        </a>
        <button type="button" class="button" aria-disabled={isBusy} onClick={onTake}>
          {isBusy ? 'Saving …' : 'Acknowledge'}
          <span class="visually-hidden">: {name}</span>
        </button>
      </div>
    </li>
  );
}
