import type { Clock } from '../clock.js';
import { AbandonedError, TimedOutError } from '../errors.js';
import type { Caller } from '../usage.js';

/** Single-flight: however many ask for one key at one time, one fetch goes out, and all get what it brings. */
export interface Flights<Key, Value> {
  /** Whether a fetch of that key is on its way. */
  has(key: Key): boolean;
  /**
   * Settles as the key's fetch does, which is started if there is none. At the caller's deadline rejects with a
   * `TimedOutError`; when the caller goes away, with an `AbandonedError`. The fetch itself goes on for whoever is left. With
   * nobody left it is dropped if it was not yet sent, and otherwise finishes for those who come later.
   */
  join(key: Key, caller: Caller): Promise<Value>;
}

interface Flight<Value> {
  readonly landing: Promise<Value>;
  readonly callers: Set<Caller>;
  readonly nobodyWaits: AbortController;
  sent: boolean;
}

/** When to come back for an answer that is still on its way. */
const onItsWayMs = 1_000;

/** Makes flights that `fetch` brings in. It is called on behalf of all who wait at the moment, the latest deadline first. */
export function createFlights<Key, Value>(
  clock: Clock,
  fetch: (key: Key, caller: Caller) => Promise<Value>,
): Flights<Key, Value> {
  const flights = new Map<Key, Flight<Value>>();

  function start(key: Key, first: Caller): Flight<Value> {
    const callers = new Set([first]);
    const nobodyWaits = new AbortController();
    const everybody: Caller = {
      get deadlineMs() {
        // Not spread into arguments, of which there is a most.
        let latestMs = Number.NEGATIVE_INFINITY;
        for (const each of callers) latestMs = Math.max(latestMs, each.deadlineMs);
        return latestMs;
      },
      signal: nobodyWaits.signal,
      onSent() {
        flight.sent = true;
      },
    };
    // Deferred, so that the flight is known before anything in it can happen.
    const landing = Promise.resolve().then(() => fetch(key, everybody));
    const flight: Flight<Value> = { landing, callers, nobodyWaits, sent: false };
    const land = (): void => forget(key, flight);
    landing.then(land, land);
    flights.set(key, flight);
    return flight;
  }

  function forget(key: Key, flight: Flight<Value>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  function leave(key: Key, flight: Flight<Value>, caller: Caller): void {
    flight.callers.delete(caller);
    if (flight.callers.size > 0 || flight.sent) return;
    // Forgotten before it ends, so that nobody joins a flight that will not arrive.
    forget(key, flight);
    flight.nobodyWaits.abort();
  }

  return {
    has: (key) => flights.has(key),

    join(key, asking) {
      // Its own object, because one caller may wait twice.
      const caller: Caller = { deadlineMs: asking.deadlineMs, signal: asking.signal };
      if (caller.signal?.aborted) return Promise.reject(new AbandonedError());
      const flight = flights.get(key);
      flight?.callers.add(caller);
      const boarded = flight ?? start(key, caller);

      return new Promise((resolve, reject) => {
        const stopWaiting = (): void => {
          cancelDeadline();
          caller.signal?.removeEventListener('abort', gone);
        };
        const gone = (): void => {
          stopWaiting();
          leave(key, boarded, caller);
          reject(new AbandonedError());
        };
        const cancelDeadline = clock.after(caller.deadlineMs - clock.now(), () => {
          stopWaiting();
          leave(key, boarded, caller);
          reject(new TimedOutError(onItsWayMs));
        });
        caller.signal?.addEventListener('abort', gone, { once: true });
        boarded.landing.then(resolve, reject).finally(stopWaiting);
      });
    },
  };
}
