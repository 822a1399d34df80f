/** What has been started, in order; it is closed in reverse. */
export type Closer = () => Promise<void>;

export async function closeAll(closers: Closer[]): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
}

/** From the first moment on: a SIGTERM while starting is an orderly end as well. */
export function closeOnSignal(closers: Closer[], fail: (error: unknown, exitCode: number) => void): void {
  let isClosing = false;
  const stop = () => {
    if (isClosing) return;
    isClosing = true;
    closeAll(closers).then(
      () => process.exit(0),
      (error: unknown) => fail(error, 1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
