import type { ComponentChildren } from 'preact';
import { clinicianUrl } from './author.js';

interface PageProps {
  /** One column for reading, or the whole width for tables. */
  readonly width?: 'narrow' | 'wide';
  /** Beside the name of the service: navigation, or the choice of language. */
  readonly aside?: ComponentChildren;
  readonly skipText?: string;
  readonly disclaimer?: string;
  /** Whether the name leads to the start page, which is for clinicians. */
  readonly home?: boolean;
  readonly children: ComponentChildren;
}

/** What every page has around it. The heading belongs to the page. */
export function Page({
  width = 'narrow',
  aside,
  skipText = 'Skip to the content',
  disclaimer = 'Screening aid, not a diagnosis.',
  home = true,
  children,
}: PageProps) {
  return (
    <div class={`page ${width}`}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place in the page; only the history is left alone. */}
      <a class="skip" href="#main" onClick={skip}>
        {skipText}
      </a>
      <header class="bar">
        {home ? (
          <a class="brand" href={clinicianUrl('')}>
            axspa-screening
          </a>
        ) : (
          <span class="brand">axspa-screening</span>
        )}
        {aside}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="foot">{disclaimer}</footer>
    </div>
  );
}

/** Without the address: a step in the browser's history would be one more to go back through. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** The clinician's ways between the pages. */
export function ClinicianLinks({ current }: { readonly current?: 'worklist' }) {
  return (
    <nav class="links" aria-label="Pages">
      <a href={clinicianUrl('worklist')} aria-current={current === 'worklist' ? 'page' : undefined}>
        Worklist
      </a>
      <a href={clinicianUrl('')}>New screening</a>
    </nav>
  );
}
