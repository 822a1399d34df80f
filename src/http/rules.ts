import type { About, Rule } from '../operations/permit.js';

/** Open to everybody: what holds no patient data. */
export const PUBLIC = null;

/** Whatever it comes to, whoever asks is known: what is not served here says nothing to a stranger. */
export const SIGNED_IN = 'signed in';

const RESPONSE = 'QuestionnaireResponse';

/** By what a route does; who may call it is decided by these alone (README.md of src, "Security"). */
export const read = (type: string) => rule(type, 'r', 'nobody');
export const search = (type: string) => rule(type, 's', 'search');
export const create = rule(RESPONSE, 'c', 'body', { isSaving: true });
export const update = rule(RESPONSE, 'u', 'change', { isSaving: true });
export const history = rule(RESPONSE, 'r', 'instance');
export const changeTask = rule('Task', 'u', 'instance', { isForPatients: false });
export const invite = rule('Task', 'c', 'patient', { isForPatients: false });

/** Operations show what their input leads to, and need what that needs. */
export const advise = rule(RESPONSE, 'cru', 'nobody', { isSaving: true });
export const adviseStored = rule(RESPONSE, 'r', 'instance');
export const validate = rule(RESPONSE, 'c', 'body');
export const plan = rule(RESPONSE, 'c', 'body', { isForPatients: false });
export const score = rule(RESPONSE, 'cr', 'body', { isForPatients: false, showsObservations: true });
export const scoreStored = rule(RESPONSE, 'r', 'instance', { isForPatients: false, showsObservations: true });
export const deliveryStatus = rule(RESPONSE, 'r', 'instance', { isSaving: true });
export const deliveryList = rule(RESPONSE, 's', 'everybody', { isForPatients: false });
/** That something changed: without a word about whom. */
export const changes = rule(RESPONSE, 'rs', 'nobody', { isForPatients: false });
export const deliver = rule(RESPONSE, 'u', 'instance', { isForPatients: false });

/** What a route needs of its caller. */
export interface RouteRule extends Rule {
  /** Part of saving answers: also for a session whose token has run out, so that no answer is lost. */
  readonly isSaving: boolean;
}

function rule(
  type: string,
  letters: string,
  about: About,
  also: Partial<Pick<RouteRule, 'isForPatients' | 'isSaving' | 'showsObservations'>> = {},
): RouteRule {
  const permissions = (['c', 'r', 'u', 'd', 's'] as const).filter((one) => letters.includes(one));
  return {
    type,
    permissions,
    about,
    isForPatients: true,
    isSaving: false,
    showsObservations: false,
    ...also,
  };
}
