/**
 * Runs questions of which only the newest counts: an answer that comes after a later question was asked is undefined.
 */
export function newestOnly<A extends unknown[], T>(ask: (...about: A) => Promise<T>) {
  let turn = 0;
  return async (...about: A): Promise<T | undefined> => {
    turn += 1;
    const mine = turn;
    const answer = await ask(...about);
    return mine === turn ? answer : undefined;
  };
}
