import type { Clock } from '../clock.js';

export interface DistinctOptions {
  /** For how long a key counts after it was last seen, in milliseconds: up to a sixtieth longer. */
  readonly windowMs: number;
  /** Most keys that are told apart: the bound on memory. More than these are not counted. */
  readonly most: number;
  readonly clock: Clock;
}

/** How many different keys there were of late. */
export interface Distinct<Key> {
  add(key: Key): void;
  count(): number;
}

const slices = 60;

/** Makes a count of none. */
export function createDistinct<Key>({ windowMs, most, clock }: DistinctOptions): Distinct<Key> {
  const sliceMs = Math.max(1, windowMs / slices);
  const sliceNow = (): number => Math.floor(clock.now() / sliceMs);
  /** The slice of time in which each key was last seen. Overwritten in place: deleting and setting anew would cost more. */
  const lastSeen = new Map<Key, number>();
  let current = sliceNow();
  let isNow = false;

  function forgetPast(): void {
    const slice = sliceNow();
    if (slice === current) return;
    current = slice;
    for (const [key, seen] of lastSeen) if (seen < slice - slices) lastSeen.delete(key);
  }

  /** Looks at the clock once for all that is added at a time, of which there may be a hundred. */
  function keepTime(): void {
    if (isNow) return;
    isNow = true;
    queueMicrotask(() => {
      isNow = false;
    });
    forgetPast();
  }

  return {
    add(key) {
      keepTime();
      if (lastSeen.size < most || lastSeen.has(key)) lastSeen.set(key, current);
    },
    count() {
      forgetPast();
      return lastSeen.size;
    },
  };
}
