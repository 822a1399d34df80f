import type { Parameters } from 'fhir/r4.js';
import { useState } from 'preact/hooks';
import { dateTimeText } from '../parts/dates.js';
import { postFhir } from '../parts/fhir-client.js';
import { failureText } from '../parts/fhir-search.js';

interface Invited {
  readonly link: string;
  /** FHIR instant. */
  readonly expires: string;
}

/** Gives a link to pass on, by which the patient answers without an account. Nothing is sent to anybody. */
export function Invite({ patient }: { readonly patient: string }) {
  const [state, setState] = useState<'idle' | 'asking' | Invited | string>('idle');
  const ask = async () => {
    setState('asking');
    setState(await invite(patient));
  };
  if (typeof state === 'object') return <Link {...state} />;
  return (
    <div class="invite">
      <button
        type="button"
        class="button"
        data-action="invite"
        aria-disabled={state === 'asking'}
        onClick={() => state !== 'asking' && ask()}
      >
        {state === 'asking' ? 'Making a link …' : 'Invite the patient by a link'}
      </button>
      {state !== 'idle' && state !== 'asking' && (
        <p class="notice danger" role="alert">
          No link was made. {state}
        </p>
      )}
    </div>
  );
}

function Link({ link, expires }: Invited) {
  const [copied, setCopied] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setCopied('Copied.');
    } catch {
      setCopied('It could not be copied: mark it and copy it yourself.');
    }
  };
  return (
    <div class="invite notice good">
      <label for="invitation">Link for this patient alone</label>
      <input
        id="invitation"
        type="text"
        readOnly
        value={link}
        onFocus={(event) => event.currentTarget.select()}
      />
      <p>
        It opens once, and not after {dateTimeText(expires)}. Whoever has it answers as the patient. It is not
        shown again.
      </p>
      <button type="button" class="button" onClick={copy}>
        Copy the link
      </button>
      <p role="status">{copied}</p>
    </div>
  );
}

/** → the link, or why there is none */
async function invite(patient: string): Promise<Invited | string> {
  const reply = await postFhir<Parameters>(`Patient/${encodeURIComponent(patient)}/$invite`, {
    resourceType: 'Parameters',
  });
  if (reply.state !== 'done') return failureText(reply);
  const found = (name: string) => reply.body.parameter?.find((one) => one.name === name);
  const link = found('link')?.valueUrl;
  const expires = found('expires')?.valueInstant;
  return link && expires ? { link, expires } : 'The service gave none.';
}
