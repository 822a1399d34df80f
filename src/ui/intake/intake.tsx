import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Host } from './host.js';
import type { Link } from './link.js';
import { type Hindered, type Hindrance, type Opened, open } from './opening.js';
import { Running } from './running.js';
import { Session } from './session.js';
import { Shell } from './shell.js';
import { LANGUAGES, textsIn } from './texts.js';
import { Title } from './title.js';

interface IntakeProps {
  /** null for one that is incomplete. */
  readonly link: Link | null;
  /** The language to begin in. */
  readonly language: string;
  readonly host: Host;
  /** Told of the session, and of its end. */
  onSession?(session: Session | null): void;
}

type Stage = 'loading' | Hindered | (Opened & { readonly session: Session });

/** The whole intake: loads what it needs, says what keeps it from beginning, and runs. */
export function Intake({ link, language: first, host, onSession }: IntakeProps) {
  const [language, setLanguage] = useState(first);
  const [stage, setStage] = useState<Stage>('loading');
  const [attempt, setAttempt] = useState(0);

  useEffect(() => host.languageChosen?.(language), [language, host]);
  useEffect(() => (link ? begin(link, setStage, onSession) : undefined), [attempt]);

  const common = { language, host, onLanguage: setLanguage };
  if (!link) return <Closed {...common} hindrance="incompleteLink" />;
  if (stage === 'loading') return <Closed {...common} hindrance={null} />;
  if ('hindrance' in stage) {
    const again = () => {
      setStage('loading');
      setAttempt(attempt + 1);
    };
    return <Closed {...common} {...stage} onRetry={again} />;
  }
  return <Running {...common} {...stage} />;
}

/** → the end: what was opened is saved and let go. */
function begin(link: Link, tell: (stage: Stage) => void, onSession: IntakeProps['onSession']): () => void {
  let session: Session | null = null;
  let isOver = false;
  open(link).then((opened) => {
    if (isOver) return;
    if ('hindrance' in opened) return tell(opened);
    session = new Session(opened.state);
    onSession?.(session);
    tell({ ...opened, session });
  });
  return () => {
    isOver = true;
    session?.close();
    onSession?.(null);
  };
}

interface ClosedProps {
  readonly language: string;
  readonly host: Host;
  onLanguage(language: string): void;
  readonly hindrance: Hindrance | 'incompleteLink' | null;
  readonly reasons?: readonly string[];
  onRetry?(): void;
}

/** Before the first screen: loading, or why there is none. */
function Closed({ language, host, onLanguage, hindrance, reasons, onRetry }: ClosedProps) {
  const texts = textsIn(language);
  const title = hindrance ? texts.cannotOpen : texts.questionnaire;
  useLayoutEffect(() => host.showed?.(null, title), [title]);
  const mayPass = hindrance === 'unreachable' || hindrance === 'noTexts';
  return (
    <Shell {...{ language, host, onLanguage }} languages={LANGUAGES}>
      {hindrance === null ? (
        <p role="status" class="loading">
          {texts.loading}
        </p>
      ) : (
        <div role="alert" data-screen="closed">
          <Title host={host}>{texts.cannotOpen}</Title>
          <p>{texts[hindrance]}</p>
          {reasons && (
            <ul lang="en" class="reasons">
              {reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
          {mayPass && (
            <button type="button" class="button primary" data-action="again" onClick={onRetry}>
              {texts.tryAgain}
            </button>
          )}
        </div>
      )}
    </Shell>
  );
}
