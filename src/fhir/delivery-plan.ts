import type { Bundle, BundleEntry, FhirResource, Reference, Resource } from 'fhir/r4.js';
import { sha256 } from './identity.js';
import { isFull, isTaken, type WriteProfile } from './write-profile.js';

/** One request that brings a part of an entry to where it belongs. */
export interface Step {
  /** `transaction`, `records`, `Type/id` or `document`: names the step within its entry. */
  readonly key: string;
  /** `store`: our own, where the FHIR server does not take everything. */
  readonly target: 'server' | 'store';
  readonly what: What;
}

export type What =
  /** All or nothing; sent again, it changes nothing. `names`: `Type/id` of ours for each entry. */
  | { readonly kind: 'transaction'; readonly bundle: Bundle; readonly names: readonly string[] }
  /** `PUT Type/id` or `PUT Type?identifier=…`; sent again, it changes nothing. */
  | { readonly kind: 'put'; readonly url: string; readonly resource: FhirResource }
  /** The server chooses the id and would take it twice: it is looked for first. */
  | { readonly kind: 'find-or-create'; readonly resource: FhirResource }
  | { readonly kind: 'document' };

/** A response that somebody else put on the FHIR server: there it has the name that they gave it. */
export interface Standing {
  /** `QuestionnaireResponse/id` on the FHIR server. */
  readonly reference: string;
  /** The server's version that was read, or the last that is known. */
  readonly versionId: string | null;
  /** Whether it stands there as it is in this version, so that only what follows from it is written. */
  readonly isThere: boolean;
}

/** A response as it stands there. */
export function toStanding(id: string, versionId: string | null): Standing {
  return { reference: `QuestionnaireResponse/${id}`, versionId, isThere: true };
}

/** What an entry has beside its transaction. */
export interface Rest {
  readonly hasDocument: boolean;
  readonly standing: Standing | null;
}

/**
 * How the resources of an entry, given as `PUT Type/id`, get to a server of that profile (service.md, "What real
 * EHRs accept on write"). A server that takes everything gets one transaction and is the only one to hold them.
 * For any other, our own store holds everything, and the server gets what it takes, the parts before what refers
 * to them.
 */
export function toSteps(transaction: Bundle, { hasDocument, standing }: Rest, profile: WriteProfile): Step[] {
  const theirs = standing ? asTheirs(transaction, standing) : transaction;
  if (isFull(profile)) return [transactionTo('server', 'transaction', theirs)];
  const resources = resourcesOf(theirs);
  const missing = new Set(resources.filter((one) => !isTaken(one, profile)).map(nameOf));
  // What stands there is there, whether or not a new version of it would be taken.
  const isAbsent = (text: string) => missing.has(text) && text !== standing?.reference;
  const taken = resources
    .filter((one) => !missing.has(nameOf(one)))
    .map((one) => withReferences(one, (text) => (isAbsent(text) ? null : text)));
  const isWhole = taken.length === resources.length;
  // Where it has a name already, that is how it is found, whatever names the server gives to others.
  const isNamed = (one: FhirResource) =>
    standing !== null && profile.identity !== 'id' && nameOf(one) === standing.reference;
  const [named, others] = [taken.filter(isNamed), taken.filter((one) => !isNamed(one))];
  return [
    transactionTo('store', 'records', transaction),
    ...named.map((resource) => single(resource, { ...profile, identity: 'id' })),
    ...(profile.transaction && profile.identity !== 'search'
      ? together(others, profile)
      : oneByOne(others, profile)),
    ...(hasDocument && profile.document !== null && !isWhole && !takesScreening(profile)
      ? [{ key: 'document', target: 'server', what: { kind: 'document' } } as const]
      : []),
  ];
}

/** The same for the server that has the response under a name of its own. */
function asTheirs({ entry = [], ...bundle }: Bundle, { reference, isThere }: Standing): Bundle {
  const isResponse = ({ resource }: BundleEntry) => resource?.resourceType === 'QuestionnaireResponse';
  const ours = entry.find(isResponse)?.request?.url;
  const kept = isThere ? entry.filter((one) => !isResponse(one)) : entry;
  return {
    ...bundle,
    entry: kept.map((one): BundleEntry => {
      const { resource, request } = one;
      if (!isFhirResource(resource) || !request) return one;
      const renamed = withReferences(resource, (text) => (text === ours ? reference : text));
      if (!isResponse(one)) return { ...one, resource: renamed };
      return {
        resource: { ...renamed, id: reference.split('/')[1] ?? '' },
        request: { ...request, url: reference },
      };
    }),
  };
}

/** Whether the response and its Observations are taken; only what is missing of them needs a document. */
function takesScreening({ questionnaireResponse, observationCategories }: WriteProfile): boolean {
  return questionnaireResponse && observationCategories === null;
}

function transactionTo(
  target: Step['target'],
  key: string,
  bundle: Bundle,
  names = resourcesOf(bundle).map(nameOf),
): Step {
  return { key, target, what: { kind: 'transaction', bundle, names } };
}

function together(taken: readonly FhirResource[], profile: WriteProfile): Step[] {
  if (taken.length === 0) return [];
  if (profile.identity === 'id') {
    const entry = taken.map(
      (resource): BundleEntry => ({ resource, request: { method: 'PUT', url: nameOf(resource) } }),
    );
    return [transactionTo('server', 'transaction', { resourceType: 'Bundle', type: 'transaction', entry })];
  }
  const [identified, others] = [taken.filter(hasIdentifier), taken.filter((one) => !hasIdentifier(one))];
  return [
    ...(identified.length > 0
      ? [transactionTo('server', 'transaction', byIdentifier(identified), identified.map(nameOf))]
      : []),
    ...others.map((resource) => single(resource, profile)),
  ];
}

function oneByOne(taken: readonly FhirResource[], profile: WriteProfile): Step[] {
  return inReferenceOrder(taken).map((resource) => single(resource, profile));
}

function single(resource: FhirResource, { identity }: WriteProfile): Step {
  const key = nameOf(resource);
  if (identity === 'id') return { key, target: 'server', what: { kind: 'put', url: key, resource } };
  const condition = identity === 'identifier' ? conditionOf(resource) : null;
  return condition === null
    ? { key, target: 'server', what: { kind: 'find-or-create', resource } }
    : { key, target: 'server', what: { kind: 'put', url: condition, resource: withoutId(resource) } };
}

/** What is referred to comes before what refers to it; urgent findings as early as that allows. */
function inReferenceOrder(resources: readonly FhirResource[]): FhirResource[] {
  const turn = ({ resourceType, id = '' }: FhirResource) => {
    if (resourceType === 'QuestionnaireResponse') return 0;
    if (resourceType === 'Observation') return id.endsWith('.red-flag-urgency') ? 1 : isPanel(id) ? 4 : 3;
    return resourceType === 'Task' ? 2 : 5;
  };
  return [...resources].sort((one, other) => turn(one) - turn(other));
}

function isPanel(id: string): boolean {
  return id.endsWith('.axspa-screening-panel');
}

/** One transaction of `PUT Type?identifier=…`, whose entries refer to each other by urn (contract.md §1). */
function byIdentifier(resources: readonly FhirResource[]): Bundle {
  const urns = new Map(resources.map((resource) => [nameOf(resource), urnOf(nameOf(resource))]));
  const entry = resources.map(
    (resource): BundleEntry => ({
      fullUrl: urnOf(nameOf(resource)),
      resource: withReferences(withoutId(resource), (text) => urns.get(text) ?? text),
      request: { method: 'PUT', url: conditionOf(resource) ?? '' },
    }),
  );
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** The same name gives the same urn: a resend has the same bytes. */
function urnOf(name: string): string {
  const hex = sha256(name);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}

function hasIdentifier(resource: FhirResource): boolean {
  return conditionOf(resource) !== null;
}

/** `Type?identifier=system|value`; null for what has no identifier, such as a Provenance. */
export function conditionOf(resource: FhirResource): string | null {
  const [first] = identifiersOf(resource);
  return first ? `${resource.resourceType}?identifier=${encodeURIComponent(first)}` : null;
}

/** `system|value` of each identifier. */
export function identifiersOf(resource: FhirResource): string[] {
  const found: unknown = 'identifier' in resource ? resource.identifier : undefined;
  return [found].flat().flatMap((one) => {
    if (typeof one !== 'object' || one === null || !('value' in one)) return [];
    const system = 'system' in one && typeof one.system === 'string' ? one.system : '';
    return [`${system}|${String(one.value)}`];
  });
}

/** Whether both are the same thing under whatever ids: one type, and an identifier in common. */
export function hasSameIdentifier(one: FhirResource, other: FhirResource): boolean {
  const wanted = identifiersOf(other);
  return one.resourceType === other.resourceType && identifiersOf(one).some((text) => wanted.includes(text));
}

/** For a server that chooses the id. */
export function withoutId<T extends FhirResource>(resource: T): T {
  const { id: _ours, ...rest } = resource;
  return { ...resource, ...rest, id: undefined };
}

/** A copy in which every literal reference is what `resolve` makes of it; null takes the reference away. */
export function withReferences<T extends FhirResource>(
  resource: T,
  resolve: (reference: string) => string | null,
): T {
  return JSON.parse(JSON.stringify(resource), (_key, value: unknown) =>
    isReference(value) ? resolved(value, resolve) : value,
  );
}

function resolved(reference: Reference & { reference: string }, resolve: (text: string) => string | null) {
  const { reference: text, ...rest } = reference;
  const found = resolve(text);
  if (found !== null) return { ...rest, reference: found };
  // What the server does not hold is still said, in words that promise nothing to follow.
  return { display: text, ...rest };
}

function isReference(value: unknown): value is Reference & { reference: string } {
  return (
    typeof value === 'object' && value !== null && 'reference' in value && typeof value.reference === 'string'
  );
}

export function resourcesOf({ entry = [] }: Bundle): FhirResource[] {
  return entry.map(({ resource }) => resource).filter(isFhirResource);
}

function isFhirResource(resource: Resource | undefined): resource is FhirResource {
  return resource !== undefined;
}

/** `Type/id`. */
export function nameOf({ resourceType, id }: FhirResource): string {
  return `${resourceType}/${id}`;
}
