import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { SignInPlace } from '../parts/settings.js';
import { SignInLinks } from '../parts/sign-in-links.js';
import { BegunScreen } from './begun-screen.js';
import type { Host } from './host.js';
import { uuid } from './identifier.js';
import type { Link } from './link.js';
import { type Begun, type Hindered, type Hindrance, type Opened, open } from './opening.js';
import { Running } from './running.js';
import { Session } from './session.js';
import { Shell } from './shell.js';
import { LANGUAGES, loadTexts, textsIn } from './texts.js';
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

type Stage = 'loading' | Hindered | Begun | (Opened & { readonly session: Session });

/** The whole intake: loads what it needs, says what keeps it from beginning, and runs. */
export function Intake({ link: given, language: first, host, onSession }: IntakeProps) {
  const { language, isAway, choose } = useLanguage(first);
  const [link, setLink] = useState(given);
  const [stage, setStage] = useState<Stage>('loading');
  const [attempt, setAttempt] = useState(0);

  useEffect(() => host.languageChosen?.(language), [language, host]);
  useEffect(() => (link ? begin(link, setStage, onSession) : undefined), [link, attempt]);

  const common = { language, isAway, host, onLanguage: choose };
  if (!link) return <Closed {...common} hindrance="incompleteLink" />;
  if (stage === 'loading') return <Closed {...common} hindrance={null} />;
  if ('hindrance' in stage) {
    const again = () => {
      setStage('loading');
      setAttempt(attempt + 1);
    };
    return <Closed {...common} {...stage} onRetry={again} />;
  }
  if ('draft' in stage) {
    const go = (more: Partial<Link>) => {
      setStage('loading');
      setLink({ ...link, ...more });
    };
    return (
      <Shell {...common} languages={LANGUAGES}>
        <BegunScreen
          {...{ host, language, draft: stage.draft }}
          onResume={() => go({ response: stage.draft.id })}
          onAnew={() => go({ intake: uuid() })}
        />
      </Shell>
    );
  }
  return <Running {...common} {...stage} isFirst={link === given} />;
}

/** The language to read, and whether the one that was chosen last could not be loaded. */
function useLanguage(first: string) {
  const [language, setLanguage] = useState(first);
  const [isAway, setAway] = useState(false);
  const wanted = useRef(first);
  const choose = async (chosen: string) => {
    wanted.current = chosen;
    const isThere = await loadTexts(chosen);
    if (wanted.current !== chosen) return;
    setAway(!isThere);
    if (isThere) setLanguage(chosen);
  };
  return { language, isAway, choose };
}

/** → the end: what was opened is saved and let go. */
function begin(link: Link, tell: (stage: Stage) => void, onSession: IntakeProps['onSession']): () => void {
  let session: Session | null = null;
  let isOver = false;
  const opening = open(link).catch((): Hindered => ({ hindrance: 'unreachable' }));
  opening.then((opened) => {
    if (isOver) return;
    if (!('state' in opened)) return tell(opened);
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
  readonly isAway: boolean;
  readonly host: Host;
  onLanguage(language: string): void;
  readonly hindrance: Hindrance | 'incompleteLink' | null;
  readonly reasons?: readonly string[];
  readonly signIn?: readonly SignInPlace[];
  onRetry?(): void;
}

/** Before the first screen: loading, or why there is none. */
function Closed({ hindrance, reasons, signIn = [], onRetry, ...around }: ClosedProps) {
  const { language, host } = around;
  const texts = textsIn(language);
  const title = hindrance ? texts.cannotOpen : texts.questionnaire;
  useLayoutEffect(() => host.showed?.(null, title), [title]);
  const mayPass = hindrance && ['unreachable', 'noTexts', 'signedOut'].includes(hindrance);
  return (
    <Shell {...around} languages={LANGUAGES}>
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
          <div class="actions">
            {host.kind === 'page' && <SignInLinks places={signIn} text={texts.signIn} />}
            {mayPass && (
              <button
                type="button"
                class={signIn.length > 0 ? 'button' : 'button primary'}
                data-action="again"
                onClick={onRetry}
              >
                {texts.tryAgain}
              </button>
            )}
          </div>
        </div>
      )}
    </Shell>
  );
}
