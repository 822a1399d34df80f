import { useState } from 'preact/hooks';
import { dateTimeText } from '../parts/dates.js';
import { postFhir } from '../parts/fhir-client.js';
import { type Delivery, deliveryText } from './delivery.js';
import type { Extras } from './load-extras.js';

interface DeliveryStateProps {
  readonly id: string;
  readonly extras: Extras | null;
  reload(): Promise<unknown>;
}

/** Whether the record has it. */
export function DeliveryState({ id, extras, reload }: DeliveryStateProps) {
  return (
    <section class="card" aria-labelledby="delivery">
      <h2 id="delivery">In the record?</h2>
      {!extras && <p role="status">Looking…</p>}
      {extras && !extras.delivery && <p>The delivery state could not be read.</p>}
      {extras?.delivery && <Told id={id} delivery={extras.delivery} reload={reload} />}
    </section>
  );
}

function Told({
  id,
  delivery,
  reload,
}: Pick<DeliveryStateProps, 'id' | 'reload'> & { readonly delivery: Delivery }) {
  const [state, setState] = useState<'ready' | 'sending' | 'failed'>('ready');
  const { state: status, queuedAt, nextAttempt, attempts, reason } = delivery;
  const retry = async () => {
    setState('sending');
    const path = `QuestionnaireResponse/${encodeURIComponent(id)}/$deliver`;
    const reply = await postFhir(path, { resourceType: 'Parameters' });
    setState(reply.state === 'done' ? 'ready' : 'failed');
    if (reply.state === 'done') await reload();
  };
  return (
    <>
      <p>
        <strong>{deliveryText(status)}</strong>
        {status === 'queued' && queuedAt && ` Since ${dateTimeText(queuedAt)}.`}
        {status === 'queued' && nextAttempt && ` Next attempt: ${dateTimeText(nextAttempt)}.`}
        {status !== 'written' && attempts > 0 && ` Attempts so far: ${attempts}.`}
      </p>
      {reason && <p>Reason: {reason}</p>}
      {status !== 'written' && (
        <button type="button" class="button" disabled={state === 'sending'} onClick={retry}>
          Try again now
        </button>
      )}
      <span role="status">{state === 'failed' && ' The service did not take this. Try again later.'}</span>
    </>
  );
}
