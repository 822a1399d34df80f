import type { ComponentChild } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { ChangedScreen } from './changed-screen.js';
import { CheckScreen } from './check-screen.js';
import { isWithdrawn } from './draft.js';
import type { Host } from './host.js';
import { intakeIn } from './identifier.js';
import { InterruptScreen } from './interrupt-screen.js';
import type { Event } from './next.js';
import type { Opened } from './opening.js';
import { QuestionScreen } from './question-screen.js';
import { SentScreen } from './sent-screen.js';
import type { Session } from './session.js';
import { Shell } from './shell.js';
import { SignedOut } from './signed-out.js';
import { textsIn } from './texts.js';
import { languagesOf, questionText, titleOf, type View } from './view.js';
import { WelcomeScreen } from './welcome-screen.js';
import { WithdrawnScreen } from './withdrawn-screen.js';

interface RunningProps extends Opened {
  readonly session: Session;
  readonly language: string;
  readonly isAway: boolean;
  /** Nothing was in front of the person before. */
  readonly isFirst: boolean;
  readonly host: Host;
  onLanguage(language: string): void;
}

/** An intake from the welcome to the end: what is in front now, and where the focus goes. */
export function Running(props: RunningProps) {
  const { session, language, isAway, isFirst, host, onLanguage, information, settings } = props;
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  // At once: what happens before the next frame is drawn, too.
  useLayoutEffect(() => session.listen(() => redraw(null)), [session]);
  const { state } = session;
  const languages = languagesOf(state.form);
  const [fallback = language] = languages;
  useEffect(() => {
    if (!languages.includes(language)) onLanguage(fallback);
  });
  const texts = textsIn(language);
  const dispatch = (event: Event) => session.dispatch(event);
  const view: View = { state, texts, language, information, settings, host, dispatch };
  const root = useRef<HTMLDivElement>(null);
  const front = frontOf(view);
  useHeadingFocus(root, view, { key: front.key, isFirst });
  useHost(view);
  useEffect(() => (isFirst ? host.ready?.() : undefined), [host]);
  return (
    <Shell {...{ language, isAway, languages, host, onLanguage }}>
      <div ref={root} data-screen={front.name}>
        {state.saving.trouble === 'signedOut' && !['advice', 'unsent', 'sent'].includes(front.name) && (
          <div class="notice warn" role="alert">
            <SignedOut {...view} />
          </div>
        )}
        {front.drawn}
      </div>
    </Shell>
  );
}

/** What is in front of everything else now. */
interface Front {
  /** A name that is no word of any language. */
  readonly name: string;
  /** Changes with what is in front, not with what is answered there. */
  readonly key: string;
  readonly drawn: ComponentChild;
}

function frontOf(view: View): Front {
  const { advising, saving, screen } = view.state;
  const { interrupt } = advising;
  const { theirs } = saving;
  if (interrupt) {
    return {
      name: 'advice',
      key: interrupt.join(),
      drawn: <InterruptScreen {...view} codes={interrupt} />,
    };
  }
  if (theirs && isWithdrawn(view.state)) {
    return { name: 'withdrawn', key: theirs.etag, drawn: <WithdrawnScreen {...view} /> };
  }
  if (theirs)
    return { name: 'changed', key: theirs.etag, drawn: <ChangedScreen {...view} theirs={theirs} /> };
  const { name } = screen;
  if (screen.name === 'question') {
    const { linkId } = screen;
    return { name, key: linkId, drawn: <QuestionScreen key={linkId} {...view} linkId={linkId} /> };
  }
  if (name === 'welcome') return { name, key: name, drawn: <WelcomeScreen {...view} /> };
  if (name === 'check') return { name, key: name, drawn: <CheckScreen {...view} /> };
  const phase = name === 'sending' && saving.trouble ? 'unsent' : name;
  return { name: phase, key: phase, drawn: <SentScreen {...view} /> };
}

/** The focus goes to what is new: the heading of a screen, or the list of what is wrong. Not at the very first. */
function useHeadingFocus(
  root: { current: HTMLElement | null },
  view: View,
  { key, isFirst }: { readonly key: string; readonly isFirst: boolean },
): void {
  const before = useRef(isFirst ? key : null);
  const { troubles } = view.state;
  useLayoutEffect(() => {
    if (before.current === key) return;
    before.current = key;
    if (view.host.kind === 'page') scrollTo(0, 0);
    root.current?.querySelector<HTMLElement>('.title')?.focus();
  }, [key]);
  useLayoutEffect(() => {
    if (troubles.length > 0) root.current?.querySelector<HTMLElement>('.errors')?.focus();
  }, [troubles]);
}

/** Tells the place where the intake stands. */
function useHost(view: View): void {
  const { host, state } = view;
  const { screen, saving } = state;
  const title = pageTitle(view);
  const id = saving.at?.id;
  const intake = id ? null : intakeIn(state.base);
  useLayoutEffect(() => {
    if (intake) host.began?.(intake);
  }, [intake, host]);
  // At once: who presses Back right then must not land one screen too far.
  useLayoutEffect(() => host.showed?.(screen, title), [screen, title]);
  useEffect(() => {
    if (id) host.stored?.(id);
  }, [id]);
  useEffect(() => {
    if (id && screen.name === 'sent') host.completed?.(id);
  }, [screen.name]);
}

function pageTitle(view: View): string {
  const { state, texts, language } = view;
  const { form, screen, troubles } = state;
  const question =
    screen.name === 'question' && form.questions.find(({ linkId }) => linkId === screen.linkId);
  const now = question ? questionText(question, language) : screen.name === 'check' ? texts.check : '';
  const wrong = troubles.length > 0 ? `${texts.error}: ` : '';
  return [wrong + now, titleOf(view)].filter(Boolean).join(' – ');
}
