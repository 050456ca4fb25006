import type { Clock } from '../clock.js';
import { AbandonedError, type Delivery, ThrottledError, UsageError } from '../errors.js';
import { createSlots, type Slot } from './slots.js';

export interface GateOptions {
  /** Most arrivals at the upstream in any window. */
  readonly requests: number;
  /** The window, in milliseconds. */
  readonly windowMs: number;
  /** Most calls that may wait. */
  readonly maxWaiting: number;
  /**
   * Nothing goes out before this moment of the clock.
   * @default at once
   */
  readonly opensAtMs?: number;
  readonly clock: Clock;
}

/** How a call may wait. */
export interface Wait {
  /** The answer is of no use after this moment. Read again whenever it matters: it may move. Never, if left out. */
  readonly deadlineMs?: number;
  /** Aborts when nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
  /** Goes before everything that is not urgent, and is not counted against `maxWaiting`. */
  readonly urgent?: boolean;
  /** Told how many are ahead, if the call has to wait. */
  readonly onWait?: (ahead: number) => void;
}

/** Lets calls out no faster than a limit allows, whatever the window's alignment and the network's jitter. */
export interface Gate {
  /**
   * Runs `call` when a slot is free, and settles as it does. Rejects at once with a `ThrottledError` when the answer could
   * not be there by the deadline, or too many wait already; with an `AbandonedError` when the signal aborts first.
   */
  run<T>(call: () => Promise<T>, wait?: Wait): Promise<T>;
  /** Whether nothing runs, waits or is held, so that nothing is lost by forgetting this gate. */
  idle(): boolean;
}

interface Waiting {
  readonly start: (slot: Slot) => void;
  readonly refuse: () => void;
  readonly deadlineMs: () => number;
}

/** How long a call is taken to last before one has been measured. */
const firstRoundTripMs = 250;
/** The weight of the newest call in the measured round trip. */
const newestWeight = 0.2;
/** How long a call without an answer may still be on its way to the upstream after we gave it up. */
const stragglerMs = 2_000;

/** Makes a gate of `requests` slots (see `Slots`), with a queue in front of them. */
export function createGate({ requests, windowMs, maxWaiting, opensAtMs, clock }: GateOptions): Gate {
  const slots = createSlots(requests, windowMs, opensAtMs);
  const urgent = new Set<Waiting>();
  const ordinary = new Set<Waiting>();
  const holdMs: Record<Delivery, number> = {
    unsent: 0,
    answered: windowMs,
    unanswered: windowMs + stragglerMs,
  };
  let roundTripMs = firstRoundTripMs;
  let cancelWake: (() => void) | undefined;

  /** How many go before a call that comes now. */
  function aheadOf(wait: Wait): number {
    return urgent.size + (wait.urgent ? 0 : ordinary.size);
  }

  /** How long before a call that is refused now would not be: 0 when it may wait. */
  function overdueMs(wait: Wait): number {
    const nowMs = clock.now();
    const startMs = slots.freeAt(aheadOf(wait), nowMs, roundTripMs);
    // What can start at once always may: else a slow spell could raise the measured round trip for good.
    if (startMs <= nowMs) return 0;
    // Whoever asks again has no less patience than now, which is none if the deadline has passed.
    const deadlineMs = Math.max(nowMs, wait.deadlineMs ?? Number.POSITIVE_INFINITY);
    const isFull = !wait.urgent && ordinary.size >= maxWaiting;
    const roomMs = isFull ? slots.freeAt(urgent.size, nowMs, roundTripMs) - nowMs : 0;
    return Math.max(roomMs, startMs + roundTripMs - deadlineMs);
  }

  function dispatch(): void {
    cancelWake?.();
    cancelWake = undefined;
    for (const queue of [urgent, ordinary]) {
      for (const waiting of queue) {
        if (clock.now() >= waiting.deadlineMs()) {
          queue.delete(waiting);
          waiting.refuse();
          continue;
        }
        const slot = slots.take(clock.now());
        if (slot === null) {
          cancelWake = clock.after(slots.freeAt(0, clock.now(), roundTripMs) - clock.now(), dispatch);
          return;
        }
        queue.delete(waiting);
        waiting.start(slot);
      }
    }
  }

  async function hold<T>(slot: Slot, call: () => Promise<T>): Promise<T> {
    const sentAtMs = clock.now();
    let delivery: Delivery = 'unanswered';
    try {
      const result = await call();
      delivery = 'answered';
      return result;
    } catch (error) {
      if (error instanceof UsageError) delivery = error.delivery;
      throw error;
    } finally {
      const nowMs = clock.now();
      if (delivery === 'answered') roundTripMs += newestWeight * (nowMs - sentAtMs - roundTripMs);
      slot.releaseAt(nowMs + holdMs[delivery]);
      dispatch();
    }
  }

  return {
    run(call, wait = {}) {
      if (wait.signal?.aborted) return Promise.reject(new AbandonedError());
      const queue = wait.urgent ? urgent : ordinary;
      const ahead = aheadOf(wait);
      const retryAfterMs = overdueMs(wait);
      if (retryAfterMs > 0) return Promise.reject(new ThrottledError('gateway', retryAfterMs));

      return new Promise((resolve, reject) => {
        const leave = (): void => {
          queue.delete(waiting);
          reject(new AbandonedError());
          dispatch();
        };
        const waiting: Waiting = {
          start(slot) {
            wait.signal?.removeEventListener('abort', leave);
            hold(slot, call).then(resolve, reject);
          },
          refuse() {
            wait.signal?.removeEventListener('abort', leave);
            reject(new ThrottledError('gateway', Math.max(1, overdueMs(wait))));
          },
          deadlineMs: () => wait.deadlineMs ?? Number.POSITIVE_INFINITY,
        };
        queue.add(waiting);
        wait.signal?.addEventListener('abort', leave, { once: true });
        dispatch();
        if (queue.has(waiting)) wait.onWait?.(ahead);
      });
    },

    idle: () => urgent.size + ordinary.size === 0 && slots.idle(clock.now()),
  };
}
