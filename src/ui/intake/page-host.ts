import { tellLanguage } from '../parts/language.js';
import type { Host } from './host.js';
import type { Screen } from './screen.js';
import { Trail } from './trail.js';

/** A page of its own: its title, language, address and history. `went`: by the browser's Back or Forward. */
export function createPageHost(went: (screen: Screen) => void): Host {
  let storedAs: string | null = null;
  const trail = new Trail((screen) => {
    // The address of an older entry may be from before the first save: a reload there must not begin anew.
    tellLanguage(document.documentElement.lang);
    if (storedAs) tell('response', storedAs);
    went(screen);
  });
  return {
    kind: 'page',
    languageChosen: tellLanguage,
    showed(screen, title) {
      document.title = title;
      if (screen) trail.show(screen);
    },
    began(intake) {
      tell('intake', intake);
    },
    stored(id) {
      storedAs = id;
      tell('response', id);
    },
  };
}

/** In the address, for a reload. */
function tell(name: 'intake' | 'response', value: string): void {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  history.replaceState(history.state, '', url);
}
