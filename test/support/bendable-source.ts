import type { Clock } from '../../src/clock.js';
import type { UsageError } from '../../src/errors.js';
import type { Iccid } from '../../src/iccid.js';
import type { UsageReading, UsageSource } from '../../src/usage.js';
import { readingOf } from './readings.js';

/** A source that answers at once, and that a test bends. */
export interface BendableSource extends UsageSource {
  /** What was asked for, oldest first. */
  readonly calls: readonly Iccid[];
  /** From now on every read brings a reading that differs from an ordinary one in this. */
  bring(differing?: Partial<UsageReading>): void;
  /** From now on every read fails. With anything but a `UsageError` that is a bug. */
  fail(error: UsageError | TypeError): void;
}

/** A source that brings ordinary readings until it is bent. */
export function createBendableSource(clock: Clock): BendableSource {
  const calls: Iccid[] = [];
  let bent: Partial<UsageReading> | Error = {};
  return {
    calls,
    bring(differing = {}) {
      bent = differing;
    },
    fail(error) {
      bent = error;
    },
    async read(iccid, caller) {
      calls.push(iccid);
      caller.onSent?.();
      if (bent instanceof Error) throw bent;
      return readingOf(iccid, clock.now(), bent);
    },
  };
}
