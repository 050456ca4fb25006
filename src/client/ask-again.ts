import type { EsimUsageStaleReason } from '../generated/operations.js';
import type { UsageCardProblem, UsageCardReading } from './result.js';

/** What `askAgainMs` looks at of a result. */
export type Dated =
  | {
      readonly __typename: 'EsimUsage';
      readonly freshness: Pick<UsageCardReading['freshness'], 'fetchedAt' | 'freshUntil' | 'staleReason'>;
    }
  | Pick<UsageCardProblem, '__typename' | 'retryAfterSeconds'>;

/** Never sooner, whatever this device takes the time to be. */
const leastMs = 5_000;
/** After the end of a reading, so that the new one is there. */
const marginMs = 1_000;
/** When there may be a newer reading than an old one, or any reading where even the problem is missing. */
const laterMs: Readonly<Record<EsimUsageStaleReason, number>> = {
  REFRESHING: leastMs,
  THROTTLED: 15_000,
  TIMED_OUT: 30_000,
  UNAVAILABLE: 30_000,
};

/**
 * In how many milliseconds asking again can bring something new: when a reading is no longer fresh, when a problem said so, soon when
 * an old reading is shown. Null when it never does. A missing result is one beside an entry in `errors`.
 *
 * Asking sooner costs nothing and brings nothing. A device whose clock is wrong asks at most every five seconds, and at the latest
 * when the reading's whole time has passed again.
 */
export function askAgainMs(result: Dated | null | undefined, nowMs = Date.now()): number | null {
  if (!result) return laterMs.UNAVAILABLE;
  if (result.__typename === 'EsimUsageProblem')
    return result.retryAfterSeconds === null ? null : result.retryAfterSeconds * 1_000;
  const { fetchedAt, freshUntil, staleReason } = result.freshness;
  if (staleReason !== null) return laterMs[staleReason] ?? laterMs.UNAVAILABLE;
  const untilMs = Date.parse(freshUntil);
  const left = Math.min(untilMs - nowMs, untilMs - Date.parse(fetchedAt));
  return Math.max(left + marginMs, leastMs);
}
