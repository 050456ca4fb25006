/** One slot, taken for one call. */
export interface Slot {
  /** Gives the slot back: it can be taken again from that moment on. The last word counts, as long as nobody has taken it again. */
  releaseAt(atMs: number): void;
}

/** How many wait for slots. */
export interface Expected {
  /** Those who take any slot. */
  readonly first: number;
  /** Those who take one only if `spared` others are free. */
  readonly spare: number;
  readonly spared: number;
}

/** When slots will be free, one call after another. */
export interface Forecast {
  /** When the next slot will be free. */
  next(): number;
  /** Takes that slot for a call that starts at `startMs`. */
  take(startMs: number): void;
}

/**
 * A limit of `count` arrivals a window, as slots: each is held from sending until the answer plus one window. Two arrivals
 * through one slot are then at least a window apart, so no window of that length, however it is aligned, sees more than
 * `count`, whatever the network does to either. Counters and buckets cannot promise that: a delayed call arrives
 * together with the next window's. Moments are milliseconds of one clock.
 */
export interface Slots {
  /** Takes a slot that is free, if as many others are as are to be spared. Null when there are not. */
  take(nowMs: number, spared: number): Slot | null;
  /** Told after each turn who still waits, so that slots that have to be asked for are. Those not taken by then are not needed. */
  expect(expected: Expected): void;
  /** How many are taken, or given back for a later moment. */
  held(nowMs: number): number;
  /** The next moment at which one more will be free. Null when that is for calls to say that are under way. */
  nextFreeAt(nowMs: number): number | null;
  /** What to expect if each call takes `roundTripMs`. */
  forecast(nowMs: number, roundTripMs: number): Forecast;
  /** Frees none before that moment. The latest one counts. */
  closeUntil(untilMs: number): void;
  /** Whether no slot is taken or held, so that nothing is lost by forgetting them. */
  idle(nowMs: number): boolean;
}

/** Makes `count` slots for windows of `windowMs`, all free. */
export function createSlots(count: number, windowMs: number): Slots {
  /** For each slot the moment it is free from, or null and when its call went out; and how often it was taken. */
  const slots: { freeAtMs: number | null; takenAtMs: number; takes: number }[] = Array.from(
    { length: count },
    () => ({ freeAtMs: Number.NEGATIVE_INFINITY, takenAtMs: Number.NEGATIVE_INFINITY, takes: 0 }),
  );
  let closedUntilMs = Number.NEGATIVE_INFINITY;

  const isFree = ({ freeAtMs }: { freeAtMs: number | null }, nowMs: number): boolean =>
    nowMs >= closedUntilMs && freeAtMs !== null && freeAtMs <= nowMs;

  function freeCount(nowMs: number): number {
    let count = 0;
    for (const each of slots) if (isFree(each, nowMs)) count += 1;
    return count;
  }

  return {
    take(nowMs, spared) {
      const slot = slots.find((each) => isFree(each, nowMs));
      if (slot === undefined || freeCount(nowMs) - 1 < spared) return null;
      slot.freeAtMs = null;
      slot.takenAtMs = nowMs;
      slot.takes += 1;
      const thisTake = slot.takes;
      return {
        releaseAt(atMs) {
          if (slot.takes === thisTake) slot.freeAtMs = atMs;
        },
      };
    },

    expect: () => undefined,
    held: (nowMs) => slots.filter(({ freeAtMs }) => freeAtMs === null || freeAtMs > nowMs).length,

    nextFreeAt(nowMs) {
      const moments = slots.flatMap(({ freeAtMs }) =>
        freeAtMs === null ? [] : [Math.max(freeAtMs, closedUntilMs)],
      );
      const next = Math.min(...moments.filter((atMs) => atMs > nowMs));
      return Number.isFinite(next) ? next : null;
    },

    forecast(nowMs, roundTripMs) {
      const earliestMs = Math.max(nowMs, closedUntilMs);
      const moments = slots
        .map(({ freeAtMs, takenAtMs }) => freeAtMs ?? Math.max(nowMs, takenAtMs + roundTripMs) + windowMs)
        .map((atMs) => Math.max(earliestMs, atMs));
      let nextMs = Math.min(...moments);
      return {
        next: () => nextMs,
        take(startMs) {
          moments[moments.indexOf(nextMs)] = startMs + roundTripMs + windowMs;
          nextMs = Math.min(...moments);
        },
      };
    },

    closeUntil(untilMs) {
      closedUntilMs = Math.max(closedUntilMs, untilMs);
    },

    idle: (nowMs) => slots.every((slot) => isFree(slot, nowMs)),
  };
}
