import type { Clock } from '../clock.js';
import {
  AbandonedError,
  type Delivery,
  RememberedError,
  StragglingError,
  ThrottledError,
  UpstreamError,
  UsageError,
} from '../errors.js';
import type { Place } from '../usage.js';
import { createLine, type Ticket } from './line.js';
import { createRoundTrip } from './round-trip.js';
import { createSlots, type Slot, type Slots } from './slots.js';

export interface GateOptions {
  /** Most arrivals at the upstream in any window. */
  readonly requests: number;
  /** The window, in milliseconds. */
  readonly windowMs: number;
  /** Most calls that may wait, the urgent ones not counted. */
  readonly maxWaiting: number;
  /**
   * While it says so, only urgent calls go out; `resume` tells that it may have changed.
   * @default never
   */
  readonly isHeldBack?: () => boolean;
  /**
   * Where its slots come from, when others take them, too: told whom to call when one may be had.
   * @default as many as `requests`, for itself
   */
  readonly slots?: (onChange: () => void) => Slots;
  readonly clock: Clock;
}

/** How a call may wait. */
export interface Wait {
  /** The answer is of no use after this moment. Read again whenever it matters: it may move. Never, if left out. */
  readonly deadlineMs?: number;
  /** Aborts when nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Read again whenever it matters. `urgent` goes before everything else and is not counted against `maxWaiting`.
   * @default at the head of those that are interactive
   */
  readonly place?: Place | 'urgent' | undefined;
  /** Told how many are ahead, if the call has to wait. */
  readonly onWait?: (ahead: number) => void;
  /**
   * Asked when to come back, by one that is refused for want of room and could come back after `retryAfterMs`.
   * @default then
   */
  readonly comeBack?: ((retryAfterMs: number) => number) | undefined;
}

/** Lets calls out no faster than a limit allows, whatever the window's alignment and the network's jitter. */
export interface Gate {
  /**
   * Runs `call` when it is its turn, and settles as it does. Rejects with a `ThrottledError` as soon as it is known that the
   * answer cannot be there by the deadline, or that too many wait; with an `AbandonedError` when the signal aborts first.
   */
  run<T>(call: () => Promise<T>, wait?: Wait): Promise<T>;
  /**
   * Lets nothing out for `forMs`. Whoever cannot make its deadline then is refused at once: with the `cause`, unless that is the
   * limit's own. Of several pauses the one that ends last counts.
   */
  pause(forMs: number, cause: UsageError): void;
  /** Looks again who may go. */
  resume(): void;
  /** How many wait. */
  waiting(): number;
  /** How many slots are taken or held. */
  held(): number;
  /** For how long nothing goes out because of a pause, in milliseconds. Null when there is none. */
  pausedForMs(): number | null;
  /** How far apart calls leave on average when many wait, in milliseconds. */
  paceMs(): number;
  /** Whether nothing runs, waits or is held, so that nothing is lost by forgetting this gate. */
  idle(): boolean;
}

/** How long a call without an answer may still be on its way to the upstream after its connection has ended. */
const stragglerMs = 2_000;
const headOfLine: Place = { lane: 'interactive', behind: 0 };

/** One who waits. A class, because each literal with accessors gets a hidden class of its own: too slow for a crowd. */
class Waiting implements Ticket {
  readonly number: number;
  readonly wait: Wait;
  readonly start: (slot: Slot) => void;
  readonly refuse: (error: UsageError) => void;
  /** Set while it listens for its signal. */
  stopListening: (() => void) | undefined;

  constructor(number: number, wait: Wait, start: (slot: Slot) => void, refuse: (error: UsageError) => void) {
    this.number = number;
    this.wait = wait;
    this.start = start;
    this.refuse = refuse;
  }

  get deadlineMs(): number {
    return this.wait.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  get place(): Place | 'urgent' {
    return this.wait.place ?? headOfLine;
  }
}

/** Makes a gate: a line in front of slots that are held as `Slots` says, and for longer after a call without an answer. */
export function createGate(options: GateOptions): Gate {
  const { requests, windowMs, maxWaiting, clock, isHeldBack = () => false } = options;
  const { slots: createOwn = () => createSlots(requests, windowMs) } = options;
  const roundTrip = createRoundTrip();
  const slots = createOwn(() => advance());
  const line = createLine<Waiting>({ requests, windowMs, maxWaiting, roundTrip, slots });
  const holdMs: Record<Delivery, number> = {
    unsent: 0,
    answered: windowMs,
    unanswered: windowMs + stragglerMs,
  };
  let pause: { untilMs: number; cause: UsageError } | null = null;
  let cancelWake: (() => void) | undefined;
  let isAdvancing = false;
  let came = 0;

  /** Once for all who come or leave at the same time: a thousand may. */
  function advanceSoon(): void {
    if (isAdvancing) return;
    isAdvancing = true;
    queueMicrotask(() => {
      isAdvancing = false;
      advance();
    });
  }

  function advance(): void {
    cancelWake?.();
    const nowMs = clock.now();
    const { go, refused, wait, wakeAtMs } = line.turn(nowMs, isHeldBack());
    cancelWake = wakeAtMs === null ? undefined : clock.after(wakeAtMs - nowMs, advance, 'idle');
    for (const { ticket, ahead } of wait) listen(ticket, ahead);
    for (const { ticket, retryAfterMs } of refused) refuse(ticket, refusal(ticket.wait, retryAfterMs));
    for (const { ticket, slot } of go) start(ticket, slot);
  }

  function listen(waiting: Waiting, ahead: number): void {
    const { wait } = waiting;
    const { signal } = wait;
    if (signal?.aborted) {
      leave(waiting);
      return;
    }
    const gone = (): void => leave(waiting);
    // V8 keeps a function that is made right where a property gets it, and all it refers to, until the next major collection.
    const stopListening = (): void => signal?.removeEventListener('abort', gone);
    signal?.addEventListener('abort', gone, { once: true });
    waiting.stopListening = stopListening;
    wait.onWait?.(ahead);
  }

  function leave(waiting: Waiting): void {
    line.leave(waiting);
    waiting.refuse(new AbandonedError());
    advanceSoon();
  }

  function refuse(waiting: Waiting, error: UsageError): void {
    waiting.stopListening?.();
    waiting.refuse(error);
  }

  function start(waiting: Waiting, slot: Slot): void {
    // It may have been abandoned before it had to wait, when nobody listened yet.
    if (waiting.wait.signal?.aborted) {
      slot.releaseAt(clock.now());
      leave(waiting);
      return;
    }
    waiting.stopListening?.();
    waiting.start(slot);
  }

  function currentPause(): typeof pause {
    return pause !== null && clock.now() < pause.untilMs ? pause : null;
  }

  function pausedForMs(): number | null {
    const current = currentPause();
    return current === null ? null : current.untilMs - clock.now();
  }

  function refusal({ comeBack }: Wait, retryAfterMs: number): UsageError {
    const cause = currentPause()?.cause ?? null;
    return cause === null || cause.code === 'THROTTLED'
      ? new ThrottledError(comeBack?.(retryAfterMs) ?? retryAfterMs)
      : new RememberedError(cause, retryAfterMs);
  }

  async function hold<T>(slot: Slot, call: () => Promise<T>, isUrgent: boolean): Promise<T> {
    const sentAtMs = clock.now();
    let failure: unknown;
    try {
      return await call();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      const delivery = deliveryOf(failure);
      // What is urgent is of another kind, and says nothing of how long the others take.
      if (!isUrgent && isWhole(failure)) roundTrip.measured(clock.now() - sentAtMs);
      release(slot, holdMs[delivery], failure instanceof StragglingError ? failure : null);
    }
  }

  function release(slot: Slot, forMs: number, straggler: StragglingError | null): void {
    slot.releaseAt(clock.now() + forMs + (straggler?.withinMs ?? 0));
    // It often ends sooner.
    straggler?.ended.then(() => release(slot, forMs, null));
    advance();
  }

  return {
    run(call, wait = {}) {
      return new Promise((resolve, reject) => {
        const start = (slot: Slot): void => {
          hold(slot, call, wait.place === 'urgent').then(resolve, reject);
        };
        line.join(new Waiting(came++, wait, start, reject), clock.now());
        advanceSoon();
      });
    },

    pause(forMs, cause) {
      const untilMs = clock.now() + forMs;
      if (pause === null || untilMs > pause.untilMs) pause = { untilMs, cause };
      line.closeUntil(untilMs);
      advance();
    },

    resume: advance,
    waiting: line.waiting,
    held: () => line.held(clock.now()),
    pausedForMs,
    paceMs: line.paceMs,
    idle: () => line.idle(clock.now()),
  };
}

/** Whether a call was answered to its end. One that hung says only how long we waited. */
function isWhole(failure: unknown): boolean {
  return (
    deliveryOf(failure) === 'answered' &&
    !(failure instanceof UpstreamError && failure.fault === 'unanswered')
  );
}

/** What is no `UsageError` is a bug of ours, after which nobody knows. */
function deliveryOf(failure: unknown): Delivery {
  if (failure === undefined) return 'answered';
  return failure instanceof UsageError ? failure.delivery : 'unanswered';
}
