/** A promise, and the function that resolves it. */
export interface Latch {
  readonly opened: Promise<undefined>;
  open(): void;
}

/** A latch that is closed. */
export function createLatch(): Latch {
  let open = (): void => undefined;
  const opened = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined);
  });
  return { opened, open: () => open() };
}
