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
/** How many are looked at in one go: few enough for nobody to notice. */
const fewAtOnce = 100;

/** Makes a count of none. */
export function createDistinct<Key>({ windowMs, most, clock }: DistinctOptions): Distinct<Key> {
  const sliceMs = Math.max(1, windowMs / slices);
  const sliceNow = (): number => Math.floor(clock.now() / sliceMs);
  /** The slice of time in which each key was last seen. Overwritten in place: in a map from which much is deleted all moves at times. */
  const lastSeen = new Map<Key, number>();
  /** Those that may be past and have not been looked at in this slice. */
  let unchecked = lastSeen.entries();
  let current = sliceNow();
  let isNow = false;
  const settled = Promise.resolve();

  function keepTime(): void {
    const slice = sliceNow();
    if (slice !== current) [current, unchecked] = [slice, lastSeen.entries()];
  }

  function forgetPast(atMost: number): void {
    let looked = 0;
    for (const [key, seen] of unchecked) {
      if (seen < current - slices) lastSeen.delete(key);
      looked += 1;
      if (looked === atMost) return;
    }
  }

  /** Looks at the clock once for all that is added at a time, of which there may be a hundred. */
  function begin(): void {
    if (isNow) return;
    isNow = true;
    // `queueMicrotask` takes several times as long.
    settled.then(() => {
      isNow = false;
    });
    keepTime();
    forgetPast(fewAtOnce);
  }

  function hasRoom(): boolean {
    if (lastSeen.size >= most) forgetPast(Number.POSITIVE_INFINITY);
    return lastSeen.size < most;
  }

  return {
    add(key) {
      begin();
      const seen = lastSeen.get(key);
      if (seen === current || (seen === undefined && !hasRoom())) return;
      lastSeen.set(key, current);
    },
    count() {
      keepTime();
      forgetPast(Number.POSITIVE_INFINITY);
      return lastSeen.size;
    },
  };
}
