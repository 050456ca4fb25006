import type { Clock } from '../clock.js';
import { TimedOutError } from '../errors.js';
import type { Iccid } from '../iccid.js';
import type { Caller } from '../usage.js';

export interface PermissionOptions {
  /** Tells which of these may be read. */
  readonly permitted: (iccids: readonly Iccid[]) => Iterable<string> | PromiseLike<Iterable<string>>;
  readonly caller: Caller;
  readonly clock: Clock;
}

/** When to come back where nobody could decide in time. */
const undecidedMs = 1_000;

/** Which of these may be read. Rejects as `permitted` does, and with a `TimedOutError` at the caller's deadline. */
export async function permissionFor(
  iccids: readonly Iccid[],
  { permitted, caller, clock }: PermissionOptions,
): Promise<ReadonlySet<string>> {
  if (iccids.length === 0) return new Set();
  let cancel: (() => void) | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(caller.deadlineMs - clock.now(), () => reject(new TimedOutError(undecidedMs)));
  });
  try {
    return new Set(await Promise.race([permitted(iccids), late]));
  } finally {
    cancel?.();
  }
}
