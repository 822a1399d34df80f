/** A configuration that only turns out to be wrong when it is used. */
export class BadConfig extends Error {}
