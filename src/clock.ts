/**
 * Time, as every layer sees it. Durations and expiry come from `now`, which nobody can set; the calendar is only shown.
 */
export interface Clock {
  /** Milliseconds on a monotonic clock. Its zero means nothing. */
  now(): number;
  /** What the calendar says of a moment of `now`. Follows the machine's clock when that is set. */
  toDate(atMs: number): Date;
  /**
   * Calls `task` once, never before `delayMs` have passed on `now`. The function returned cancels it. A process that has nothing
   * else to do does not wait for an `idle` task.
   */
  after(delayMs: number, task: () => void, importance?: 'idle'): () => void;
}

/** A wall clock that differs by more than this has been set, and is not merely being slewed. */
const wallStepMs = 1_000;
/** Node's timers fire at once when they are told to wait for longer. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock. */
export function createSystemClock(): Clock {
  let wallOffsetMs = Date.now() - performance.now();

  return {
    now: () => performance.now(),

    toDate(atMs) {
      const offsetMs = Date.now() - performance.now();
      // Kept while it holds, so that one moment is one date to the millisecond however often it is asked.
      if (Math.abs(offsetMs - wallOffsetMs) > wallStepMs) wallOffsetMs = offsetMs;
      return new Date(Math.floor(atMs + wallOffsetMs));
    },

    after(delayMs, task, importance) {
      const dueMs = performance.now() + delayMs;
      let timer: NodeJS.Timeout;
      const arm = (leftMs: number): void => {
        timer = setTimeout(fire, Math.min(Math.max(0, Math.ceil(leftMs)), longestTimerMs));
        if (importance === 'idle') timer.unref();
      };
      const fire = (): void => {
        // Node rounds to its loop's milliseconds and can be early by a part of one.
        const leftMs = dueMs - performance.now();
        if (leftMs > 0) arm(leftMs);
        else task();
      };
      arm(delayMs);
      return () => clearTimeout(timer);
    },
  };
}
