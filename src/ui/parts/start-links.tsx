import { clinicianIn } from './author.js';
import { pageUrl } from './service.js';
import type { Settings } from './settings.js';

interface StartLinksProps {
  /** Id of the Patient. */
  readonly patient: string;
  /** null while they are not known. */
  readonly settings: Pick<Settings, 'clinician' | 'session'> | null;
  readonly texts: { readonly group: string; readonly patient: string; readonly clinician: string };
  readonly language?: string;
  /** Whom the links are about, where there are several: heard, not seen. */
  readonly whom?: string;
}

/**
 * The two ways to start a screening. "I fill in" is there only when it is known who "I" is: without an author the
 * answers would stand in the record as the patient's own.
 */
export function StartLinks({ patient, settings, texts, language, whom }: StartLinksProps) {
  const author = clinicianIn(location.search, settings) ?? undefined;
  const subject = `Patient/${patient}`;
  const about = whom && <span class="visually-hidden">: {whom}</span>;
  return (
    <nav class="actions" aria-label={whom ? `${texts.group}: ${whom}` : texts.group}>
      <a class="button primary" href={pageUrl('screen', { subject, lang: language })}>
        {texts.patient}
        {about}
      </a>
      {author && (
        <a class="button" href={pageUrl('screen', { subject, author, lang: language })}>
          {texts.clinician}
          {about}
        </a>
      )}
    </nav>
  );
}
