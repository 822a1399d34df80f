import { Problem } from './outcome.js';

/**
 * The FHIR server does not let the person who asks read it, with a token of their own: then it is not shown to them
 * out of what is kept here either.
 */
export class Withheld extends Problem {}
