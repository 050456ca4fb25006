import type { Clock } from '../../src/clock.js';
import { AbandonedError, type UsageError } from '../../src/errors.js';
import type { Iccid } from '../../src/iccid.js';
import type { Caller, UsageReading, UsageSource } from '../../src/usage.js';
import { readingOf } from './readings.js';

/** In what a reading differs, maybe each in something else. */
export type Differing = Partial<UsageReading> | ((iccid: Iccid) => Partial<UsageReading>);

/** A source that answers at once, and that a test bends. */
export interface BendableSource extends UsageSource {
  /** What was asked for, oldest first. */
  readonly calls: readonly Iccid[];
  /** On whose behalf, in the same order. */
  readonly callers: readonly Caller[];
  /** From now on every read brings a reading that is fresh for so long, and differs from an ordinary one in this. */
  bring(differing?: Differing, freshMs?: number): void;
  /** From now on every read fails. With anything but a `UsageError` that is a bug. */
  fail(error: UsageError | TypeError): void;
  /** From now on every read waits so long for its turn, and then so long for its answer. */
  take(turnMs: number, answerMs: number): void;
}

/** How a source is bent. */
interface Bend {
  readonly turnMs: number;
  readonly answerMs: number;
  /** Throws instead, if it fails. */
  readonly answer: (iccid: Iccid) => UsageReading;
}

const ordinaryFreshMs = 20 * 60_000;

/** A source that brings ordinary readings until it is bent. What a read comes to is settled when it is asked. */
export function createBendableSource(clock: Clock): BendableSource {
  const calls: Iccid[] = [];
  const callers: Caller[] = [];
  const bringing =
    (differing: Differing, freshMs: number): Bend['answer'] =>
    (iccid) =>
      readingOf(iccid, clock.now(), {
        freshUntilMs: clock.now() + freshMs,
        ...(typeof differing === 'function' ? differing(iccid) : differing),
      });
  let bend: Bend = { turnMs: 0, answerMs: 0, answer: bringing({}, ordinaryFreshMs) };

  /** Settles at once when that is no time at all. */
  async function pass(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms === 0) return;
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(new AbandonedError());
      });
    });
  }

  return {
    calls,
    callers,
    bring(differing = {}, freshMs = ordinaryFreshMs) {
      bend = { ...bend, answer: bringing(differing, freshMs) };
    },
    fail(error) {
      const answer = (): never => {
        throw error;
      };
      bend = { ...bend, answer };
    },
    take(turnMs, answerMs) {
      bend = { ...bend, turnMs, answerMs };
    },
    async read(iccid, caller) {
      calls.push(iccid);
      callers.push(caller);
      const { turnMs, answerMs, answer } = bend;
      await pass(turnMs, caller.signal);
      caller.onSent?.();
      await pass(answerMs);
      return answer(iccid);
    },
  };
}
