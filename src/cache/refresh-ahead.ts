import type { Clock } from '../clock.js';

export interface RefreshAheadOptions<Key> {
  /** Most keys that are planned for at a time. */
  readonly most: number;
  /** Called when a key's moment has come. */
  readonly refresh: (key: Key) => void;
  readonly clock: Clock;
}

/** Plans when to fetch again what will be asked for again. */
export interface RefreshAhead<Key> {
  /** Plans one refresh of that key, unless one is planned already or too many are. False if none is planned then. */
  plan(key: Key, atMs: number): boolean;
  /** Plans none any more. */
  cancel(key: Key): void;
  /** Cancels all, and plans no more. */
  close(): void;
}

/** Makes a plan that is empty. No process is kept alive by it. */
export function createRefreshAhead<Key>({
  most,
  refresh,
  clock,
}: RefreshAheadOptions<Key>): RefreshAhead<Key> {
  const planned = new Map<Key, () => void>();
  let isClosed = false;

  function cancel(key: Key): void {
    planned.get(key)?.();
    planned.delete(key);
  }

  return {
    plan(key, atMs) {
      if (planned.has(key)) return true;
      if (isClosed || planned.size >= most) return false;
      const due = (): void => {
        planned.delete(key);
        refresh(key);
      };
      planned.set(key, clock.after(atMs - clock.now(), due, 'idle'));
      return true;
    },
    cancel,
    close() {
      isClosed = true;
      for (const key of planned.keys()) cancel(key);
    },
  };
}
