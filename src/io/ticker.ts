/** Rounds of work, one after another. */
export interface Ticker {
  /** The first round begins at once. */
  start(): void;
  /** No round begins any more. */
  stop(): void;
  /** The next round begins at once, or as soon as the one under way is over. */
  wake(): void;
  /** The round under way, or the last one. */
  current(): Promise<void>;
}

/** `round` must not reject; the next one begins `ms` after its end. */
export function createTicker(round: () => Promise<void>, ms: number): Ticker {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  let isStarted = false;
  let isStopped = false;
  let isUnderWay = false;
  let isAwake = false;
  const begin = () => {
    if (isStopped) return;
    clearTimeout(timer);
    isUnderWay = true;
    isAwake = false;
    current = round().finally(() => {
      isUnderWay = false;
      if (isStopped) return;
      if (isAwake) begin();
      else timer = setTimeout(begin, ms);
    });
  };
  return {
    start: () => {
      isStarted = true;
      begin();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
    wake: () => {
      isAwake = true;
      if (isStarted && !isUnderWay) begin();
    },
    current: () => current,
  };
}

/** When the work is over, or the time. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.then(() => undefined), late]);
  clearTimeout(timer);
}
