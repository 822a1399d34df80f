import type { Questionnaire } from 'fhir/r4.js';
import { initialAnswers } from '../../../../src/ui/engine/answers.js';
import { loadQuestionnaire } from '../../../../src/ui/engine/load.js';
import { startAdvising } from '../../../../src/ui/intake/advising.js';
import { startSaving } from '../../../../src/ui/intake/saving.js';
import type { State } from '../../../../src/ui/intake/state.js';

const SYSTEM = 'https://example.org/answers';
const option = (code: string) => ({ valueCoding: { system: SYSTEM, code, display: code } });

/** Five questions: signs (required, several), age, more (only after the sign `other`), words, scale. */
export const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  url: 'https://example.org/Questionnaire/q',
  version: '1',
  item: [
    {
      linkId: 'safety',
      type: 'group',
      text: 'Safety',
      item: [
        {
          linkId: 'signs',
          type: 'choice',
          required: true,
          repeats: true,
          text: 'Signs?',
          answerOption: [
            option('numb'),
            option('fever'),
            option('other'),
            {
              ...option('none'),
              extension: [
                {
                  url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive',
                  valueBoolean: true,
                },
              ],
            },
          ],
        },
      ],
    },
    {
      linkId: 'age',
      type: 'integer',
      text: 'Age?',
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/maxValue', valueInteger: 110 }],
    },
    {
      linkId: 'more',
      type: 'boolean',
      text: 'More?',
      enableWhen: [{ question: 'signs', operator: '=', answerCoding: { system: SYSTEM, code: 'other' } }],
    },
    { linkId: 'words', type: 'string', text: 'Words?' },
  ],
};

export const code = (value: string) => ({ valueCoding: { system: SYSTEM, code: value, display: value } });

/** A new intake at the welcome. */
export function begin(): State {
  const loaded = loadQuestionnaire(questionnaire);
  if ('faults' in loaded) throw new Error(loaded.faults.join('\n'));
  const { form } = loaded;
  const patient = { reference: 'Patient/p1' };
  return {
    form,
    base: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      identifier: { system: 'https://example.org/intake', value: 'one' },
      questionnaire: form.canonical,
      subject: patient,
      author: patient,
      source: patient,
    },
    screen: { name: 'welcome' },
    leavingTo: null,
    answers: initialAnswers(form),
    entries: new Map(),
    prefilled: new Set(),
    seen: new Set(),
    withheld: new Map(),
    author: patient,
    troubles: [],
    saving: startSaving(null),
    advising: startAdvising({
      adviceAlone: {
        signs: {
          numb: { advice: ['emergency'] },
          fever: { advice: ['same-day', 'get-help-at-once'] },
        },
      },
      adviceTogether: [],
    }),
  };
}
