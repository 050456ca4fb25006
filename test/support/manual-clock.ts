import type { Clock } from '../../src/clock.js';

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /**
   * Lets time pass, calling what comes due in its order, each at its own moment. Promises settle in between and afterwards, as
   * far as they need nothing but each other.
   */
  advance(ms: number): Promise<void>;
  /** How many timers are set. */
  readonly pending: number;
}

/** Turns of the microtask queue that outlast any chain of promises in the code under test. */
const settleTurns = 50;

/** Starts at 1,000 ms, which its calendar calls 2026-01-01T00:00:01Z. */
export function createManualClock(): ManualClock {
  let nowMs = 1_000;
  const timers = new Set<{ dueMs: number; task: () => void }>();

  async function settle(): Promise<void> {
    for (let turn = 0; turn < settleTurns; turn += 1) await Promise.resolve();
  }

  function nextDue(untilMs: number): { dueMs: number; task: () => void } | undefined {
    const due = [...timers].filter((timer) => timer.dueMs <= untilMs);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  return {
    now: () => nowMs,
    toDate: (atMs) => new Date(Date.UTC(2026, 0, 1) + atMs),
    after(delayMs, task) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.task();
        await settle();
      }
      nowMs = untilMs;
    },
    get pending() {
      return timers.size;
    },
  };
}
