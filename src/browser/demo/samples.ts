import type { EsimUsageProblemCode, EsimUsageStaleReason } from '../../generated/operations.js';
import type { Result } from './keep-reading.js';

export interface Sample {
  readonly label: string;
  readonly result: Result;
}

const minuteMs = 60_000;
const iccid = '8944465400000267221';

/** A sample of each state that a gateway does not get into while its upstream works. */
export function samplesAt(nowMs: number): readonly Sample[] {
  const at = (agoMs: number): string => new Date(nowMs - agoMs).toISOString();

  const old = (label: string, staleReason: EsimUsageStaleReason): Sample => ({
    label,
    result: {
      __typename: 'EsimUsage',
      iccid,
      status: 'ACTIVE',
      isUnlimited: false,
      data: { unit: 'MEGABYTES', total: 2_048, remaining: 307, used: 1_741 },
      voice: null,
      text: null,
      expiresAt: at(-9 * 24 * 60 * minuteMs),
      freshness: {
        fetchedAt: at(40 * minuteMs),
        asOfNotBefore: at(60 * minuteMs),
        freshUntil: at(20 * minuteMs),
        staleReason,
      },
      environment: 'PRODUCTION',
    },
  });

  const problem = (label: string, code: EsimUsageProblemCode): Sample => ({
    label,
    result: { __typename: 'EsimUsageProblem', requestedIccid: iccid, code, retryAfterSeconds: 12 },
  });

  const staleReasons = {
    REFRESHING: old('Old, a new one on its way', 'REFRESHING'),
    THROTTLED: old('Old, no room for a new one', 'THROTTLED'),
    TIMED_OUT: old('Old, no answer in time', 'TIMED_OUT'),
    UNAVAILABLE: old('Old, provider down', 'UNAVAILABLE'),
  } satisfies Record<EsimUsageStaleReason, Sample>;

  // The two others are permanent, and among the live ones.
  const problems = {
    THROTTLED: problem('Nothing yet, no room', 'THROTTLED'),
    TIMED_OUT: problem('Nothing yet, no answer in time', 'TIMED_OUT'),
    UNAVAILABLE: problem('Nothing yet, provider down', 'UNAVAILABLE'),
  } satisfies Record<Exclude<EsimUsageProblemCode, 'INVALID_ICCID' | 'NOT_FOUND'>, Sample>;

  const nothing = { label: 'The gateway did not answer', result: null };
  return [...Object.values(staleReasons), ...Object.values(problems), nothing];
}
