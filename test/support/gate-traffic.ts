import { getEventListeners } from 'node:events';
import { AbandonedError, ThrottledError, TooManyRequestsError, UpstreamError } from '../../src/errors.js';
import { createGate, type Wait } from '../../src/scheduler/gate.js';
import { createManualClock } from './manual-clock.js';
import { type Ask, arrivalOf, heldMs, type Schedule } from './schedules.js';

/** What became of an ask. Moments are in virtual time, null where there was none. */
export interface Passage {
  readonly ask: Ask;
  readonly leftMs: number | null;
  /** Of all that it ever was. */
  deadlineMs: number;
  startedMs: number | null;
  startedAfterLeaving: boolean;
  arrivedMs: number | null;
  endedMs: number | null;
  /** When the limit allows another in its place, if it started. */
  freedMs: number | null;
  outcome: 'answered' | 'failed' | 'refused' | 'abandoned' | null;
}

export interface Traffic {
  readonly passages: readonly Passage[];
  /** Abort listeners that were left behind on all signals. */
  readonly listenersLeft: number;
  readonly timersLeft: number;
  readonly isIdle: boolean;
}

/** Longer than any traffic here takes to settle. */
const settledMs = 2_000_000;
const limitExceeded = new TooManyRequestsError('company', null);

/** Lets a new gate meet a schedule, and tells what became of each ask, in their order. */
export async function runTraffic({ asks, pauses, heldBack, ...limit }: Schedule): Promise<Traffic> {
  const clock = createManualClock();
  const originMs = clock.now();
  let holders = 0;
  const gate = createGate({ ...limit, clock, isHeldBack: () => holders > 0 });
  const signals: AbortSignal[] = [];

  const now = (): number => clock.now() - originMs;

  async function call(passage: Passage): Promise<void> {
    const { ask } = passage;
    passage.startedMs = now();
    passage.arrivedMs = arrivalOf(ask, now());
    await new Promise<void>((resolve) => {
      clock.after(ask.outMs + ask.backMs, resolve);
    });
    passage.freedMs = now() + heldMs(ask.ending, limit.windowMs);
    if (ask.ending === 'broken') throw new TypeError('a bug');
    if (ask.ending !== 'answered')
      throw new UpstreamError('failing', 'a bad day', {
        delivery: ask.ending === 'failed' ? 'answered' : ask.ending,
      });
  }

  async function send(passage: Passage): Promise<void> {
    const { ask } = passage;
    const controller = new AbortController();
    signals.push(controller.signal);
    if (ask.leavesAfterMs !== null) clock.after(ask.leavesAfterMs, () => controller.abort());
    const run = (): Promise<void> => {
      passage.startedAfterLeaving = controller.signal.aborted;
      return call(passage);
    };
    try {
      await gate.run(run, waitOf(passage, controller.signal));
      passage.outcome = 'answered';
    } catch (error) {
      passage.outcome = outcomeOf(error);
    }
    passage.endedMs = now();
  }

  function waitOf(passage: Passage, signal: AbortSignal): Wait {
    const { place, change } = passage.ask;
    const wait = { deadlineMs: originMs + passage.deadlineMs, signal, place };
    if (change !== null)
      clock.after(change.afterMs, () => {
        wait.place = change.place;
        wait.deadlineMs += change.laterMs;
        passage.deadlineMs += change.laterMs;
      });
    return wait;
  }

  const passages = asks.map(
    (ask): Passage => ({
      ask,
      leftMs: ask.leavesAfterMs === null ? null : ask.atMs + ask.leavesAfterMs,
      deadlineMs: ask.atMs + ask.patienceMs,
      startedMs: null,
      startedAfterLeaving: false,
      arrivedMs: null,
      endedMs: null,
      freedMs: null,
      outcome: null,
    }),
  );
  for (const passage of passages) clock.after(passage.ask.atMs, () => void send(passage));
  for (const { atMs, forMs } of pauses) clock.after(atMs, () => gate.pause(forMs, limitExceeded));
  for (const { atMs, forMs } of heldBack) {
    clock.after(atMs, () => {
      holders += 1;
    });
    clock.after(atMs + forMs, () => {
      holders -= 1;
      gate.resume();
    });
  }
  await clock.advance(settledMs);

  return {
    passages,
    listenersLeft: signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0),
    timersLeft: clock.pending,
    isIdle: gate.idle(),
  };
}

function outcomeOf(error: unknown): Passage['outcome'] {
  if (error instanceof ThrottledError) return 'refused';
  return error instanceof AbandonedError ? 'abandoned' : 'failed';
}

/** When the calls of a traffic arrived at the upstream. */
export function arrivalsOf({ passages }: Traffic): number[] {
  return passages.map(({ arrivedMs }) => arrivedMs).filter((ms) => ms !== null);
}
