import { render } from 'preact';
import { forgetAtSignOut } from '../parts/forget.js';
import { languageWanted } from '../parts/language.js';
import { isUnsaved } from './draft.js';
import { inFrame } from './frame.js';
import { Intake } from './intake.js';
import { readLink } from './link.js';
import { createPageHost } from './page-host.js';
import type { Session } from './session.js';
import { LANGUAGES, loadFirst, NOTHING_LOADED } from './texts.js';

const root = document.getElementById('app');
const query = new URLSearchParams(location.search);
let session: Session | null = null;

forgetAtSignOut(() => session !== null && isUnsaved(session.state));
const language = await loadFirst([languageWanted(LANGUAGES), ...LANGUAGES]);
if (root && language === null) root.textContent = NOTHING_LOADED;
if (root && language !== null) {
  const page = createPageHost((screen) => session?.dispatch({ type: 'went', screen }));
  // An EHR's launch ends in a frame, too, without the word for it.
  const host = query.has('embed') || self !== top ? inFrame(page, root) : page;
  render(
    <Intake
      link={readLink((name) => query.get(name))}
      language={language}
      host={host}
      onSession={(opened) => {
        session = opened;
      }}
    />,
    root,
  );
}
