import { createFlights, type Flights } from '../../src/cache/flights.js';
import { AbandonedError } from '../../src/errors.js';
import type { Caller } from '../../src/usage.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

/** One fetch, as the layers below see it, in a test's hands. */
export interface Fetch {
  readonly key: string;
  readonly everybody: Caller;
  land(value: string): void;
  crash(error: Error): void;
}

export interface FlightsRig {
  readonly clock: ManualClock;
  readonly flights: Flights<string, string>;
  /** Oldest first. */
  readonly fetches: readonly Fetch[];
  /** Someone who waits for so long from now. */
  callerFor(patienceMs: number, signal?: AbortSignal, behind?: number): Caller;
  /** The moment that many milliseconds after the beginning. */
  at(ms: number): number;
}

/** Flights whose every fetch is in the test's hands. Like the real ones, it ends when nobody waits any more. `a` is the first in the background. */
export function createFlightsRig(): FlightsRig {
  const clock = createManualClock();
  const fetches: Fetch[] = [];
  const flights = createFlights<string, string>({
    fetch: (key, everybody) =>
      new Promise((land, crash) => {
        everybody.signal?.addEventListener('abort', () => crash(new AbandonedError()));
        fetches.push({ key, everybody, land, crash });
      }),
    behind: (key) => (key === 'a' ? -7 : 0),
    clock,
  });
  return {
    clock,
    flights,
    fetches,
    callerFor: (patienceMs, signal, behind = 0) => ({
      deadlineMs: clock.now() + patienceMs,
      signal,
      place: { lane: 'interactive', behind },
    }),
    at: (ms) => 1_000 + ms,
  };
}
