/** When those who were refused should come back, so that they do not all come back at once and are refused again. */
export interface Comebacks<Key> {
  /**
   * The moment for one that could come back at `earliestMs` if it were the only one: `paceMs` after the one before it. Who asks
   * again too soon keeps its moment, and who came at its moment in vain does not start anew. Milliseconds of one clock.
   */
  book(key: Key, nowMs: number, earliestMs: number, paceMs: number): number;
  /** It was let in, and needs its moment no more. */
  release(key: Key): void;
  /** Nobody waits any more: who was expected has come or will not, and whoever comes now is let in at once. */
  clear(): void;
}

/** How long after its moment one may come: clients are told whole seconds. */
const lateMs = 2_000;

/** Makes a book of at most `most` moments. Whoever comes when it is full is told the last one. */
export function createComebacks<Key>(most: number): Comebacks<Key> {
  /** In the order of their moments, because each is after the one before. */
  const moments = new Map<Key, number>();
  let latestMs = Number.NEGATIVE_INFINITY;

  function forgetPast(nowMs: number): void {
    for (const [key, atMs] of moments) {
      if (atMs + lateMs > nowMs) break;
      moments.delete(key);
    }
    // Nobody is expected any more.
    if (moments.size === 0) latestMs = Number.NEGATIVE_INFINITY;
  }

  return {
    book(key, nowMs, earliestMs, paceMs) {
      forgetPast(nowMs);
      const booked = moments.get(key);
      if (booked !== undefined) return Math.max(booked, earliestMs);
      const isFull = moments.size >= most;
      latestMs = Math.max(earliestMs, isFull ? latestMs : latestMs + paceMs);
      if (!isFull) moments.set(key, latestMs);
      return latestMs;
    },
    release: (key) => moments.delete(key),
    clear() {
      // Emptied even when it is empty, a map lays out a new table.
      if (moments.size > 0) moments.clear();
      latestMs = Number.NEGATIVE_INFINITY;
    },
  };
}
