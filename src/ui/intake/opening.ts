import type { Bundle, CodeSystem, Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { type Answers, initialAnswers } from '../engine/answers.js';
import type { Form } from '../engine/form.js';
import { loadQuestionnaire } from '../engine/load.js';
import { readResponse } from '../engine/response.js';
import { getFhir, type Reply, resourcesIn } from '../parts/fhir-client.js';
import { type Refusal, refusalIn } from '../parts/refusal.js';
import { loadSettings, type Settings, type SignInPlace } from '../parts/settings.js';
import { askAdvice, startAdvising } from './advising.js';
import { toBase } from './draft.js';
import { type Draft, findDrafts, findResponse, isBy, newestDraft } from './find-response.js';
import { IDENTIFIER_SYSTEM, uuid } from './identifier.js';
import { type Information, readInformation } from './information.js';
import type { Link } from './link.js';
import { type Standing, startSaving } from './saving.js';
import { type Screen, seenOn } from './screen.js';
import { openingScreen } from './sending.js';
import type { State } from './state.js';

/** Why an intake cannot be opened: names of texts. Only `unreachable`, `noTexts` and `signedOut` may be better the next time. */
export type Hindrance =
  | 'unreachable'
  | 'noTexts'
  | 'notFound'
  | 'noQuestionnaire'
  | 'cannotBeDrawn'
  | 'withdrawn'
  | 'wrongPerson'
  | 'noPatient'
  | Refusal;

/** An intake that cannot begin. */
export interface Hindered {
  readonly hindrance: Hindrance;
  /** Sentences for whoever made the Questionnaire or the response; they name linkIds, no answers. */
  readonly reasons?: readonly string[];
  /** Where to sign in. */
  readonly signIn?: readonly SignInPlace[];
}

/** An intake that can begin. */
export interface Opened {
  readonly state: State;
  readonly information: Information;
  readonly settings: Settings;
}

/** The same person began before: go on there, or begin anew? */
export interface Begun {
  readonly draft: Draft;
}

/** Everything that is needed before the first question; without the words for an emergency nothing begins. */
export async function open(given: Link): Promise<Opened | Hindered | Begun> {
  const [settings, texts, patient, response, drafts] = await Promise.all([
    loadSettings(),
    getFhir<CodeSystem>('CodeSystem/patient-information'),
    given.subject && !given.response ? soon(getFhir(given.subject), null) : null,
    findResponse(given),
    soon(findDrafts(given), []),
  ]);
  const invited = settings && asInvited(given, settings);
  if (invited) return open(invited);
  if (!settings || response?.state === 'unreachable') return { hindrance: 'unreachable' };
  const information = texts.state === 'done' ? readInformation(texts.body) : null;
  if (!information) return { hindrance: 'noTexts' };
  const hindrance = (response && refusalIn(response)) || (patient && refusalIn(patient));
  if (hindrance) return { hindrance, signIn: settings.signIn };
  // Who is signed in fills in for the patient, whomever the address names.
  const link = given.author && settings.session ? { ...given, author: settings.clinician } : given;
  // Where nobody knows, the questions begin: the answers are kept, and passed on when it is known.
  if (patient?.state === 'refused' && GONE.includes(patient.status)) return { hindrance: 'noPatient' };
  if (response?.state === 'refused') return { hindrance: 'notFound' };
  const standing = response && toStanding(response);
  if (standing?.response.status === 'entered-in-error') return { hindrance: 'withdrawn' };
  if (!fits(link, standing)) return { hindrance: 'wrongPerson' };
  const canonical = standing?.response.questionnaire ?? link.questionnaire ?? settings.questionnaire;
  const draft = newestDraft(drafts, canonical, link);
  if (draft) return { draft };
  const form = await loadForm(canonical);
  if ('hindrance' in form) return form;
  const state = begin(link, form.form, { standing, settings });
  return 'hindrance' in state ? state : { state, information, settings };
}

/**
 * Who came by an invitation answers what it asks for, wherever on our pages they set out from: nothing else of theirs
 * could be saved. null where the link leads there by itself.
 */
export function asInvited(link: Link, { session }: Pick<Settings, 'session'>): Link | null {
  const { invited, patient } = session ?? {};
  if (!invited || link.subject !== patient || link.response || link.intake === invited.intake) return null;
  return { ...link, ...invited };
}

const GONE = [404, 410];

/** Milliseconds for what the questions can begin without. */
const PATIENCE = 4_000;

function soon<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  return Promise.race([asked, new Promise<T>((resolve) => setTimeout(resolve, PATIENCE, otherwise))]);
}

async function loadForm(canonical: string): Promise<{ form: Form } | Hindered> {
  const [url = '', version] = canonical.split('|');
  const query = new URLSearchParams({ url, ...(version && { version }) });
  const found = await getFhir<Bundle<Questionnaire>>(`Questionnaire?${query}`);
  if (found.state === 'unreachable') return { hindrance: 'unreachable' };
  const questionnaire = found.state === 'done' ? resourcesIn(found.body).at(-1) : undefined;
  if (!questionnaire) return { hindrance: 'noQuestionnaire' };
  const loaded = loadQuestionnaire(questionnaire);
  if ('form' in loaded) return loaded;
  return { hindrance: 'cannotBeDrawn', reasons: loaded.faults };
}

function toStanding(reply: Reply<QuestionnaireResponse> & { state: 'done' }): Standing {
  return { response: reply.body, etag: reply.etag ?? `W/"${reply.body.meta?.versionId}"` };
}

function fits({ subject }: Link, standing: Standing | null): boolean {
  return !standing || subject === null || standing.response.subject?.reference === subject;
}

function begin(
  link: Link,
  form: Form,
  { standing, settings }: { standing: Standing | null; settings: Settings },
): State | Hindered {
  const read = standing ? readResponse(form, standing.response) : { answers: initialAnswers(form) };
  if ('faults' in read) return { hindrance: 'cannotBeDrawn', reasons: read.faults };
  const { answers } = read;
  const isOthers = standing?.response.status === 'in-progress' && !isBy(link, standing.response);
  const isPrefilled = !standing || isOthers;
  const saving = startSaving(standing);
  const screen: Screen = isPrefilled ? { name: 'welcome' } : openingScreen({ form, answers, saving });
  const whose = whoseOf(link, standing);
  const advising = startAdvising(isSame(form, settings.questionnaire) ? settings : undefined);
  return {
    form,
    // A draft stays whose it is until whoever opens it has seen what is in it.
    base: toBase({
      ...(standing?.response ?? {
        ...blank(link, form),
        ...encounterOf(link, settings),
        author: whose.author,
      }),
      ...whose.about,
    }),
    author: whose.author,
    screen,
    seen: seenOn(form, answers, screen),
    leavingTo: null,
    answers,
    entries: new Map(),
    prefilled: isPrefilled ? prefilledIn(form, answers) : new Set(),
    withheld: new Map(),
    troubles: [],
    saving,
    advising: answers.size > 0 ? askAdvice(advising, answers) : advising,
  };
}

/** What the person can check: not what is hidden or fixed. */
function prefilledIn({ questions }: Form, answers: Answers): ReadonlySet<string> {
  const open = questions.filter(({ hidden, readOnly }) => !hidden && !readOnly);
  return new Set(open.map(({ linkId }) => linkId).filter((linkId) => answers.get(linkId)?.length));
}

function blank({ intake }: Link, { canonical }: Form): QuestionnaireResponse {
  const identifier = { system: IDENTIFIER_SYSTEM, value: intake ?? uuid() };
  return {
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    identifier,
    questionnaire: canonical,
  };
}

/** Where an EHR sent somebody here about this very patient, the answers belong to that encounter. */
function encounterOf({ subject }: Link, { session }: Settings): Pick<QuestionnaireResponse, 'encounter'> {
  const { patient, encounter } = session ?? {};
  return encounter && patient === subject ? { encounter: { reference: encounter } } : {};
}

/** The patient is the source, whoever writes it down. */
function whoseOf(link: Link, standing: Standing | null) {
  const subject = standing?.response.subject ?? { reference: link.subject ?? '' };
  return { about: { subject, source: subject }, author: link.author ? { reference: link.author } : subject };
}

/** Whether the advice of single answers is about these questions, in whatever version. */
function isSame({ canonical }: Form, asked: string): boolean {
  return canonical.split('|')[0] === asked.split('|')[0];
}
