import type { Clock } from '../clock.js';
import { AbandonedError, ElsewhereError } from '../errors.js';
import type { Iccid } from '../iccid.js';
import type { Caller, Place, UsageReading, UsageSource } from '../usage.js';

export interface UnlessBroughtOptions {
  readonly source: UsageSource;
  /** Whether another process has brought it by now. */
  readonly isBrought: (iccid: Iccid) => Promise<boolean>;
  readonly clock: Clock;
}

/** How often those look who wait for their turn, in milliseconds: all of them together. */
const lookEveryMs = 250;

/** Reads, unless another process brings it while this one waits for its turn, or is in the middle of it: then null. */
export async function readUnlessBrought(
  { source, isBrought, clock }: UnlessBroughtOptions,
  iccid: Iccid,
  caller: Caller,
): Promise<UsageReading | null> {
  const brought = new AbortController();
  const inLine = new InLine(caller, brought.signal);
  let stopLooking = lookLater();

  function lookLater(): () => void {
    return clock.after(lookEveryMs, look, 'idle');
  }

  async function look(): Promise<void> {
    if (inLine.isSent) return;
    if (await isBrought(iccid)) brought.abort();
    else stopLooking = lookLater();
  }

  try {
    return await source.read(iccid, inLine);
  } catch (error) {
    const isElsewhere = error instanceof AbandonedError && brought.signal.aborted && !caller.signal?.aborted;
    if (isElsewhere || error instanceof ElsewhereError) return null;
    throw error;
  } finally {
    inLine.isSent = true;
    stopLooking();
  }
}

/** A caller who leaves, too, when it is brought what it waits for. */
class InLine implements Caller {
  readonly signal: AbortSignal;
  readonly hasOld: boolean;
  isSent = false;
  readonly #caller: Caller;

  constructor(caller: Caller, brought: AbortSignal) {
    this.#caller = caller;
    this.hasOld = caller.hasOld ?? false;
    this.signal = caller.signal === undefined ? brought : AbortSignal.any([caller.signal, brought]);
  }

  get deadlineMs(): number {
    return this.#caller.deadlineMs;
  }

  get place(): Place {
    return this.#caller.place ?? { lane: 'interactive', behind: 0 };
  }

  readonly onSent = (): void => {
    this.isSent = true;
    this.#caller.onSent?.();
  };
}
