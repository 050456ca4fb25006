import { TooManyRequestsError, type UsageError } from '../errors.js';

/** How long to pause when the upstream says that it is asked too much. */
export interface Pauses {
  /**
   * How long the pause is that an error asks for, in milliseconds from `nowMs`. Without a time in it a pause of the company is
   * twice as long as the one before; calls that were sent before that one began are its own and change nothing.
   */
  next(error: UsageError, sentAtMs: number, nowMs: number): number;
  /** A call was answered without such an error. */
  answered(sentAtMs: number): void;
}

/** The shortest and longest pause, and that of an ICCID, whose window is a minute. */
const pauseMs = { least: 1_000, most: 60_000, iccid: 60_000 };

/** Makes pauses that have learned nothing yet. */
export function createPauses(): Pauses {
  let inARow = 0;
  let beganAtMs = Number.NEGATIVE_INFINITY;

  return {
    next(error, sentAtMs, nowMs) {
      if (error instanceof TooManyRequestsError && error.concerns === 'iccid') return pauseMs.iccid;
      if (sentAtMs >= beganAtMs) {
        inARow += 1;
        beganAtMs = nowMs;
      }
      const saidMs = error.retryAfterMs ?? pauseMs.least * 2 ** (inARow - 1);
      return Math.min(Math.max(saidMs, pauseMs.least), pauseMs.most);
    },
    answered(sentAtMs) {
      if (sentAtMs >= beganAtMs) inARow = 0;
    },
  };
}
