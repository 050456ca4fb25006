import type { Clock } from '../clock.js';

/** A module's own clock beside that of the server that its fleet shares. */
export interface FleetClock extends Clock {
  /** It was `atMs` there when it was asked, which took from one moment to the other here. */
  learn(atMs: number, askedAtMs: number, answeredAtMs: number): void;
  /** A moment of `now`, there. Null while nothing is known of that clock. */
  there(atMs: number): number | null;
  /** A moment there, on `now`. Null while nothing is known of that clock. */
  here(atMs: number): number | null;
}

/** Off by no more than this, in milliseconds, what is known of a clock is kept: one moment is one date then, in all of the fleet. */
const toleranceMs = 20;

/**
 * A calendar by the server's clock, once that is known: a machine whose own is wrong says the same of a reading as the others. Durations are still the
 * machine's. Goes to the server's clock and back without a difference.
 */
export function createFleetClock(clock: Clock): FleetClock {
  /** Whole milliseconds, so that nothing is lost on the way and back. */
  let offsetMs: number | null = null;

  return {
    now: clock.now,
    after: clock.after,
    toDate: (atMs) => (offsetMs === null ? clock.toDate(atMs) : new Date(Math.floor(atMs + offsetMs))),
    learn(atMs, askedAtMs, answeredAtMs) {
      const middleMs = Math.round(atMs - (askedAtMs + answeredAtMs) / 2);
      const mostMs = toleranceMs + (answeredAtMs - askedAtMs) / 2;
      if (offsetMs === null || Math.abs(offsetMs - middleMs) > mostMs) offsetMs = middleMs;
    },
    there: (atMs) => (offsetMs === null ? null : Math.floor(atMs + offsetMs)),
    here: (atMs) => (offsetMs === null ? null : atMs - offsetMs),
  };
}
