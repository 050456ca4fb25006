/** One slot, taken for one call. */
export interface Slot {
  /** Gives the slot back: it can be taken again from that moment on. */
  releaseAt(atMs: number): void;
}

/**
 * A limit of `count` arrivals a window, as slots: each is held from sending until the answer plus one window. Two arrivals
 * through one slot are then at least a window apart, so no window of that length, however it is aligned, sees more than
 * `count`, whatever the network does to either. Counters and buckets cannot promise that: a delayed call arrives
 * together with the next window's. Moments are milliseconds of one clock.
 */
export interface Slots {
  /** Takes a slot that is free. Null when none is. */
  take(nowMs: number): Slot | null;
  /**
   * When a slot will be free for a call that has `ahead` others before it, if each call takes `roundTripMs`.
   * `nowMs` when it is at once.
   */
  freeAt(ahead: number, nowMs: number, roundTripMs: number): number;
  /** Whether no slot is taken or held, so that nothing is lost by forgetting them. */
  idle(nowMs: number): boolean;
}

/** Makes `count` slots for windows of `windowMs`, all free from `opensAtMs` on. */
export function createSlots(count: number, windowMs: number, opensAtMs = Number.NEGATIVE_INFINITY): Slots {
  /** For each slot the moment it is free from, or when its call went out. */
  const slots: { freeAtMs: number | null; takenAtMs: number }[] = Array.from({ length: count }, () => ({
    freeAtMs: opensAtMs,
    takenAtMs: Number.NEGATIVE_INFINITY,
  }));

  const isFree = (slot: { freeAtMs: number | null }, nowMs: number): boolean =>
    slot.freeAtMs !== null && slot.freeAtMs <= nowMs;

  return {
    take(nowMs) {
      const slot = slots.find((each) => isFree(each, nowMs));
      if (slot === undefined) return null;
      slot.freeAtMs = null;
      slot.takenAtMs = nowMs;
      return {
        releaseAt(atMs) {
          slot.freeAtMs = atMs;
        },
      };
    },

    freeAt(ahead, nowMs, roundTripMs) {
      const freeAtMs = slots
        .map((slot) => slot.freeAtMs ?? Math.max(nowMs, slot.takenAtMs + roundTripMs) + windowMs)
        .map((atMs) => Math.max(nowMs, atMs))
        .sort((a, b) => a - b);
      // Everybody ahead takes the earliest slot that is left, and in the next round all slots again.
      const rounds = Math.floor(ahead / count);
      return Math.min(...freeAtMs.slice(ahead % count)) + rounds * (roundTripMs + windowMs);
    },

    idle: (nowMs) => slots.every((slot) => isFree(slot, nowMs)),
  };
}
