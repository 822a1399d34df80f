/** The Questionnaire in another language: every text changes, nothing that is stored or scored does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Coding, Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import { languagesOf, localize } from '../../../src/fhir/localize.js';
import { readInLanguage } from '../../../src/operations/read-content.js';
import { send } from '../../support/contract-http.js';
import { authoredContent, authoredResources, questionnaireIn } from '../../support/fhir-content.js';
import { questionnaireOf } from '../../support/fhir-literals.js';
import { type App, startApp } from '../../support/http-app.js';

const authored = questionnaireIn(authoredResources());
const LANGUAGES = ['es', 'de'];
const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

const translated = (...texts: [lang: string, content: string][]) => ({
  extension: texts.map(([lang, content]) => ({
    url: TRANSLATION,
    extension: [
      { url: 'lang', valueCode: lang },
      { url: 'content', valueString: content },
    ],
  })),
});

function itemsIn(items: readonly QuestionnaireItem[] = []): QuestionnaireItem[] {
  return items.flatMap((item) => [item, ...itemsIn(item.item)]);
}

/** Every text that a person reads, by where it stands. */
function textsIn({ title, description, purpose, item }: Questionnaire): Record<string, string> {
  const options = ({ linkId, answerOption = [] }: QuestionnaireItem) =>
    answerOption.map(({ valueCoding }) => [`${linkId}#${valueCoding?.code}`, valueCoding?.display]);
  const all = [
    ['title', title],
    ['description', description],
    ['purpose', purpose],
    ...itemsIn(item).flatMap((one) => [[one.linkId, one.text], ...options(one)]),
  ];
  return Object.fromEntries(all);
}

/** Everything but what a person reads. */
function withoutTexts(questionnaire: Questionnaire): unknown {
  const bare = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bare);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(
      ([name]) =>
        !['title', 'description', 'purpose', 'text', 'prefix', 'display', 'language'].includes(name),
    );
    return Object.fromEntries(kept.map(([name, inner]) => [name, bare(inner)]));
  };
  return bare(questionnaire);
}

test('languagesOf: its own first, then those of its title', () => {
  expect(languagesOf(authored)).toEqual(['en', 'es', 'de']);
  expect(languagesOf({ resourceType: 'Questionnaire', status: 'active' })).toEqual([]);
  expect(languagesOf({ ...questionnaireOf(), language: 'fr' })).toEqual(['fr']);
  const nothing = { extension: [{ url: TRANSLATION, extension: [{ url: 'lang', valueCode: 'it' }] }] };
  expect(languagesOf({ ...questionnaireOf(), title: 'T', _title: nothing })).toEqual([]);
});

describe.each(LANGUAGES)('the shipped Questionnaire in %s', (language) => {
  const before = structuredClone(authored);
  const local = localize(authored, language);

  test('every text is the translation that stands beside it', () => {
    const [english, told] = [textsIn(authored), textsIn(local)];
    expect(Object.keys(told)).toEqual(Object.keys(english));
    expect(Object.keys(told).length).toBeGreaterThan(150);
    const untold = Object.keys(told).filter((place) => told[place] === english[place]);
    // A few words are the same in two languages; whole sentences never are.
    expect(untold.filter((place) => (english[place] ?? '').split(' ').length > 3)).toEqual([]);
    expect(untold.length).toBeLessThan(10);
  });

  test('a known text is what a reader of that language sees', () => {
    const duration = itemsIn(local.item).find(({ linkId }) => linkId === 'pain-duration');
    expect([duration?.text, duration?.answerOption?.[0]?.valueCoding?.display]).toEqual(
      language === 'es'
        ? [
            '¿Cuánto tiempo hace que empezó por primera vez este dolor de espalda, aunque vaya y venga?',
            'Hace menos de 3 meses',
          ]
        : [
            'Wie lange ist es her, dass diese Rückenschmerzen zum ersten Mal angefangen haben, auch wenn sie kommen und gehen?',
            'Weniger als 3 Monate her',
          ],
    );
  });

  test('linkIds, codes, conditions, limits, translations and identity stay as they are', () => {
    expect(withoutTexts(local)).toEqual(withoutTexts(authored));
    expect([local.url, local.version, local.language]).toEqual([authored.url, authored.version, language]);
    const codings = (one: Questionnaire): Coding[] =>
      itemsIn(one.item).flatMap(({ answerOption = [] }) =>
        answerOption.map(({ valueCoding: { system, code } = {} }) => ({
          ...(system && { system }),
          ...(code && { code }),
        })),
      );
    expect(codings(local)).toEqual(codings(authored));
  });

  test('the one that was given is not touched', () => {
    expect(authored).toEqual(before);
  });

  test('from there the other translation is still to be had', () => {
    const other = language === 'es' ? 'de' : 'es';
    expect(localize(local, other)).toEqual(localize(authored, other));
  });
});

describe('a text without a translation stays', () => {
  const questionnaire: Questionnaire = {
    ...questionnaireOf(
      { linkId: 'a', type: 'string', prefix: '1.', _prefix: translated(['es', 'I.']), text: 'Plain' },
      {
        linkId: 'b',
        type: 'group',
        text: 'Group',
        _text: translated(['de', 'Gruppe']),
        item: [
          {
            linkId: 'c',
            type: 'choice',
            answerOption: [
              {
                valueCoding: { code: 'x', display: 'Yes', _display: translated(['es', 'Sí'], ['de', 'Ja']) },
              },
              { valueCoding: { code: 'y', display: 'Zinc' } },
              { valueString: 'verbatim' },
            ],
          },
        ],
      },
      { linkId: 'd', type: 'string', _text: translated(['es', 'texto sin original']) },
    ),
    language: 'en',
    title: 'Title',
    _title: translated(['es', 'Título']),
  };

  test('in a language that has some of them', () => {
    const local = localize(questionnaire, 'es');
    const [a, b, d] = local.item ?? [];
    expect([local.title, a?.prefix, a?.text, b?.text]).toEqual(['Título', 'I.', 'Plain', 'Group']);
    expect(
      b?.item?.[0]?.answerOption?.map((option) => option.valueCoding?.display ?? option.valueString),
    ).toEqual(['Sí', 'Zinc', 'verbatim']);
    expect(d).toEqual(questionnaire.item?.[2]);
  });

  test('in a language that has none, no text changes', () => {
    expect({ ...localize(questionnaire, 'fr'), language: 'en' }).toEqual(questionnaire);
    expect({ ...localize(authored, 'fr'), language: 'en' }).toEqual(authored);
  });
});

describe('choosing a language', () => {
  const content = authoredContent();
  const id = `${authored.id}`;
  const read = (type: string, choose: (languages: readonly string[]) => string | undefined, of = id) =>
    readInLanguage(type, of, choose, { content });

  test('one that is not there leaves the Questionnaire as it is', () => {
    expect(read('Questionnaire', () => undefined)).toEqual(authored);
    expect(read('Questionnaire', () => 'en')).toEqual(authored);
  });

  test('one that is there', () => {
    expect(read('Questionnaire', (languages) => languages[2])).toEqual(localize(authored, 'de'));
  });

  test('nothing but a Questionnaire has languages', () => {
    const asked: string[] = [];
    const choose = () => {
      asked.push('asked');
      return 'es';
    };
    const codes = authoredResources().find(
      (one) => one.resourceType === 'CodeSystem' && one.id === 'answers',
    );
    expect(read('CodeSystem', choose, 'answers')).toEqual(codes);
    expect(asked).toEqual([]);
  });
});

describe('over HTTP', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const get = (path: string, accept?: string) =>
    send<Questionnaire>(`${app.fhir}/${path}`, {
      headers: accept === undefined ? {} : { 'accept-language': accept },
    });

  test.each([
    ['es', 'es'],
    ['de', 'de'],
    ['en', 'en'],
    ['de-AT, de;q=0.9', 'de'],
    ['fr, es;q=0.5, de;q=0.4', 'es'],
    ['en;q=0.1, de;q=0.2', 'de'],
    ['ES', 'es'],
    ['fr', 'en'],
    ['*', 'en'],
    ['zz-not-a-language-;;;,,', 'en'],
    [undefined, 'en'],
  ])('Accept-Language %s: %s', async (accept, language) => {
    const { status, headers, body } = await get(`Questionnaire/${authored.id}`, accept);
    expect([status, headers.get('content-language')]).toEqual([200, language]);
    expect(headers.get('vary')?.toLowerCase()).toContain('accept-language');
    expect(body).toEqual(language === 'en' ? authored : localize(authored, language));
  });

  test('what has no languages varies with none', async () => {
    const { status, headers } = await get('CodeSystem/answers', 'es');
    expect([status, headers.get('content-language')]).toEqual([200, null]);
    expect(headers.get('vary') ?? '').not.toMatch(/accept-language/i);
  });
});
