import { TooManyRequestsError, UpstreamError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import type { Iccid } from '../iccid.js';
import type { Caller, UsageReading, UsageSource } from '../usage.js';

export interface RetryOptions {
  /** What is read, each time through a slot of its own. */
  readonly source: UsageSource;
  readonly report: Report;
}

/** An upstream that fails each call is not asked twice as much for it: one call in ten at most is a repetition. */
const quota = { most: 10, readingsEach: 10 };

/**
 * Reads once more what may well succeed at once, if the caller's deadline and a quota that all callers share leave room for it.
 * Rejects with the first error when they do not; of a limit's two, with the one that knows better when to come back.
 */
export function createRetry({ source, report }: RetryOptions): UsageSource {
  /** In readings, because ten tenths are not quite one. */
  const most = quota.most * quota.readingsEach;
  let left = most;

  async function readAgain(iccid: Iccid, caller: Caller, first: UsageError): Promise<UsageReading> {
    left -= quota.readingsEach;
    report({ type: 'upstream.retry', iccid, error: first });
    try {
      return await source.read(iccid, caller);
    } catch (second) {
      if (!(second instanceof UsageError) || second.delivery !== 'unsent') throw second;
      left += quota.readingsEach;
      throw first instanceof TooManyRequestsError ? second : first;
    }
  }

  function brought(reading: UsageReading): UsageReading {
    left = Math.min(most, left + 1);
    return reading;
  }

  return {
    read: (iccid, caller) =>
      source.read(iccid, caller).then(brought, (error: unknown) => {
        if (!isRetryable(error) || left < quota.readingsEach) throw error;
        return readAgain(iccid, caller, error);
      }),
  };
}

function isRetryable(error: unknown): error is UsageError {
  return error instanceof TooManyRequestsError || (error instanceof UpstreamError && error.retryable);
}
