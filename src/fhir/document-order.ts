import type { Issue } from './outcome.js';

/**
 * Issues in the order in which a reader of the document as sent meets their elements. An element that is
 * missing stands where its parent begins.
 */
export function inDocumentOrder(
  issues: readonly Issue[],
  document: object,
  root = 'QuestionnaireResponse',
): Issue[] {
  if (issues.length < 2) return [...issues];
  const places = placesOf(document, root);
  const place = ({ expression = '' }: Issue) =>
    places.get(expression) ?? places.get(expression.slice(0, expression.lastIndexOf('.'))) ?? 0;
  return issues
    .map((issue) => ({ issue, at: place(issue) }))
    .sort((one, other) => one.at - other.at)
    .map(({ issue }) => issue);
}

/** Path of a member. A name that FHIRPath cannot say (a key may hold whatever was typed) points at its parent. */
export function member(path: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? `${path}.${name}` : path;
}

function placesOf(document: object, root: string): Map<string, number> {
  const places = new Map<string, number>();
  const visit = (node: unknown, path: string): void => {
    if (!places.has(path)) places.set(path, places.size);
    if (Array.isArray(node)) {
      node.forEach((child, index) => {
        visit(child, `${path}[${index}]`);
      });
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) visit(child, member(path, name));
    }
  };
  visit(document, root);
  return places;
}
