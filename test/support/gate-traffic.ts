import { getEventListeners } from 'node:events';
import { AbandonedError, ThrottledError, UpstreamError } from '../../src/errors.js';
import { createGate, type GateOptions } from '../../src/scheduler/gate.js';
import { createManualClock } from './manual-clock.js';

/** One call that wants through a gate, and what will become of it. All in milliseconds of virtual time. */
export interface Ask {
  /** When it asks. */
  readonly atMs: number;
  /** Its way to the upstream. */
  readonly outMs: number;
  /** From its arrival to its end here. */
  readonly backMs: number;
  /**
   * How it ends: `answered` with an answer, `failed` with one that is of no use, `unsent` without having been sent, `unanswered`
   * given up while it may still arrive, `broken` by a bug of ours that says nothing of how far it got.
   */
  readonly ending: 'answered' | 'failed' | 'unsent' | 'unanswered' | 'broken';
  /** How long after it was given up it arrives all the same. */
  readonly lateMs: number;
  /** Its deadline, counted from `atMs`. */
  readonly patienceMs: number;
  /** When it leaves, counted from `atMs`. Null if it never does. */
  readonly leavesAfterMs: number | null;
  readonly urgent: boolean;
}

/** What became of it. Moments are in virtual time, null where there was none. */
export interface Passage {
  readonly ask: Ask;
  readonly deadlineMs: number;
  readonly leftMs: number | null;
  startedMs: number | null;
  startedAfterLeaving: boolean;
  arrivedMs: number | null;
  endedMs: number | null;
  /** When the limit allows another in its place, if it started. */
  freedMs: number | null;
  outcome: 'answered' | 'failed' | 'refused' | 'abandoned' | null;
  /** Of a refusal. */
  retryAfterMs: number | null;
}

export interface Traffic {
  readonly passages: readonly Passage[];
  /** Abort listeners that were left behind on all signals. */
  readonly listenersLeft: number;
  readonly timersLeft: number;
  readonly isIdle: boolean;
}

/** How long after it was given up a call may still arrive. */
export const stragglerMs = 2_000;
/** Longer than any traffic here takes to settle. */
const settledMs = 2_000_000;
/** Virtual time in doubles is exact to far less than the inverse of this. */
const grainsPerMs = 1e6;

/** Sends the asks through a new gate and tells what became of each, in the order of `asks`. */
export async function runTraffic(
  options: Omit<GateOptions, 'clock'>,
  asks: readonly Ask[],
): Promise<Traffic> {
  const clock = createManualClock();
  const heldMs: Readonly<Record<Ask['ending'], number>> = {
    answered: options.windowMs,
    failed: options.windowMs,
    unanswered: options.windowMs + stragglerMs,
    broken: options.windowMs + stragglerMs,
    unsent: 0,
  };
  const gate = createGate({ ...options, clock });
  const originMs = clock.now();
  const signals: AbortSignal[] = [];

  const now = (): number => Math.round((clock.now() - originMs) * grainsPerMs) / grainsPerMs;
  const pass = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  async function call(passage: Passage): Promise<void> {
    const { outMs, backMs, ending, lateMs } = passage.ask;
    const arrive = (): void => {
      passage.arrivedMs = now();
    };
    passage.startedMs = now();
    if (ending === 'answered' || ending === 'failed') clock.after(outMs, arrive);
    await pass(outMs + backMs);
    if (ending === 'unanswered' || ending === 'broken') clock.after(lateMs, arrive);
    passage.freedMs = now() + heldMs[ending];
    if (ending === 'broken') throw new TypeError('a bug');
    if (ending !== 'answered')
      throw new UpstreamError('failing', 'a bad day', {
        delivery: ending === 'failed' ? 'answered' : ending,
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
    const deadlineMs = clock.now() + ask.patienceMs;
    try {
      await gate.run(run, { deadlineMs, signal: controller.signal, urgent: ask.urgent });
      passage.outcome = 'answered';
    } catch (error) {
      passage.outcome =
        error instanceof ThrottledError
          ? 'refused'
          : error instanceof AbandonedError
            ? 'abandoned'
            : 'failed';
      if (error instanceof ThrottledError) passage.retryAfterMs = error.retryAfterMs;
    }
    passage.endedMs = now();
  }

  const passages = asks.map(
    (ask): Passage => ({
      ask,
      deadlineMs: ask.atMs + ask.patienceMs,
      leftMs: ask.leavesAfterMs === null ? null : ask.atMs + ask.leavesAfterMs,
      startedMs: null,
      startedAfterLeaving: false,
      arrivedMs: null,
      endedMs: null,
      freedMs: null,
      outcome: null,
      retryAfterMs: null,
    }),
  );
  for (const passage of passages) clock.after(passage.ask.atMs, () => void send(passage));
  await clock.advance(settledMs);

  return {
    passages,
    listenersLeft: signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0),
    timersLeft: clock.pending,
    isIdle: gate.idle(),
  };
}

/** When the calls of a traffic arrived at the upstream. */
export function arrivalsOf({ passages }: Traffic): number[] {
  return passages.map(({ arrivedMs }) => arrivedMs).filter((ms) => ms !== null);
}

/** An ask that is answered after a round trip of 250 ms, half of it each way, and waits for that as long as it takes. */
export function askAt(atMs: number, differing: Partial<Ask> = {}): Ask {
  return {
    atMs,
    outMs: 125,
    backMs: 125,
    ending: 'answered',
    lateMs: 0,
    patienceMs: Number.POSITIVE_INFINITY,
    leavesAfterMs: null,
    urgent: false,
    ...differing,
  };
}
