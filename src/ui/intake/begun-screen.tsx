import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Draft } from './find-response.js';
import type { Host } from './host.js';
import { once } from './once.js';
import { textsIn } from './texts.js';
import { Title } from './title.js';

interface BegunScreenProps {
  readonly draft: Draft;
  readonly language: string;
  readonly host: Host;
  onResume(): void;
  onAnew(): void;
}

/** The same person came here before and did not finish: go on, or begin anew. */
export function BegunScreen({ draft, language, host, onResume, onAnew }: BegunScreenProps) {
  const texts = textsIn(language);
  const { begun } = draft;
  useLayoutEffect(() => host.showed?.(null, texts.begunBefore), [texts]);
  useLayoutEffect(() => host.ready?.(), [host]);
  const isPressed = useRef(false);
  const press = (go: () => void) => (event: MouseEvent) => {
    if (!once(event) || isPressed.current) return;
    isPressed.current = true;
    go();
  };
  return (
    <div data-screen="begun">
      <Title host={host}>{texts.begunBefore}</Title>
      {begun && <p class="lead">{texts.begunOn(dayOf(begun, language))}</p>}
      <div class="actions">
        <button type="button" class="button primary" data-action="resume" onClick={press(onResume)}>
          {texts.resume}
        </button>
        <button type="button" class="button" data-action="anew" onClick={press(onAnew)}>
          {texts.beginAnew}
        </button>
      </div>
    </div>
  );
}

/** The day that is written there, whatever the clock here says. */
function dayOf(dateTime: string, language: string): string {
  const day = new Date(`${dateTime.slice(0, 10)}T00:00Z`);
  return Number.isNaN(day.getTime())
    ? dateTime
    : new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(day);
}
