/** Between the open pages of one browser: somebody has signed out. */
export const SIGNED_OUT = 'axspa-signed-out';

/**
 * For pages that hold patient data: when somebody has signed out in another window, or comes back to what the browser
 * has kept of the page, it is read anew, as whoever is there now. `isHeld`: there are answers that nobody else has.
 */
export function forgetAtSignOut(isHeld: () => boolean = () => false): void {
  const forget = () => isHeld() || location.reload();
  new BroadcastChannel(SIGNED_OUT).onmessage = forget;
  addEventListener('pageshow', ({ persisted }) => persisted && forget());
}
