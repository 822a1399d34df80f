/** What the link to an intake says: who is asked, who answers, and which response is gone on with. */
export interface Link {
  /** `Patient/{id}`; null only beside a response, which says it. */
  readonly subject: string | null;
  /** `Practitioner/{id}` who answers for the patient; null when the patient answers. */
  readonly author: string | null;
  /** Id of a QuestionnaireResponse. */
  readonly response: string | null;
  /** `url|version` or `url`; null for the one that the service asks by itself. */
  readonly questionnaire: string | null;
  /** The identifier of an intake that was begun, perhaps before anything was stored; null for a new one. */
  readonly intake: string | null;
}

const ID = '[A-Za-z0-9\\-.]{1,64}';
const SUBJECT = new RegExp(`^Patient/${ID}$`);
const AUTHOR = new RegExp(`^(Practitioner|PractitionerRole)/${ID}$`);
const INTAKE = /^[0-9a-f-]{36}$/;
const RESPONSE = new RegExp(`^${ID}$`);

/** → Link; null for one that names nobody, or somebody in a way that cannot be meant. */
export function readLink(ask: (name: string) => string | null): Link | null {
  const link: Link = {
    subject: ask('subject') || null,
    author: ask('author') || null,
    response: ask('response') || null,
    questionnaire: ask('questionnaire') || null,
    intake: INTAKE.exec(ask('intake') ?? '')?.[0] ?? null,
  };
  const fits =
    (link.subject !== null || link.response !== null) &&
    (link.subject === null || SUBJECT.test(link.subject)) &&
    (link.author === null || AUTHOR.test(link.author)) &&
    (link.response === null || RESPONSE.test(link.response));
  return fits ? link : null;
}
