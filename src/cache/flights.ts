import type { Clock } from '../clock.js';
import { AbandonedError, ThrottledError, TimedOutError, type UsageError } from '../errors.js';
import { PassingMap } from '../passing-map.js';
import type { Caller, Place } from '../usage.js';

export interface FlightsOptions<Key, Value> {
  /** Brings the value, on behalf of all who wait at the moment: with the latest deadline and the best place among theirs. */
  readonly fetch: (key: Key, caller: Caller) => Promise<Value>;
  /** How many turns a fetch stands back among those that nobody waits for: the least goes first. */
  readonly behind: (key: Key) => number;
  readonly clock: Clock;
}

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
  /**
   * The same, for a caller with an old value at hand, who waits for `forMs` at most: then null, and the fetch goes on by itself.
   * It is in the background from the start: who has something does not go before those who have nothing.
   */
  joinFor(forMs: number, key: Key, caller: Caller): Promise<Value | null>;
  /** Starts the key's fetch in the background, if there is none. */
  start(key: Key): void;
}

interface Flight<Value> {
  readonly landing: Promise<Value>;
  readonly everybody: Everybody;
}

/** When to come back for an answer that is still on its way. */
const onItsWayMs = 1_000;

/** Makes flights that `fetch` brings in. */
export function createFlights<Key extends string, Value>(
  options: FlightsOptions<Key, Value>,
): Flights<Key, Value> {
  const { clock } = options;
  const flights = new PassingMap<Key, Flight<Value>>();

  function start(key: Key, hasOld: boolean, isKept: boolean): Flight<Value> {
    const everybody = new Everybody(() => options.behind(key), hasOld, isKept);
    // Deferred, so that the flight is known before anything in it can happen.
    const landing = Promise.resolve().then(() => options.fetch(key, everybody));
    const flight: Flight<Value> = { landing, everybody };
    const land = (): void => forget(key, flight);
    landing.then(land, land);
    flights.set(key, flight);
    return flight;
  }

  function forget(key: Key, flight: Flight<Value>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  function leave(key: Key, flight: Flight<Value>, caller: Caller): void {
    const { callers, isSent, isKept, nobodyWaits } = flight.everybody;
    callers.delete(caller);
    if (callers.size > 0 || isSent || isKept) return;
    // Forgotten before it ends, so that nobody joins a flight that will not arrive.
    forget(key, flight);
    nobodyWaits().abort();
  }

  /** The flight that a caller joins. */
  function flightFor(key: Key, hasOld: boolean): Flight<Value> {
    return flights.get(key) ?? start(key, hasOld, false);
  }

  function board(key: Key, flight: Flight<Value>, asking: Caller, hasOld: boolean): Promise<Value> {
    // Its own object, because one caller may wait twice.
    const caller: Caller = hasOld
      ? { deadlineMs: asking.deadlineMs, signal: asking.signal }
      : new Aboard(asking);
    flight.everybody.callers.add(caller);

    return new Promise((resolve, reject) => {
      const stopWaiting = (): void => {
        cancelDeadline();
        caller.signal?.removeEventListener('abort', gone);
      };
      const stopWith = (error: UsageError): void => {
        stopWaiting();
        leave(key, flight, caller);
        reject(error);
      };
      const gone = (): void => stopWith(new AbandonedError());
      const cancelDeadline = clock.after(caller.deadlineMs - clock.now(), () =>
        stopWith(new TimedOutError(onItsWayMs)),
      );
      caller.signal?.addEventListener('abort', gone, { once: true });
      flight.landing.then(
        (value) => {
          stopWaiting();
          resolve(value);
        },
        (error: unknown) => {
          stopWaiting();
          // Who is still in line when the deadline comes is refused in the same moment.
          const isLate = error instanceof ThrottledError && clock.now() >= caller.deadlineMs;
          reject(isLate ? new TimedOutError(onItsWayMs) : error);
        },
      );
    });
  }

  return {
    has: (key) => flights.has(key),

    join(key, caller) {
      if (caller.signal?.aborted) return Promise.reject(new AbandonedError());
      return board(key, flightFor(key, false), caller, false);
    },

    async joinFor(forMs, key, caller) {
      if (caller.signal?.aborted) throw new AbandonedError();
      const flight = flightFor(key, true);
      const landing = board(key, flight, caller, true);
      let cancel: (() => void) | undefined;
      const soon = new Promise<null>((resolve) => {
        cancel = clock.after(forMs, () => {
          flight.everybody.isKept = true;
          resolve(null);
        });
      });
      try {
        return await Promise.race([landing, soon]);
      } finally {
        cancel?.();
      }
    },

    start(key) {
      if (!flights.has(key)) start(key, true, true);
    },
  };
}

// Both are classes, because each literal with accessors gets a hidden class of its own: too slow for a crowd.

/** All who wait for a flight, as one caller. */
class Everybody implements Caller {
  readonly callers = new Set<Caller>();
  readonly hasOld: boolean;
  /** Whether the flight goes on in the background when nobody waits. */
  isKept: boolean;
  /** Whether it can no longer be saved. */
  isSent = false;
  readonly #behind: () => number;
  #nobodyWaits: AbortController | undefined;

  constructor(behind: () => number, hasOld: boolean, isKept: boolean) {
    this.#behind = behind;
    this.hasOld = hasOld;
    this.isKept = isKept;
  }

  get deadlineMs(): number {
    return this.isKept ? Number.POSITIVE_INFINITY : latestDeadlineMs(this.callers);
  }

  get place(): Place {
    return bestPlace(this.callers) ?? { lane: 'background', behind: this.#behind() };
  }

  get signal(): AbortSignal {
    return this.nobodyWaits().signal;
  }

  /** Made when it is asked for: most that are refused never are, and there can be very many at once. */
  readonly nobodyWaits = (): AbortController => {
    this.#nobodyWaits ??= new AbortController();
    return this.#nobodyWaits;
  };

  readonly onSent = (): void => {
    this.isSent = true;
  };
}

/** A caller as an object of its own. Its place is looked at only when it matters, because looking takes a turn. */
class Aboard implements Caller {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #asking: Caller;

  constructor(asking: Caller) {
    this.deadlineMs = asking.deadlineMs;
    this.signal = asking.signal;
    this.#asking = asking;
  }

  get place(): Place {
    return this.#asking.place ?? { lane: 'interactive', behind: 0 };
  }
}

// Neither is spread into arguments, of which there is a most.

function latestDeadlineMs(callers: Iterable<Caller>): number {
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const { deadlineMs } of callers) latestMs = Math.max(latestMs, deadlineMs);
  return latestMs;
}

/** Null when nobody waits who has nothing. */
function bestPlace(callers: Iterable<Caller>): Place | null {
  let best: Place | null = null;
  for (const { place } of callers) if (place && place.behind < (best?.behind ?? Infinity)) best = place;
  return best;
}
