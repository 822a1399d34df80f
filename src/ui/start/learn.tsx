import type { CodeSystem } from 'fhir/r4.js';
import { useEffect, useState } from 'preact/hooks';
import type { Told } from '../parts/designation.js';
import { WithNumber } from '../parts/emergency-number.js';
import type { Language } from '../parts/languages.js';
import { pageUrl } from '../parts/service.js';
import { loadSettings } from '../parts/settings.js';
import { loadEducation, type Section, toEducation } from './education.js';
import { Frame } from './frame.js';
import { TEXTS } from './texts.js';
import { useLanguage } from './use-language.js';

/** Shown as what it is: the one part that cannot wait. */
const URGENT = 'when-to-go-now';

interface Source {
  readonly information: CodeSystem;
  /** null when it could not be read. */
  readonly emergencyNumber: string | null;
}

/** For patients: what inflammatory back pain is, what helps, when to see someone. */
export function Learn() {
  const [language, setLanguage] = useLanguage();
  const [source, setSource] = useState<Source | 'loading' | 'failed'>('loading');
  const load = async () => {
    setSource('loading');
    const [information, settings] = await Promise.all([loadEducation(), loadSettings()]);
    setSource(information ? { information, emergencyNumber: settings?.emergencyNumber ?? null } : 'failed');
  };
  useEffect(() => void load(), []);
  const texts = TEXTS[language];
  const education = typeof source === 'string' ? null : toEducation(source.information, language);
  const title = education?.title ?? { text: texts.learn, language };
  useEffect(() => {
    document.title = title.text;
  }, [title.text]);
  const number = typeof source === 'string' ? null : source.emergencyNumber;
  return (
    <Frame width="narrow" language={language} onLanguage={setLanguage}>
      <h1 {...langOf(title, language)}>{title.text}</h1>
      {source === 'loading' && <p role="status">{texts.loading}</p>}
      {(source === 'failed' || (source !== 'loading' && !education)) && (
        <div class="notice danger" role="alert">
          <p>{texts.aboutFailed}</p>
          <button type="button" class="button" onClick={load}>
            {texts.retry}
          </button>
        </div>
      )}
      {education && <Sections sections={education.sections} language={language} number={number} />}
      <div class="actions">
        <button type="button" class="button" onClick={() => print()}>
          {texts.print}
        </button>
        <a class="button" href={pageUrl('', { lang: language })}>
          {texts.back}
        </a>
      </div>
    </Frame>
  );
}

interface SectionsProps {
  readonly sections: readonly Section[];
  readonly language: Language;
  readonly number: string | null;
}

/** Above them all, the way to the one that cannot wait. */
function Sections({ sections, language, number }: SectionsProps) {
  const urgent = sections.find(({ code }) => code === URGENT);
  return (
    <>
      {urgent && (
        <p>
          <a class="jump" href={`#${URGENT}`}>
            {urgent.heading.text}
          </a>
        </p>
      )}
      {sections.map((section) => (
        <SectionText key={section.code} section={section} language={language} number={number} />
      ))}
    </>
  );
}

interface SectionTextProps {
  readonly section: Section;
  readonly language: Language;
  readonly number: string | null;
}

function SectionText({ section: { code, heading, paragraphs }, language, number }: SectionTextProps) {
  const tell = ({ text }: Told) => (
    <WithNumber text={text} number={number} name={TEXTS[language].emergencyNumber} />
  );
  const [first, ...others] = paragraphs;
  if (code !== URGENT) {
    return (
      <section>
        <h2 {...langOf(heading, language)}>{heading.text}</h2>
        {paragraphs.map((told) => (
          <p key={told.text} {...langOf(told, language)}>
            {tell(told)}
          </p>
        ))}
      </section>
    );
  }
  return (
    <section class="notice danger">
      <h2 id={URGENT} {...langOf(heading, language)}>
        {heading.text}
      </h2>
      {first && <p {...langOf(first, language)}>{tell(first)}</p>}
      <ul>
        {others.map((told) => (
          <li key={told.text} {...langOf(told, language)}>
            {tell(told)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Only where it is not the language of the page. */
function langOf({ language }: Told, page: string): { lang?: string } {
  return language === page ? {} : { lang: language };
}
