import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { ChangedScreen } from './changed-screen.js';
import { CheckScreen } from './check-screen.js';
import type { Host } from './host.js';
import { InterruptScreen } from './interrupt-screen.js';
import type { Event } from './next.js';
import type { Opened } from './opening.js';
import { QuestionScreen } from './question-screen.js';
import { SentScreen } from './sent-screen.js';
import type { Session } from './session.js';
import { Shell } from './shell.js';
import type { State } from './state.js';
import { textsIn } from './texts.js';
import { languagesOf, questionText, titleOf, type View } from './view.js';
import { WelcomeScreen } from './welcome-screen.js';

interface RunningProps extends Opened {
  readonly session: Session;
  readonly language: string;
  readonly host: Host;
  onLanguage(language: string): void;
}

/** An intake from the welcome to the end: what is in front now, and where the focus goes. */
export function Running({ session, language, host, onLanguage, information, settings }: RunningProps) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => session.listen(() => redraw(null)), [session]);
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
  useHeadingFocus(root, view);
  useHost(view);
  return (
    <Shell {...{ language, languages, host, onLanguage }}>
      <div ref={root} data-screen={kindOf(state)}>
        {draw(view)}
      </div>
    </Shell>
  );
}

function draw(view: View) {
  const { advising, saving, screen } = view.state;
  if (advising.interrupt) return <InterruptScreen {...view} codes={advising.interrupt} />;
  if (saving.theirs) return <ChangedScreen {...view} theirs={saving.theirs} />;
  switch (screen.name) {
    case 'welcome':
      return <WelcomeScreen {...view} />;
    case 'question':
      return <QuestionScreen key={screen.linkId} {...view} linkId={screen.linkId} />;
    case 'check':
      return <CheckScreen {...view} />;
    default:
      return <SentScreen {...view} />;
  }
}

/** What is in front, by a name that is no word of any language. */
function kindOf({ advising, saving, screen }: State): string {
  if (advising.interrupt) return 'advice';
  if (saving.theirs) return 'changed';
  return screen.name === 'sending' && saving.trouble === 'away' ? 'unsent' : screen.name;
}

/** Changes with what is in front, not with what is answered there. */
function nameOf({ state: { advising, saving, screen } }: View): string {
  if (advising.interrupt) return advising.interrupt.join();
  if (saving.theirs) return saving.theirs.etag;
  const phase = screen.name === 'sending' ? saving.trouble : null;
  return [screen.name, screen.name === 'question' && screen.linkId, phase].join();
}

/** The focus goes to what is new: the heading of a screen, or the list of what is wrong. Not at the very first. */
function useHeadingFocus(root: { current: HTMLElement | null }, view: View): void {
  const name = nameOf(view);
  const before = useRef(name);
  const { troubles } = view.state;
  useLayoutEffect(() => {
    if (before.current === name) return;
    before.current = name;
    if (view.host.kind === 'page') scrollTo(0, 0);
    root.current?.querySelector<HTMLElement>('.title')?.focus();
  }, [name]);
  useLayoutEffect(() => {
    if (troubles.length > 0) root.current?.querySelector<HTMLElement>('.errors')?.focus();
  }, [troubles]);
}

/** Tells the place where the intake stands. */
function useHost(view: View): void {
  const { host, state, language } = view;
  const { screen, saving } = state;
  const title = pageTitle(view);
  const id = saving.at?.id;
  useEffect(() => host.ready?.(), [host]);
  // At once: who presses Back right then must not land one screen too far.
  useLayoutEffect(() => host.showed?.(screen, title), [screen, title]);
  useEffect(() => {
    if (id) host.stored?.(id);
  }, [id, language]);
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
