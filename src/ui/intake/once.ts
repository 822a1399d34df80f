/**
 * For buttons that bring the next screen: the second click of a double click would press what has just come there,
 * and skip a question, or a warning.
 */
export function once(event: MouseEvent): boolean {
  if (event.detail <= 1) return true;
  event.preventDefault();
  return false;
}
