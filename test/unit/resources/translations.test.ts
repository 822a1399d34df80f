import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { CodeSystem, CodeSystemConcept, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';

const LANGUAGES = ['es', 'de'] as const;
type Language = (typeof LANGUAGES)[number];

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';
const REVIEW = 'The Spanish and German texts await review by a clinician who speaks the language.';

/** Elements whose strings people read. Names, publisher and licence stay as they are in every language. */
const READ = ['title', 'description', 'purpose', 'text', 'display'];

/** Texts that are the same word in another language. */
const SAME: Record<Language, readonly string[]> = {
  es: ['Psoriasis', 'Normal', 'No'],
  de: ['Psoriasis', 'Normal', 'Uveitis'],
};

/** Words that show a text was left in English, or landed in the wrong language, or is too familiar. */
const FOREIGN: Record<Language, readonly string[]> = {
  es: [
    ...['the', 'and', 'or', 'with', 'your', 'you', 'not', 'pain', 'back', 'of', 'for', 'is', 'when', 'any'],
    ...['und', 'der', 'die', 'das', 'nicht', 'oder', 'eine', 'sie', 'ihr', 'ihre'],
    ...['tú', 'tu', 'tus', 'te', 'ti', 'tienes', 'vosotros'],
  ],
  de: [
    ...['the', 'and', 'or', 'with', 'your', 'you', 'not', 'pain', 'back', 'of', 'for', 'is', 'when', 'any'],
    ...['que', 'los', 'las', 'una', 'para', 'el', 'del', 'con', 'por'],
    ...['du', 'dich', 'dir', 'dein', 'deine', 'deiner', 'deinem', 'euch'],
  ],
};

const questionnaire = read<Questionnaire>('Questionnaire-axspa-back-pain-screening');
const codeSystems = ['answers', 'verdicts', 'findings', 'criteria-sets', 'issues', 'patient-information'].map(
  (id) => read<CodeSystem>(`CodeSystem-${id}`),
);
const answers = codeSystems[0]?.concept ?? [];

/** One text that people read, and its translations, each language as often as it is there. */
interface Text {
  readonly where: string;
  readonly english: string;
  readonly in: Record<Language, readonly string[]>;
}

const inQuestionnaire = textsOf(questionnaire, 'Questionnaire');
const inCodeSystems = codeSystems.flatMap(({ id, concept }) =>
  conceptsIn(concept).map((one) => ({
    where: `CodeSystem/${id}#${one.code}`,
    english: one.display ?? '',
    in: byLanguage((language) => designationsOf(one, language)),
  })),
);
const texts: readonly Text[] = [...inQuestionnaire, ...inCodeSystems];
const pairs = LANGUAGES.flatMap((language) =>
  texts.map((text) => ({ ...text, language, translated: text.in[language][0] ?? '' })),
);

type Tree = Record<string, unknown>;

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../resources/${name}.json`, import.meta.url), 'utf8'));
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byLanguage<T>(make: (language: Language) => T): Record<Language, T> {
  return { es: make('es'), de: make('de') };
}

/** Every text under a value, whoever wrote it, with the translations beside it. */
function textsOf(value: unknown, where: string): Text[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(one, where));
  if (!isTree(value)) return [];
  const here = [where, value.linkId ?? value.code].filter((part) => typeof part === 'string').join('/');
  const own = READ.filter((key) => typeof value[key] === 'string').map((key) => ({
    where: `${here}.${key}`,
    english: String(value[key]),
    in: byLanguage((language) => translationsOf(value[`_${key}`], language)),
  }));
  return [...own, ...Object.values(value).flatMap((one) => textsOf(one, here))];
}

function translationsOf(sibling: unknown, language: Language): string[] {
  return extensionsOf(sibling)
    .filter((one) => one.url === TRANSLATION)
    .map((one) => extensionsOf(one))
    .filter((parts) => parts.some(({ url, valueCode }) => url === 'lang' && valueCode === language))
    .flatMap((parts) => parts.filter(({ url }) => url === 'content'))
    .map(({ valueString }) => String(valueString));
}

function extensionsOf(value: unknown): Tree[] {
  return isTree(value) && Array.isArray(value.extension) ? value.extension.filter(isTree) : [];
}

/** Every concept, those inside others too, in reading order. */
function conceptsIn(concepts: readonly CodeSystemConcept[] = []): CodeSystemConcept[] {
  return concepts.flatMap((one) => [one, ...conceptsIn(one.concept)]);
}

function designationsOf({ designation = [] }: CodeSystemConcept, language: Language): string[] {
  return designation.filter((one) => one.language === language).map(({ value }) => value);
}

/** Siblings of primitives (`_text`), with the path of each. */
function siblingsOf(value: unknown): [key: string, sibling: unknown, holder: Tree][] {
  if (Array.isArray(value)) return value.flatMap((one) => siblingsOf(one));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, one]): [string, unknown, Tree][] =>
    key.startsWith('_') ? [[key, one, value]] : siblingsOf(one),
  );
}

/** What a caller sees who shows the Questionnaire in one language; `null` takes every text away. */
function shownIn(language: Language | 'en' | null, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => shownIn(language, one));
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('_'))
      .map(([key, one]) => {
        if (!READ.includes(key) || typeof one !== 'string') return [key, shownIn(language, one)];
        if (language === null) return [key, ''];
        return [key, language === 'en' ? one : translationsOf(value[`_${key}`], language)[0]];
      }),
  );
}

function flatten(items: readonly QuestionnaireItem[]): QuestionnaireItem[] {
  return items.flatMap((item) => [item, ...flatten(item.item ?? [])]);
}

/** linkId → systems and codes of the options and of the conditions. */
function codesIn(language: Language | 'en'): unknown {
  const { item = [] } = shownIn(language, questionnaire) as Questionnaire;
  return flatten(item).map(({ linkId, answerOption = [], enableWhen = [] }) => [
    linkId,
    answerOption.map(({ valueCoding }) => `${valueCoding?.system}|${valueCoding?.code}`),
    enableWhen.map(
      ({ question, answerCoding }) => `${question}=${answerCoding?.system}|${answerCoding?.code}`,
    ),
  ]);
}

function numbersIn(text: string): string[] {
  return (text.match(/\d+/g) ?? []).sort();
}

function placeholdersIn(text: string): string[] {
  return text.match(/\{[^}]*\}?/g) ?? [];
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}

describe('nothing is missing', () => {
  test('every text that people read has one Spanish and one German translation', () => {
    const missing = pairs.filter(({ language, in: { [language]: found } }) => found.length !== 1);
    console.log(`translated strings ${pairs.length} × missing ${missing.length}`);
    expect(missing.map(({ where, language }) => `${where} ${language}`)).toEqual([]);
    expect(flatten(questionnaire.item ?? []).every(({ text }) => text)).toBe(true);
  });

  test('no translation is empty, padded or plain English', () => {
    const bad = pairs.filter(
      ({ english, language, translated }) =>
        translated.trim() !== translated ||
        translated === '' ||
        (translated === english && !SAME[language].includes(english)),
    );
    expect(bad).toEqual([]);
  });

  test.each(LANGUAGES)('%s: every allowed likeness is still one', (language) => {
    const alike = pairs.filter((one) => one.language === language && one.translated === one.english);
    expect([...new Set(alike.map(({ english }) => english))].sort()).toEqual([...SAME[language]].sort());
  });

  test('no word of another language, and nobody is addressed as a friend', () => {
    const bad = pairs.flatMap(({ where, language, translated }) =>
      wordsOf(translated)
        .filter((word) => FOREIGN[language].includes(word))
        .map((word) => `${where} ${language}: ${word}`),
    );
    expect(bad).toEqual([]);
  });
});

describe('nothing else changes', () => {
  test('every number of the English stands in the translation, and no other', () => {
    const bad = pairs.filter(
      ({ english, translated }) => numbersIn(english).join() !== numbersIn(translated).join(),
    );
    expect(bad).toEqual([]);
  });

  test('every placeholder of the English stands in the translation, and no other', () => {
    const filled = pairs.filter(({ english }) => placeholdersIn(english).length > 0);
    expect(filled.length).toBeGreaterThan(0);
    expect(pairs.flatMap(({ translated }) => placeholdersIn(translated))).toEqual(
      filled.map(() => '{emergencyNumber}'),
    );
    const bad = filled.filter(
      ({ english, translated }) => placeholdersIn(english).join() !== placeholdersIn(translated).join(),
    );
    expect(bad).toEqual([]);
  });

  test('a question stays a question', () => {
    const bad = pairs.filter(({ english, translated }) => english.includes('?') !== translated.includes('?'));
    expect(bad).toEqual([]);
  });

  test('a help that quotes an option quotes its translation', () => {
    const quoted = pairs.flatMap(({ where, english, language, translated }) =>
      answers
        .filter(({ display }) => english.includes(`"${display}"`))
        .map((option) => {
          const [own = ''] = designationsOf(option, language);
          const quote = language === 'es' ? `«${own}»` : `„${own}“`;
          return { where, language, isQuoted: own !== '' && translated.includes(quote) };
        }),
    );
    expect(quoted).toHaveLength(4);
    expect(quoted.filter(({ isQuoted }) => !isQuoted)).toEqual([]);
  });
});

describe('codes never depend on language', () => {
  test.each(LANGUAGES)('%s: the same linkIds, options and conditions as in English', (language) => {
    expect(codesIn(language)).toEqual(codesIn('en'));
  });

  test.each(LANGUAGES)('%s: only texts differ', (language) => {
    const shown = shownIn(language, questionnaire);
    expect(shownIn(null, shown)).toEqual(shownIn(null, questionnaire));
    expect(shown).not.toEqual(shownIn('en', questionnaire));
  });

  test('a translation holds a language and a text, and nothing that could be read as an answer', () => {
    const siblings = siblingsOf(questionnaire);
    expect(siblings).toHaveLength(inQuestionnaire.length);
    for (const [key, sibling, holder] of siblings) {
      expect(READ.map((name) => `_${name}`)).toContain(key);
      expect(typeof holder[key.slice(1)]).toBe('string');
      expect(sibling).toEqual({
        extension: LANGUAGES.map((language) => ({
          url: TRANSLATION,
          extension: [
            { url: 'lang', valueCode: language },
            { url: 'content', valueString: expect.any(String) },
          ],
        })),
      });
    }
  });

  test('a designation holds a language and a text', () => {
    for (const concept of codeSystems.flatMap((system) => conceptsIn(system.concept))) {
      expect(concept.designation).toEqual(
        LANGUAGES.map((language) => ({ language, value: expect.any(String) })),
      );
    }
  });
});

describe('one display per code', () => {
  test.each(LANGUAGES)('%s: the same in every question and in CodeSystem/answers', (language) => {
    const options = flatten(questionnaire.item ?? []).flatMap(({ answerOption = [] }) => answerOption);
    for (const { valueCoding } of options) {
      const concept = answers.find(({ code }) => code === valueCoding?.code);
      expect([valueCoding?.code, translationsOf(valueCoding?._display, language)]).toEqual([
        valueCoding?.code,
        concept && designationsOf(concept, language),
      ]);
    }
  });

  test.each(LANGUAGES)('%s: no two codes of a system share one', (language) => {
    for (const { id, concept } of codeSystems) {
      const concepts = conceptsIn(concept);
      const displays = concepts.flatMap((one) => designationsOf(one, language));
      expect([id, new Set(displays).size]).toEqual([id, concepts.length]);
    }
  });
});

describe('awaiting clinical review', () => {
  test('is said wherever there are translations, in every language they are in', () => {
    for (const { description } of [questionnaire, ...codeSystems]) expect(description).toContain(REVIEW);
    expect(translationsOf(questionnaire._description, 'es')[0]).toContain('pendientes de revisión');
    expect(translationsOf(questionnaire._description, 'de')[0]).toContain('müssen noch');
  });

  test('nothing claims to be approved', () => {
    expect([questionnaire.approvalDate, questionnaire.lastReviewDate]).toEqual([undefined, undefined]);
  });
});
